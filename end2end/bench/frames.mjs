// Frames while a hand pans and zooms a year of seconds: how evenly they come, and what each repaint takes.
import { readFileSync } from 'node:fs';
import { on_whole_page } from './browser.mjs';
import { summary } from './measure.mjs';

const WATCH = readFileSync(new URL('frames_probe.js', import.meta.url), 'utf8');
/** A frame that took longer than this missed its turn on a screen of 60 Hz. */
const MISSED_MS = 16.8;
const YEAR = '/t/default/trends?series=year_of_seconds&from=first&to=last&refresh=off';

export async function frames(report, andon, browser) {
  const seen = await on_whole_page(browser, andon + YEAR, WATCH, async (page) => {
    await page.locator('figure.plot.painted').waitFor();
    await page.waitForTimeout(1_000);
    const idle = await watched(page, () => page.waitForTimeout(2_000));
    const rect = await page.locator('figure.plot .rect').boundingBox();
    const at = (x) => [rect.x + rect.width * x, rect.y + rect.height / 2];
    const zoom_in = await watched(page, () => wheel(page, at(0.4), 70, 0, -25));
    const pan = await watched(page, () => drag(page, at));
    const zoom_out = await watched(page, () => wheel(page, at(0.6), 70, 0, 25));
    const repaint = await page.evaluate(repaint_each_frame);
    return { idle, zoom_in, pan, zoom_out, repaint };
  }, []);
  report.group('Board: frames while a year of seconds (31.5 M rows) is moved by mouse and wheel; rAF intervals');
  line(report, 'nothing moves (what Chromium without a screen gives)', seen.idle);
  line(report, 'zoom in by wheel', seen.zoom_in, 'frame to frame while a year of seconds is zoomed by wheel');
  line(report, 'pan by drag', seen.pan, 'frame to frame while it is panned by drag');
  line(report, 'zoom out by wheel', seen.zoom_out);
  report.line('one repaint: pointer moved → raster complete', { headline: 'one repaint of it: pointer moved → raster complete', time: summary(seen.repaint), tail: true, note: 'one a frame, with getImageData at its end' });
  return { pan: summary(seen.pan.intervals), zoom_in: summary(seen.zoom_in.intervals), repaint: summary(seen.repaint) };
}

function line(report, what, { intervals, drawn }, headline) {
  const missed = intervals.filter((ms) => ms > MISSED_MS).length / intervals.length;
  report.line(what, { headline, time: summary(intervals), tail: true, value: 100 * missed, unit: `% of frames over ${MISSED_MS} ms`, note: `${drawn} frames drawn` });
}

async function watched(page, work) {
  await page.evaluate(() => window.frames_probe.begin());
  await work();
  const seen = await page.evaluate(() => window.frames_probe.end());
  // The view becomes the window when the hand rests.
  await page.waitForTimeout(600);
  return seen;
}

async function wheel(page, [x, y], turns, across, along) {
  await page.mouse.move(x, y);
  for (let i = 0; i < turns; i++) {
    await page.mouse.wheel(across, along);
  }
}

/** With shift, a mouse drags the time axis as a finger does; without, it chooses a stretch. */
async function drag(page, at) {
  await page.keyboard.down('Shift');
  await page.mouse.move(...at(0.5));
  await page.mouse.down();
  for (let i = 0; i < 240; i++) {
    await page.mouse.move(...at(0.5 + 0.4 * Math.sin(i / 25)));
  }
  await page.mouse.up();
  await page.keyboard.up('Shift');
}

/** In the page: moves a finger by script once a frame, and waits for all that the page draws of it. */
async function repaint_each_frame() {
  const rect = document.querySelector('figure.plot .rect');
  const { left, top, width } = rect.getBoundingClientRect();
  const touch = (kind, x) => rect.dispatchEvent(new PointerEvent(kind, { pointerId: 7, pointerType: 'touch', clientX: left + width * x, clientY: top + 10, bubbles: true }));
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const turn_over = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(undefined);
  });
  const times = [];
  touch('pointerdown', 0.5);
  for (let i = 1; i <= 150; i++) {
    await frame();
    const drawn = window.frames_probe.strokes;
    const began = performance.now();
    touch('pointermove', 0.5 + 0.4 * Math.sin(i / 25));
    await turn_over();
    document.querySelectorAll('figure.plot canvas').forEach((canvas) => canvas.getContext('2d').getImageData(0, 0, 1, 1));
    if (window.frames_probe.strokes > drawn) times.push(performance.now() - began);
  }
  touch('pointerup', 0.5);
  if (times.length < 100) throw new Error(`of 150 moves only ${times.length} were drawn in their turn`);
  return times;
}
