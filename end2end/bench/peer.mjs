// The same questions to a plain Dash board (dash_app.py) in the same run.
import { brotliCompressSync, constants } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { clicks, cold_load, on_whole_page } from './browser.mjs';
import { ask } from './http.mjs';
import { repeat } from './measure.mjs';

const PROBE = readFileSync(new URL('probe.js', import.meta.url), 'utf8');
/** What plotly draws for a series. */
const CURVE = '.js-plotly-plot .scatterlayer .trace';

export async function peer(report, dash, browser) {
  report.group('Peer (Dash): callback over HTTP');
  const six_hours = await measured(report, '6 h of the four bioreactor series', dash.bioreactor, 4, '6 h', 15);
  const hour = await measured(report, '1 h of 1-s data', dash.long, 1, '1 h', 15);
  const day = await measured(report, '1 day of 1-s data', dash.long, 1, '1 day', 15);
  const click = await clicked(report, dash.bioreactor, browser);
  const page = await weight(report, dash.bioreactor, browser);
  return { six_hours, hour, day, click, ...page };
}

/** One run, last: it takes minutes or more memory than there is, and what it leaves behind must not slow the others. */
export async function everything(report, url) {
  report.group('Peer (Dash): all rows of 1-s data, one run');
  try {
    const { ms, bytes } = await ask(`${url}/_dash-update-component`, { json: callback(1, 'All'), limit_ms: 120_000 });
    const time = { median: ms, min: ms, max: ms, runs: 1 };
    report.line('all', { time, bytes });
    return { time, bytes };
  } catch (error) {
    report.line('all', { note: `skipped: ${error.message}` });
    return undefined;
  }
}

async function measured(report, what, url, series, range, runs) {
  const once = () => ask(`${url}/_dash-update-component`, { json: callback(series, range) });
  const { ms: time, bytes } = await repeat(runs, once, 2);
  report.line(what, { time, bytes: bytes.median });
  return { time, bytes: bytes.median };
}

/** What dash-renderer posts when a range is chosen. */
function callback(series, range) {
  const outputs = Array.from({ length: series }, (_, i) => ({ id: `series-${i}`, property: 'figure' }));
  const output = `..${outputs.map(({ id, property }) => `${id}.${property}`).join('...')}..`;
  return { output, outputs, inputs: [{ id: 'range', property: 'value', value: range }], changedPropIds: ['range.value'], state: [] };
}

async function clicked(report, url, browser) {
  const times = await on_whole_page(browser, url, PROBE, async (page) => {
    await page.locator(CURVE).nth(3).waitFor();
    await page.evaluate(watch_plots);
    const radio = (name) => page.getByText(name, { exact: true });
    return clicks(page, radio('6 h'), radio('1 h'), 15);
  }, []);
  report.group('Peer (Dash): click on “6 h” → plots drawn');
  report.line('click → plotly_afterplot of the fourth plot', { time: times.to_drawn });
  report.line('  question → answer in the browser', { time: times.question });
  report.line('click → frame with it painted', { time: times.to_frame });
  return times;
}

/** In the page: tells the probe what a plotly board is. */
function watch_plots() {
  const plots = [...document.querySelectorAll('.js-plotly-plot')];
  plots.forEach((plot) => plot.on('plotly_afterplot', () => window.probe.drew(plot)));
  window.probe.board = {
    question: /_dash-update-component/,
    content: () => plots.map((plot) => plot.calcdata[0].length),
    parts: () => plots,
    raster: () => {},
  };
}

async function weight(report, url, browser) {
  const load = await cold_load(browser, url, CURVE, 4);
  const brotli = await compressed_scripts(url, browser);
  report.group('Peer (Dash): page');
  report.line('js, as transferred', { bytes: load.script_encoded.median });
  report.line('js, if it were served with brotli 11', { bytes: brotli });
  report.line('first contentful paint (“Loading…”)', { time: load.first_paint });
  report.line('plots drawn, page alive', { time: load.drawn });
  return { weight: load.script_encoded.median, weight_brotli: brotli, first_paint: load.first_paint, drawn: load.drawn };
}

/** Its scripts as small as ours are made, so that the comparison is not one of server settings. */
async function compressed_scripts(url, browser) {
  const names = await on_whole_page(browser, url, undefined, async (page) => {
    await page.locator(CURVE).nth(3).waitFor();
    return page.evaluate(() => performance.getEntriesByType('resource').map((r) => r.name).filter((name) => new URL(name).pathname.endsWith('.js')));
  }, []);
  let total = 0;
  for (const name of names) {
    const script = Buffer.from(await (await fetch(name)).arrayBuffer());
    total += brotliCompressSync(script, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: script.length } }).length;
  }
  return total;
}
