// INSERT → pixel: a sample is written, and one real browser's canvas changes, while other viewers follow the same series.
import { readFileSync } from 'node:fs';
import { on_whole_page } from './browser.mjs';
import { send_lines } from './http.mjs';
import { summary } from './measure.mjs';
import { FRESH, asked_window, open, told } from './socket.mjs';

const WATCH = readFileSync(new URL('live_probe.js', import.meta.url), 'utf8');
const SHOTS = 100;
const START_S = 1_717_200_000;
const HISTORY_S = 600;
/** A refresh so rare that only fresh samples move the picture. */
const board = (series) => `/t/default/trends?series=${encodeURIComponent(series)}&from=last-5m&refresh=1h`;

export async function live(report, andon, database, browser) {
  const found = await found_table(database);
  const own = await own_series(andon);
  report.group(`INSERT → pixel: ${SHOTS} samples, one after the other, at random moments`);
  const results = {};
  for (const [name, what, { series, write }] of [
    ['own', 'own readings, by POST', own],
    ['found', 'a found table, by INSERT (looked at every 30 ms)', found],
  ]) {
    for (const viewers of [1, 100]) results[`${name}_${viewers}`] = await shoot(report, { andon, browser, what, series, write, viewers });
  }
  return results;
}

/** A table of somebody else's, with its index. */
async function found_table(database) {
  await database.query(`CREATE TABLE IF NOT EXISTS public.live_found ("time" timestamp PRIMARY KEY, value double precision)`);
  const fill = `INSERT INTO public.live_found SELECT to_timestamp(s) AT TIME ZONE 'UTC', sin(s / 20.0) FROM generate_series($1::bigint, $2::bigint) s`;
  await database.query(fill, [START_S, START_S + HISTORY_S - 1]);
  const insert = `INSERT INTO public.live_found VALUES (to_timestamp($1) AT TIME ZONE 'UTC', $2)`;
  return { series: 'live_found', write: (second, value) => database.query(insert, [second, value]) };
}

/** Readings that Andon keeps itself. */
async function own_series(andon) {
  const history = Array.from({ length: HISTORY_S }, (_, s) => `live own=${Math.sin(s / 20)} ${START_S + s}`);
  await send_lines(andon, history.join('\n'));
  return { series: 'live.own', write: (second, value) => send_lines(andon, `live own=${value} ${second}`) };
}

/** Of each viewer count a stretch of seconds of its own, so that no sample comes twice. */
const next_second = {};

async function shoot(report, { andon, browser, what, series, write, viewers }) {
  next_second[series] ??= START_S + HISTORY_S;
  const others = await plain_viewers(andon, series, viewers - 1);
  const shots = await on_whole_page(browser, andon + board(series), WATCH, async (page) => {
    await page.locator('figure.plot.painted').waitFor();
    // The window that came with the page is not followed; the first answer over the socket is.
    await page.locator('a[title="Refresh now"]').click();
    await page.mouse.move(0, 0);
    await page.waitForTimeout(1_000);
    const offset = await clock_offset(page);
    const results = [];
    for (let shot = -5; shot < SHOTS; shot++) {
      const second = next_second[series]++;
      await page.evaluate(() => window.live_probe.arm());
      others.arm();
      const began = wall_ms();
      const written = write(second, Math.sin(second / 20)).then(() => wall_ms() - began);
      const pixel = await page.evaluate(() => window.live_probe.changed);
      if (!pixel) throw new Error(`a sample of ${series} was not drawn within 10 s`);
      const times = { pixel: pixel.raster + offset - began, frame: pixel.frame + offset - began, committed: await written, told: (await others.all_told()) - began };
      if (shot >= 0) results.push(times);
      await page.waitForTimeout(50 + Math.random() * 200);
    }
    return results;
  }, []);
  others.close();
  const of = (name) => summary(shots.map((shot) => shot[name]));
  const line = `${what}, ${viewers} viewer${viewers > 1 ? 's' : ''}`;
  report.line(line, { headline: `sample → pixel: ${line}`, time: of('pixel'), tail: true, note: 'raster of the canvas complete' });
  report.line('  … until the frame with it is painted', { time: of('frame'), tail: true });
  report.line('  … until the write is answered', { time: of('committed'), tail: true });
  if (viewers > 1) report.line(`  … until the last of ${viewers - 1} other sockets has it`, { time: of('told'), tail: true });
  return of('pixel');
}

/** Viewers that follow over the same socket as a tab, without drawing. */
async function plain_viewers(andon, series, how_many) {
  let [missing, last, done, heard] = [0, 0, () => {}, []];
  const sockets = [];
  for (let i = 0; i < how_many; i++) {
    let answered;
    const answer = new Promise((resolve) => (answered = resolve));
    const socket = await open(andon, (bytes) => {
      const { kind, good } = told(bytes);
      if (!good) throw new Error(`a viewer of ${series} has no answer; see the log`);
      if (kind !== FRESH) return answered();
      if (heard[i]) return;
      [heard[i], last] = [true, wall_ms()];
      if (--missing === 0) done();
    });
    socket.say(asked_window({ number: 1, series: [series], from: 'last-5m', columns: 1_000, follow: true }));
    await answer;
    sockets.push(socket);
  }
  let told_all;
  return {
    arm() {
      [missing, heard, last] = [how_many, [], wall_ms()];
      told_all = new Promise((resolve) => (done = resolve));
      if (!how_many) done();
    },
    async all_told() {
      const late = new Promise((_, reject) => setTimeout(reject, 10_000, new Error(`${missing} of ${how_many} viewers were not told within 10 s`)).unref());
      late.catch(() => {});
      await Promise.race([told_all, late]);
      return last;
    },
    close: () => sockets.forEach((socket) => socket.close()),
  };
}

/** This program's clock. */
export const wall_ms = () => performance.timeOrigin + performance.now();

/** What to add to the page's clock to have this program's: from the quickest of many exchanges, right to half of its length. */
export async function clock_offset(page) {
  let best = { took: Infinity };
  for (let i = 0; i < 50; i++) {
    const asked = wall_ms();
    const theirs = await page.evaluate(() => performance.timeOrigin + performance.now());
    const took = wall_ms() - asked;
    if (took < best.took) best = { took, offset: asked + took / 2 - theirs };
  }
  return best.offset;
}
