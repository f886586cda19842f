// Runs in the measured page before its own scripts: when does a text become another, and how long does a step of a slider take?
{
  const wall_ms = () => performance.timeOrigin + performance.now();

  /** The moment after the paint of the next frame. */
  const after_paint = () =>
    new Promise((resolve) =>
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => resolve(wall_ms());
        channel.port2.postMessage(undefined);
      }),
    );

  window.oee_probe = {
    /** Watches the text of an element, which may be replaced, and returns it; `changed` then holds the moments, nothing after 10 s. */
    arm(selector) {
      const text = () => document.querySelector(selector)?.textContent.replace(/\d.*$/, '').trim();
      const before = text();
      window.oee_probe.changed = new Promise((resolve) => {
        const late = setTimeout(() => (watch.disconnect(), resolve(undefined)), 10_000);
        const watch = new MutationObserver(() => {
          const now = text();
          if (now === undefined || now === before) return;
          const seen = wall_ms();
          watch.disconnect();
          clearTimeout(late);
          after_paint().then((painted) => resolve({ text: seen, painted }));
        });
        watch.observe(document.body, { subtree: true, childList: true, characterData: true });
      });
      return before;
    },

    /** Drags a slider over its whole length, a step a frame: what each step took until it was laid out and until it was painted. */
    async drag(slider, result, steps) {
      const input = document.querySelector(slider);
      const [low, high] = [Number(input.min), Number(input.max)];
      const times = [];
      for (let step = 0; step <= steps; step++) {
        const shown = document.querySelector(result).textContent;
        await new Promise(requestAnimationFrame);
        const began = performance.now();
        input.value = low + ((high - low) * step) / steps;
        input.dispatchEvent(new InputEvent('input', { bubbles: true }));
        // Effects of a change run at the end of the turn.
        await Promise.resolve();
        await new Promise((resolve) => {
          const channel = new MessageChannel();
          channel.port1.onmessage = resolve;
          channel.port2.postMessage(undefined);
        });
        document.querySelector(result).getBoundingClientRect();
        const computed = performance.now() - began;
        const changed = document.querySelector(result).textContent !== shown;
        const painted = (await after_paint()) - performance.timeOrigin - began;
        times.push({ computed, painted, changed });
      }
      return times;
    },
  };
}
