// How long the server takes for a window, and how many bytes it answers.
import { ask } from './http.mjs';
import { repeat } from './measure.mjs';

/** As many as the server answers at most: the widest screen. */
export const COLUMNS = 1_500;
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

export const BIOREACTOR = ['CM_HAM_DO_AI1/Temp_value', 'CM_HAM_PH_AI1/pH_value', 'CM_PID_DO/Process_DO', 'CM_PRESSURE/Output'];

export async function windows(report, andon, database) {
  const floor = await repeat(25, () => ask(`${andon}/health/live`));
  const seconds = await long_series(report, andon, database, 'ten_million', '1-s data, ten million rows', [
    ['1 h', 'hour', HOUR_S, 25, 'window of 1 h, 1-s data'],
    ['6 h', 'quarter', 6 * HOUR_S, 25],
    ['1 day', 'day', DAY_S, 25, 'window of 1 day, 1-s data'],
    ['1 week', 'week', 7 * DAY_S, 25],
    ['1 month', 'month', 30 * DAY_S, 25, 'window of 1 month, 1-s data'],
    ['all, 116 days', 'all', undefined, 25, 'window of ten million rows, 1-s data'],
  ]);
  const years = await long_series(report, andon, database, 'ten_years', 'ten years of 1-min data, five million rows', [
    ['1 h', 'hour_of_minutes', HOUR_S, 25],
    ['1 year', 'year', 365 * DAY_S, 25],
    ['all, ten years', 'ten_years', undefined, 25, 'window of ten years, 1-min data'],
  ]);
  report.line('(an empty answer: what HTTP itself takes)', { time: floor.ms });
  const board = await one_board(report, andon, database);
  return { ...seconds, ...years, ...board };
}

/** One table asked for ever more of it: flat where the server reads tiers instead of rows. */
async function long_series(report, andon, database, table, what_it_is, spans) {
  const { first, last } = await extent(database, table);
  const middle = new Date(Math.round((first.getTime() + last.getTime()) / 2_000) * 1_000);
  report.group(`GET /api/window, ${what_it_is}, ${COLUMNS.toLocaleString('en-US')} columns`);
  const results = {};
  for (const [what, name, seconds, runs, headline] of spans) {
    const from = seconds === undefined ? first : seconds > 30 * DAY_S ? new Date(last.getTime() - seconds * 1_000) : middle;
    const to = seconds === undefined ? last : new Date(from.getTime() + (seconds - 1) * 1_000);
    const rows = await rows_between(database, table, from, to);
    results[name] = await measured(report, what, window_url(andon, [table], from, to), rows, runs, headline);
  }
  return results;
}

/** Six hours of the four series in one question, as the board asks. */
async function one_board(report, andon, database) {
  const { from, to } = await six_hours_of_the_board(database);
  const each = [];
  for (const table of BIOREACTOR) each.push(await rows_between(database, table, from, to));
  report.group('GET /api/window, 6 h of the bioreactor');
  const total = each.reduce((a, b) => a + b);
  const six_hours = await measured(report, 'four series in one question', window_url(andon, BIOREACTOR, from, to), total, 25, 'window of 6 h, four series in one question');
  for (const [i, table] of BIOREACTOR.entries()) {
    await measured(report, `${table} alone`, window_url(andon, [table], from, to), each[i], 15);
  }
  return { six_hours };
}

/** The end of the board's data, six hours back. */
export async function six_hours_of_the_board(database) {
  const ends = BIOREACTOR.map((table) => `SELECT max(time) AS t FROM ${quoted(table)}`).join(' UNION ALL ');
  const { rows: [{ to }] } = await database.query(`SELECT max(t) AS to FROM (${ends}) ends`);
  return { from: new Date(to.getTime() - 6 * HOUR_S * 1_000), to };
}

async function measured(report, what, url, rows, runs, headline) {
  const { ms: time, bytes } = await repeat(runs, () => ask(url), Math.min(3, runs >> 1));
  // A series that could not be read is an answer of a few bytes, with status 200 like the others.
  const note = rows > 1_000 && bytes.median < 1_000 ? 'NO LINE in this answer: see the log' : undefined;
  report.line(what, { headline, time, tail: true, rows, bytes: bytes.median, note });
  return { time, rows, bytes: bytes.median };
}

function window_url(andon, series, from, to) {
  const query = new URLSearchParams({ tenant: 'default', from: from.toISOString(), to: to.toISOString(), columns: String(COLUMNS) });
  series.forEach((id, i) => query.append(`series[${i}]`, id));
  return `${andon}/api/window?${query}`;
}

export async function extent(database, table) {
  const { rows: [ends] } = await database.query(`SELECT min(time) AS first, max(time) AS last FROM ${quoted(table)}`);
  return ends;
}

async function rows_between(database, table, from, to) {
  const { rows: [{ n }] } = await database.query(`SELECT count(*)::int AS n FROM ${quoted(table)} WHERE time BETWEEN $1 AND $2`, [from, to]);
  return n;
}

export const quoted = (table) => `public."${table.replaceAll('"', '""')}"`;
