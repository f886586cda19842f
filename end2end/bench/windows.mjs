// How long the server takes for a window, and how many bytes it answers.
import { ask } from './http.mjs';
import { repeat } from './measure.mjs';

/** As many as the server answers at most: the widest screen. */
const COLUMNS = 1_500;
const HOUR_S = 3_600;

export const BIOREACTOR = ['CM_HAM_DO_AI1/Temp_value', 'CM_HAM_PH_AI1/pH_value', 'CM_PID_DO/Process_DO', 'CM_PRESSURE/Output'];

export async function windows(report, andon, database) {
  const floor = await repeat(25, () => ask(`${andon}/health/live`));
  const long = await long_series(report, andon, database);
  report.line('(an empty answer: what HTTP itself takes)', { time: floor.ms });
  const board = await one_board(report, andon, database);
  return { ...long, ...board };
}

/** The same table asked for an hour, a day, all of it: flat where the server reads tiers instead of rows. */
async function long_series(report, andon, database) {
  const { rows: [{ first, last }] } = await database.query('SELECT min(time) AS first, max(time) AS last FROM public.ten_million');
  const middle = new Date(Math.round((first.getTime() + last.getTime()) / 2_000) * 1_000);
  const lasting = (seconds) => [middle, new Date(middle.getTime() + (seconds - 1) * 1_000)];
  const spans = [
    ['1 h', 'hour', lasting(HOUR_S), 25],
    ['1 day', 'day', lasting(24 * HOUR_S), 25],
    ['all', 'all', [first, last], 5],
  ];
  report.group(`GET /api/window, 1-s data, ${COLUMNS.toLocaleString('en-US')} columns`);
  const results = {};
  for (const [what, name, [from, to], runs] of spans) {
    const rows = await rows_between(database, 'ten_million', from, to);
    results[name] = await measured(report, what, window_url(andon, ['ten_million'], from, to), rows, runs);
  }
  return results;
}

/** Six hours of the four series in one question, as the board asks. */
async function one_board(report, andon, database) {
  const ends = BIOREACTOR.map((table) => `SELECT max(time) AS t FROM ${quoted(table)}`).join(' UNION ALL ');
  const { rows: [{ to }] } = await database.query(`SELECT max(t) AS to FROM (${ends}) ends`);
  const from = new Date(to.getTime() - 6 * HOUR_S * 1_000);
  const each = [];
  for (const table of BIOREACTOR) each.push(await rows_between(database, table, from, to));
  report.group('GET /api/window, 6 h of the bioreactor');
  const total = each.reduce((a, b) => a + b);
  const six_hours = await measured(report, 'four series in one question', window_url(andon, BIOREACTOR, from, to), total, 25);
  for (const [i, table] of BIOREACTOR.entries()) {
    await measured(report, `${table} alone`, window_url(andon, [table], from, to), each[i], 15);
  }
  return { six_hours };
}

async function measured(report, what, url, rows, runs) {
  const { ms: time, bytes } = await repeat(runs, () => ask(url), Math.min(3, runs >> 1));
  // A series that could not be read is an answer of a few bytes, with status 200 like the others.
  const note = rows > 1_000 && bytes.median < 1_000 ? 'NO LINE in this answer: see the log' : undefined;
  report.line(what, { time, rows, bytes: bytes.median, note });
  return { time, rows, bytes: bytes.median };
}

function window_url(andon, series, from, to) {
  const query = new URLSearchParams({ tenant: 'default', from: from.toISOString(), to: to.toISOString(), columns: String(COLUMNS) });
  series.forEach((id, i) => query.append(`series[${i}]`, id));
  return `${andon}/api/window?${query}`;
}

async function rows_between(database, table, from, to) {
  const { rows: [{ n }] } = await database.query(`SELECT count(*)::int AS n FROM ${quoted(table)} WHERE time BETWEEN $1 AND $2`, [from, to]);
  return n;
}

const quoted = (table) => `public."${table.replaceAll('"', '""')}"`;
