// The same curves drawn by uPlot, a fast charting library for canvas: no questions, no decoding, arrays in the page's memory.
import { readFileSync } from 'node:fs';
import { on_whole_page } from './browser.mjs';
import { repeat } from './measure.mjs';
import { BIOREACTOR, quoted, six_hours_of_the_board } from './windows.mjs';

const { UPLOT } = process.env;
/** Plots as wide and high as those of our board on the measured screen. */
const WIDTH_PX = 1_120;
const HEIGHT_PX = 120;

export async function uplot(report, database, browser) {
  const { from, to } = await six_hours_of_the_board(database);
  const series = [];
  for (const table of BIOREACTOR) series.push(reduced(await samples(database, table, from, to), from.getTime() / 1_000, to.getTime() / 1_000));
  const version = JSON.parse(readFileSync(`${UPLOT}/package.json`, 'utf8')).version;
  const times = await on_whole_page(browser, 'about:blank', undefined, async (page) => {
    await page.addStyleTag({ path: `${UPLOT}/dist/uPlot.min.css` });
    await page.addScriptTag({ path: `${UPLOT}/dist/uPlot.iife.min.js` });
    await page.evaluate(prepare, { series, width: WIDTH_PX, height: HEIGHT_PX });
    return repeat(25, () => page.evaluate(() => window.draw()));
  }, []);
  const points = series.reduce((sum, [at]) => sum + at.length, 0);
  report.group(`Peer (uPlot ${version}): 6 h of the four series, as arrays in the page`);
  report.line('setData → raster complete, four plots', { time: times.raster, tail: true, rows: points, note: 'points, reduced as our answer is' });
  return { raster: times.raster };
}

async function samples(database, table, from, to) {
  const { rows } = await database.query(`SELECT time, value FROM ${quoted(table)} WHERE time BETWEEN $1 AND $2 ORDER BY time`, [from, to]);
  return rows.map(({ time, value }) => [time.getTime() / 1_000, value]);
}

/** First, minimum, maximum, last of each pixel column where there are more samples than those, as domain::reduce does. */
function reduced(samples, from_s, to_s) {
  if (samples.length <= 4 * WIDTH_PX) return [samples.map(([at]) => at), samples.map(([, value]) => value)];
  const columns = new Map();
  for (const sample of samples) {
    const column = Math.floor(((sample[0] - from_s) / (to_s - from_s)) * WIDTH_PX);
    if (columns.has(column)) columns.get(column).push(sample);
    else columns.set(column, [sample]);
  }
  const kept = [...columns.values()].flatMap((all) => {
    const least = all.reduce((a, b) => (b[1] < a[1] ? b : a));
    const most = all.reduce((a, b) => (b[1] > a[1] ? b : a));
    return [...new Set([all[0], least, most, all.at(-1)])].sort((a, b) => a[0] - b[0]);
  });
  return [kept.map(([at]) => at), kept.map(([, value]) => value)];
}

/** In the page: four plots with an hour of their data; `draw` gives them all of it, waits for their strokes, and for the pixels. */
function prepare({ series, width, height }) {
  const options = { width, height, series: [{}, { stroke: '#2563eb', width: 1 }], legend: { show: false }, cursor: { show: false } };
  const last_hour = ([at, values]) => {
    const first = at.findIndex((time) => time >= at.at(-1) - 3_600);
    return [at.slice(first), values.slice(first)];
  };
  const plots = series.map((data) => new window.uPlot(options, last_hour(data), document.body));
  window.draw = async () => {
    plots.forEach((plot, i) => plot.setData(last_hour(series[i])));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = performance.now();
    plots.forEach((plot, i) => plot.setData(series[i]));
    // uPlot draws in a microtask; a message comes after all of them.
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(undefined);
    });
    plots.forEach((plot) => plot.ctx.getImageData(0, 0, 1, 1));
    return { raster: performance.now() - began };
  };
}
