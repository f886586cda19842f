// The trends board in Chromium: its weight, its first paint, and how long a click takes to become pixels.
import { readFileSync, statSync } from 'node:fs';
import { clicks, cold_load, on_whole_page } from './browser.mjs';
import { ask } from './http.mjs';
import { repeat } from './measure.mjs';

const PROBE = readFileSync(new URL('probe.js', import.meta.url), 'utf8');
/** Without automatic refresh, which would draw in between. */
const BOARD = '/t/default/trends?from=last-1h&refresh=off';

export async function board(report, andon, browser, site_root) {
  const click = await clicked(report, andon, browser);
  const page = await weight(report, andon, browser, site_root);
  return { ...page, click };
}

async function clicked(report, andon, browser) {
  const times = await on_whole_page(browser, andon + BOARD, PROBE, async (page) => {
    await page.locator('figure.plot.painted').nth(3).waitFor();
    const lengths = page.getByRole('group', { name: 'Length of the window' });
    const quick = (name) => lengths.getByRole('link', { name, exact: true });
    return clicks(page, quick('6 h'), quick('1 h'));
  }, []);
  // The same question by the server function: the socket's answer is made by the same lines.
  const server = await repeat(25, () => ask(`${andon}/api/window?${question(times.last.columns)}`));
  report.group('Board: click on “6 h” → pixels');
  report.line('click → raster complete', { time: times.to_raster, note: `${times.last.strokes} strokes` });
  report.line('  click → question leaves', { time: times.click_to_question });
  report.line('  question → answer in the browser', { time: times.question });
  report.line('    the server’s part, asked from node', { time: server.ms, bytes: server.bytes.median });
  report.line('  answer → first stroke: decode, signals, DOM', { time: times.answer_to_first_stroke });
  report.line('  first → last stroke', { time: times.strokes_ms });
  report.line('  rest of the turn, with Chromium’s raster at its end', { time: times.rest_of_turn });
  report.line('  what getImageData of all canvases then still rasters', { time: times.raster });
  report.line('click → frame with it painted', { time: times.to_frame });
  return { ...times, server: server.ms };
}

function question(columns) {
  const ids = ['CM_HAM_DO_AI1/Temp_value', 'CM_HAM_PH_AI1/pH_value', 'CM_PID_DO/Process_DO', 'CM_PRESSURE/Output'];
  const series = ids.map((id, i) => [`series[${i}]`, id]);
  return new URLSearchParams([['tenant', 'default'], ...series, ['from', 'last-6h'], ['columns', columns]]);
}

async function weight(report, andon, browser, site_root) {
  const load = await cold_load(browser, andon + BOARD, 'figure.plot.painted', 4);
  const brotli = (file) => statSync(`${site_root}/pkg/${file}.br`).size;
  const files = ['andon.wasm', 'andon.js', 'andon.css'].map((file) => [file, brotli(file)]);
  const total = files.reduce((sum, [, bytes]) => sum + bytes, 0);
  report.group('Board: page');
  report.line('wasm + js + css, brotli', { bytes: total, note: files.map(([file, bytes]) => `${file} ${bytes.toLocaleString('en-US')}`).join(', ') });
  report.line('HTML with the first answer, as transferred', { bytes: load.html_encoded.median });
  report.line('HTML with the first answer, decoded', { bytes: load.html_decoded.median });
  report.line('first contentful paint (with the curves)', { time: load.first_paint });
  report.line('canvases painted, page alive', { time: load.drawn });
  if (load.broken.length) report.line(`PAGE LOADS THAT BROKE: ${load.broken.length}, beside the ${load.drawn.runs + 2} that did not`, { note: load.broken[0] });
  return { weight: total, html: load.html_encoded.median, first_paint: load.first_paint, drawn: load.drawn };
}
