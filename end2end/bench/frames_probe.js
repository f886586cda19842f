// Runs in the measured page before its own scripts: when does each frame begin, and in how many is something drawn?
{
  const probe = (window.frames_probe = {
    strokes: 0,

    begin() {
      Object.assign(probe, { begins: [], drawn: 0, watching: true });
      let strokes = probe.strokes;
      const frame = (now) => {
        if (!probe.watching) return;
        probe.begins.push(now);
        probe.drawn += probe.strokes > strokes;
        strokes = probe.strokes;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    },

    /** Milliseconds from each frame to the next, and the number of frames in which a plot was drawn. */
    end() {
      probe.watching = false;
      const { begins, drawn } = probe;
      return { intervals: begins.slice(1).map((at, i) => at - begins[i]), drawn };
    },
  });

  const { stroke } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.stroke = function (...path) {
    stroke.apply(this, path);
    probe.strokes += 1;
  };
}
