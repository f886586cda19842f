// OEE: a board of two hundred machines while they live, a year of one machine, what-if while a slider is dragged, and how long
// it takes from what a machine says to the screen.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { on_whole_page } from './browser.mjs';
import { ask } from './http.mjs';
import { clock_offset, wall_ms } from './live.mjs';
import { count, each_summary, repeat, summary } from './measure.mjs';
import { Speaker, log, state } from './speaker.mjs';

const { EVIDENCE_BENCH, PLANT_MACHINES } = process.env;
const MACHINES = Number(PLANT_MACHINES);
const HOUR_MS = 3_600_000;
const STEP_MS = 30_000;
/** Of the year: a little less than half a million steps of half a minute, so that half a year is left before it. */
const YEAR_STEPS = 500_000;
const SHOTS = 60;
const PROBE = readFileSync(new URL('oee_probe.js', import.meta.url), 'utf8');

export async function oee(report, andon, browser) {
  report.group(`OEE: ${MACHINES} machines that each say something every half minute, one with a year behind it`);
  const now = Date.now();
  const speaker = new Speaker(andon);
  await load(report, speaker, now);
  if (EVIDENCE_BENCH) library(report);
  else report.line('the library without a server', { note: 'skipped: EVIDENCE_BENCH names no program' });
  await pages(report, andon, speaker, now);
  speaker.live(MACHINES, STEP_MS);
  try {
    await living(report, andon);
    await to_the_screen(report, andon, browser, speaker);
  } finally {
    await speaker.stop();
  }
  await what_if(report, andon, browser, now);
}

/** From the shift before the running one on, and the year. */
async function load(report, speaker, now) {
  const began = performance.now();
  const steps = Math.floor((21 * HOUR_MS) / STEP_MS);
  for (let machine = 0; machine < MACHINES; machine += 4) {
    const some = [0, 1, 2, 3].map((further) => `m${machine + further}`).slice(0, MACHINES - machine);
    await Promise.all(some.map((name, place) => speaker.send(name, log(now - steps * STEP_MS, steps, STEP_MS, machine + place))));
  }
  for (let step = 0; step < YEAR_STEPS; step += 10_000) {
    await speaker.send('year', log(now - (YEAR_STEPS - step) * STEP_MS, 10_000, STEP_MS, step));
  }
  const rows = MACHINES * steps + YEAR_STEPS;
  report.line('observations sent by HTTP, as JSON', { rows, value: rows / ((performance.now() - began) / 1_000), unit: 'observations/s' });
}

/** The store's own benchmark, on a Postgres of its own. */
function library(report) {
  for (const line of execFileSync(EVIDENCE_BENCH, { encoding: 'utf8' }).trim().split('\n')) {
    const { what, statements, rows, runs, read_ms, figures_ms, per_second } = JSON.parse(line);
    if (per_second !== undefined) {
      report.line(what, { headline: `OEE: ${what}, one observation each`, value: per_second, unit: '/s', note: 'the library, Postgres with fsync' });
      continue;
    }
    const note = `${statements} statements; figures ${figures_ms.median} ms`;
    report.line(`evidence of ${what}`, { headline: `OEE: evidence of ${what}`, time: { ...read_ms, runs }, rows, note });
  }
}

/** The first look after the start, and the next ones. */
async function pages(report, andon, speaker, now) {
  const from = new Date(now - YEAR_STEPS * STEP_MS).toISOString();
  const year = `/t/default/machines/year?from=${encodeURIComponent(from)}&to=now`;
  for (const [what, path] of [
    [`the plant board of ${MACHINES} machines`, '/t/default/plant'],
    ['the board of a machine with a shift', '/t/default/machines/m7'],
    [`the board of a machine with a year of ${count(YEAR_STEPS)} observations`, year],
  ]) {
    const first = summary([(await ask(andon + path)).ms]);
    report.line(`${what}, the first time`, { headline: `OEE: ${what}, the first time`, time: first, note: 'HTML, complete' });
    const again = await repeat(15, async () => {
      await speaker.say('year');
      return ask(andon + path);
    });
    report.line('  … while it lives', { headline: `OEE: ${what}, while it lives`, time: again.ms, tail: true, bytes: again.bytes.median });
  }
}

async function living(report, andon) {
  for (const [what, path] of [
    ['as a page', '/t/default/plant'],
    ['as an answer', '/api/board/plant?tenant=default'],
  ]) {
    const times = await repeat(60, async () => {
      await new Promise((later) => setTimeout(later, 100 * Math.random()));
      return ask(andon + path);
    });
    const line = `the plant board of ${MACHINES} machines that speak, ${what}`;
    report.line(line, { headline: `OEE: ${line}`, time: times.ms, tail: true, bytes: times.bytes.median });
  }
}

/** A machine stops and runs again: until its state is another word on the screen. */
async function to_the_screen(report, andon, browser, speaker) {
  for (const [what, path, where] of [
    [`the plant board of ${MACHINES} machines`, '/t/default/plant', (machine) => `#m-${machine} .state`],
    ['the board of the machine', '/t/default/machines/m0', () => '#crumb .state'],
  ]) {
    const shots = await on_whole_page(browser, andon + path, PROBE, async (page) => {
      await page.locator(where('m0')).waitFor();
      // The page is alive once it follows.
      await page.waitForTimeout(3_000);
      const offset = await clock_offset(page);
      const results = [];
      for (let shot = -3; shot < SHOTS; shot++) {
        const machine = path.includes('/m0') ? 'm0' : `m${(shot + 3) % MACHINES}`;
        const word = await page.evaluate((at) => window.oee_probe.arm(at), where(machine));
        const began = wall_ms();
        const said = speaker.send(machine, [state(Date.now(), /run/i.test(word) ? 'STOPPED' : 'ACTIVE')]).then(() => wall_ms() - began);
        const seen = await page.evaluate(() => window.oee_probe.changed);
        if (!seen) throw new Error(`the state of ${machine} did not change on ${path} within 10 s`);
        const times = { screen: seen.painted + offset - began, text: seen.text + offset - began, said: await said };
        if (shot >= 0) results.push(times);
        await page.waitForTimeout(100 + Math.random() * 400);
      }
      return results;
    }, []);
    const times = each_summary(shots);
    const line = `a machine says that it stops → ${what}`;
    report.line(line, { headline: `OEE: ${line}`, time: times.screen, tail: true, note: 'another word painted' });
    report.line('  … until the text is there', { time: times.text, tail: true });
    report.line('  … until the machine is answered', { time: times.said, tail: true });
  }
}

/** Every step of a slider, as a hand drags it. */
async function what_if(report, andon, browser, now) {
  const from = new Date(now - YEAR_STEPS * STEP_MS).toISOString();
  const path = `/t/default/machines/year?from=${encodeURIComponent(from)}&to=${encodeURIComponent(new Date(now).toISOString())}`;
  const frames = await on_whole_page(browser, andon + path, PROBE, async (page) => {
    await page.locator('#what-if input[name=threshold]').waitFor();
    await page.waitForTimeout(3_000);
    return page.evaluate(() => window.oee_probe.drag('#what-if input[name=threshold]', '.what-if-result', 120));
  }, []);
  const times = each_summary(frames);
  const changed = frames.filter((frame) => frame.changed).length;
  const line = 'what if: a year of one machine, one step of the slider';
  report.line(line, { headline: `OEE: ${line}`, time: times.computed, tail: true, note: `computed and laid out; ${changed} of ${frames.length} steps changed a figure` });
  report.line('  … until the frame with it is painted', { time: times.painted, tail: true });
}
