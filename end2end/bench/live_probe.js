// Runs in the measured page before its own scripts: when do the pixels of the plot's canvas become others?
{
  const wall_ms = () => performance.timeOrigin + performance.now();
  const channel = new MessageChannel();
  let [posted, armed, shown] = [false, undefined, undefined];

  const picture = () => {
    const canvas = document.querySelector('figure.plot canvas:last-of-type');
    return new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  };

  window.live_probe = {
    /** `changed` then holds the moments at which other pixels were rastered and painted; nothing after 10 s without. */
    arm() {
      shown = picture();
      window.live_probe.changed = new Promise((resolve) => {
        armed = resolve;
        setTimeout(resolve, 10_000);
      });
    },
  };

  // The message arrives when all that the page draws in this turn is drawn; the one from a frame, after its paint.
  channel.port1.onmessage = () => {
    posted = false;
    if (!armed) return;
    const now = picture();
    const raster = wall_ms();
    if (now.length === shown.length && now.every((pixel, i) => pixel === shown[i])) return;
    const resolve = armed;
    armed = undefined;
    requestAnimationFrame(() => {
      const frame_over = new MessageChannel();
      frame_over.port1.onmessage = () => resolve({ raster, frame: wall_ms() });
      frame_over.port2.postMessage(undefined);
    });
  };

  const { stroke } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.stroke = function (...path) {
    stroke.apply(this, path);
    if (!posted) channel.port2.postMessage((posted = true));
  };
}
