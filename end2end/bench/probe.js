// Runs in the measured page before its own scripts: when was it clicked, asked, answered, drawn, rastered, shown?
// `probe.board` says what a board is; the one for Andon is below, the one for the peer sets its own.
{
  const now = () => performance.now();
  const probe = (window.probe = {
    /** Begins a measurement; `probe.finished` then holds its times in ms, nothing when nothing was drawn. */
    arm() {
      performance.clearResourceTimings();
      probe.seen = { strokes: 0, drawn: new Set(), before: probe.board.content() };
      probe.finished = new Promise((resolve) => {
        probe.resolve = resolve;
        setTimeout(resolve, 30_000);
      });
    },

    /** Called when the board asks, and when its answer is there. */
    asked(sent = now()) {
      if (probe.seen?.click !== undefined) probe.seen.asked ??= sent;
    },
    answered(came = now()) {
      const { seen } = probe;
      if (seen?.asked === undefined) return;
      // What was drawn until now was what the page had; its strokes are not those of the answer.
      if (seen.last !== undefined) seen.first_picture ??= seen.last;
      Object.assign(seen, { answered: came, first: undefined, strokes: 0 });
      // What was told ahead may be the same picture already; then nothing is drawn any more.
      requestAnimationFrame(() => channel.port2.postMessage('drawn'));
    },

    /** Called after each drawing step of a part of the board. */
    drew(part) {
      const { seen } = probe;
      if (seen?.click === undefined) return;
      seen.last = now();
      seen.first ??= seen.last;
      seen.strokes += 1;
      seen.drawn.add(part);
      // The message arrives when all that the page does in this turn is done.
      if (!seen.posted) channel.port2.postMessage((seen.posted = true) && 'drawn');
    },
  });

  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => (data === 'drawn' ? finish() : shown());

  addEventListener(
    'click',
    () => {
      if (probe.seen) probe.seen.click ??= now();
    },
    true,
  );

  function finish() {
    const { seen } = probe;
    if (seen?.click === undefined || seen.turn !== undefined) return;
    seen.posted = false;
    // Until the board's own answer is there, it shows what it has or was told ahead.
    if (seen.asked !== undefined && seen.answered === undefined) {
      seen.first_picture ??= seen.last;
      return;
    }
    if (!probe.board.parts().every((part) => seen.drawn.has(part))) return;
    seen.turn = now();
    probe.board.raster();
    seen.raster = now();
    requestAnimationFrame(() => channel.port2.postMessage('shown'));
  }

  // A message that was posted in an animation frame arrives after its style, layout and paint.
  function shown() {
    const { seen } = probe;
    seen.frame ??= now();
    // The texts may follow the pictures. Pictures whose texts never do are not those of the answer.
    const content = probe.board.content();
    if (content.length > 0 && content.every((text, i) => text !== seen.before[i])) return told(now());
    if (now() - seen.frame < 1_000) setTimeout(() => channel.port2.postMessage('shown'), 1);
    else probe.seen = undefined;
  }

  function told(texts) {
    const { seen, resolve } = probe;
    probe.seen = undefined;
    const fetched = performance.getEntriesByType('resource').findLast((r) => probe.board.question.test(r.name));
    // What was asked ahead, or is kept from a moment ago, is not asked after the click.
    const asked = seen.answered === undefined ? fetched : { startTime: seen.asked, responseEnd: seen.answered };
    const after_click = asked && asked.startTime >= seen.click && {
      click_to_question: asked.startTime - seen.click,
      question: asked.responseEnd - asked.startTime,
      answer_to_first_stroke: seen.first && seen.first - asked.responseEnd,
      answer_to_raster: seen.raster - asked.responseEnd,
    };
    resolve({
      columns: probe.board.parts()[0]?.width,
      to_first_picture: seen.first_picture && seen.first_picture - seen.click,
      strokes: seen.strokes,
      asked: after_click ? 1 : 0,
      ...after_click,
      strokes_ms: seen.first && seen.last - seen.first,
      rest_of_turn: seen.turn - seen.last,
      raster: seen.raster - seen.turn,
      to_drawn: seen.last - seen.click,
      to_raster: seen.raster - seen.click,
      to_frame: seen.frame - seen.click,
      to_texts: texts - seen.click,
    });
  }

  // Andon: a plot is drawn when its upper canvas was stroked; its content is the number of samples in words.
  const canvases = () => [...document.querySelectorAll('figure.plot canvas')];
  probe.board = {
    question: /\/api\/window/,
    content: () => [...document.querySelectorAll('[data-series] .samples')].map((e) => e.textContent),
    parts: () => [...document.querySelectorAll('figure.plot canvas:last-of-type')],
    // Chromium rasters what was recorded for a canvas when the turn ends; reading a pixel makes sure of it.
    raster: () => canvases().forEach((canvas) => canvas.getContext('2d').getImageData(0, 0, 1, 1)),
  };
  // A window and its answer are the first kind of message either way, the board is the first topic; what is asked ahead has another.
  const is_board = (message) => {
    const [kind, topic] = new Uint8Array(message.buffer ?? message, message.byteOffset ?? 0, 2);
    return kind === 0 && topic === 0;
  };
  window.WebSocket = class extends WebSocket {
    constructor(...path) {
      super(...path);
      this.addEventListener('message', ({ data }) => is_board(data) && probe.answered());
    }
    send(message) {
      if (is_board(message)) probe.asked();
      super.send(message);
    }
  };
  const { stroke } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.stroke = function (...path) {
    stroke.apply(this, path);
    probe.drew(this.canvas);
  };
}
