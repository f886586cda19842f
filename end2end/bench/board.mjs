// The trends board in Chromium: its weight, its first paint, and how long a click takes to become pixels.
import { readFileSync, statSync } from 'node:fs';
import { clicks, cold_load, on_whole_page, probed } from './browser.mjs';
import { ask } from './http.mjs';
import { repeat } from './measure.mjs';
import { BIOREACTOR } from './windows.mjs';

const PROBE = readFileSync(new URL('probe.js', import.meta.url), 'utf8');
/** Without automatic refresh, which would draw in between. */
const BOARD = '/t/default/trends?from=last-1h&refresh=off';

export async function board(report, andon, browser, site_root) {
  const click = await clicked(report, andon, browser);
  const page = await weight(report, andon, browser, site_root);
  return { ...page, click };
}

/** Three ways to click on “6 h”. The page asks ahead for what a link under the pointer leads to, and keeps answers for two seconds. */
async function clicked(report, andon, browser) {
  const cold = await first_clicks(andon, browser, (link) => link.evaluate((element) => element.click()));
  const hovered = await first_clicks(andon, browser, (link) => link.click(), (link) => link.hover());
  // What is kept is shown at once and asked again after a moment, which must not run into the next click.
  const kept = await on_board(andon, browser, (page) => clicks(page, quick(page, '6 h'), quick(page, '1 h'), 20, 450));
  // The same question by the server function: the socket's answer is made by the same lines.
  const server = await repeat(25, () => ask(`${andon}/api/window?${question(cold.columns.median)}`));
  report.group('Board: click on “6 h” → pixels, nothing asked before (element.click(), no pointer came near)');
  report.line('click → raster complete', { headline: 'click on “6 h” → pixels of four plots, nothing asked before', time: cold.to_raster, tail: true, note: `${cold.strokes.median} strokes` });
  if (cold.to_first_picture) report.line('click → what the page has, drawn where it belongs', { time: cold.to_first_picture });
  report.line('  click → question leaves', { time: cold.click_to_question });
  report.line('  question → answer in the browser', { time: cold.question });
  report.line('    the server’s part, asked from node', { time: server.ms, bytes: server.bytes.median });
  report.line('  answer → first stroke: decode, signals, DOM', { time: cold.answer_to_first_stroke });
  report.line('  first → last stroke', { time: cold.strokes_ms });
  report.line('  rest of the turn, with Chromium’s raster at its end', { time: cold.rest_of_turn });
  report.line('  what getImageData of all canvases then still rasters', { time: cold.raster });
  report.line('  answer → raster complete', { time: cold.answer_to_raster });
  report.line('click → frame with it painted', { time: cold.to_frame });
  report.line('click → figures and links beside it', { time: cold.to_texts });
  report.group('Board: the same click, 150 ms after the pointer came to the link (the answer was asked then)');
  report.line('click → raster complete', { headline: '… 150 ms after the pointer came to the link', time: hovered.to_raster, tail: true, note: asked(hovered) });
  report.line('click → frame with it painted', { time: hovered.to_frame });
  report.line('click → figures and links beside it', { time: hovered.to_texts });
  report.group('Board: the same click, back and forth within two seconds (the answer is kept)');
  report.line('click → raster complete', { headline: '… back to a window of a moment ago', time: kept.to_raster, tail: true, note: asked(kept) });
  report.line('click → frame with it painted', { time: kept.to_frame });
  report.line('click → figures and links beside it', { time: kept.to_texts });
  return { ...cold, hovered, kept, server: server.ms };
}

const asked = ({ asked, to_raster }) => `${Math.round(asked.median * to_raster.runs)} of ${to_raster.runs} asked after the click`;

const on_board = (andon, browser, work) =>
  on_whole_page(browser, andon + BOARD, PROBE, async (page) => {
    await page.locator('figure.plot.painted').nth(3).waitFor();
    return work(page);
  }, []);

const quick = (page, name) => page.getByRole('group', { name: 'Length of the window' }).getByRole('link', { name, exact: true });

/** The first click on “6 h” of a page that knows no longer window than an hour. Shorter ones have warmed its code. */
async function first_clicks(andon, browser, click, approach, runs = 20) {
  const once = () => on_board(andon, browser, async (page) => {
    for (const name of ['5 min', '30 min', '1 h']) {
      await quick(page, name).evaluate((element) => element.click());
      // Long enough for the answer, and for the second question of an answer that was kept.
      await page.waitForTimeout(450);
    }
    if (approach) {
      await approach(quick(page, '6 h'));
      await page.waitForTimeout(150);
    }
    return probed(page, () => click(quick(page, '6 h')));
  });
  return repeat(runs, once, 2, 30_000);
}

function question(columns) {
  const series = BIOREACTOR.map((id, i) => [`series[${i}]`, id]);
  return new URLSearchParams([['tenant', 'default'], ...series, ['from', 'last-6h'], ['columns', columns]]);
}

async function weight(report, andon, browser, site_root) {
  const load = await cold_load(browser, andon + BOARD, 'figure.plot.painted', 4);
  const brotli = (file) => statSync(`${site_root}/pkg/${file}.br`).size;
  const weigh = (names) => names.map((file) => [file, brotli(file)]);
  const files = weigh(['andon-lean.wasm', 'andon-lean.js', 'andon.css']);
  const sum = (files) => files.reduce((sum, [, bytes]) => sum + bytes, 0);
  const total = sum(files);
  const whole = weigh(['andon.wasm', 'andon.js', 'andon.css']);
  report.group('Board: page');
  report.line('wasm + js + css, brotli', { headline: 'code of the page: wasm + js + css, brotli', bytes: total, note: files.map(([file, bytes]) => `${file} ${bytes.toLocaleString('en-US')}`).join(', ') });
  report.line('the same with the boards of OEE, as these load it', { headline: 'the same with the boards of OEE', bytes: sum(whole), note: whole.map(([file, bytes]) => `${file} ${bytes.toLocaleString('en-US')}`).join(', ') });
  report.line('HTML with the first answer, as transferred', { headline: 'HTML of the page with its first answer', bytes: load.html_encoded.median });
  report.line('HTML with the first answer, decoded', { bytes: load.html_decoded.median });
  report.line('first contentful paint (with the curves)', { headline: 'first contentful paint, with the curves', time: load.first_paint, tail: true });
  report.line('canvases painted, page alive', { time: load.drawn });
  if (load.broken.length) report.line(`PAGE LOADS THAT BROKE: ${load.broken.length}, beside the ${load.drawn.runs + 2} that did not`, { note: load.broken[0] });
  return { weight: total, html: load.html_encoded.median, first_paint: load.first_paint, drawn: load.drawn };
}
