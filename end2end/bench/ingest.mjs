// Readings a second by each way in, stored and with their tiers kept: counted in the database, not by what was sent.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { send_lines } from './http.mjs';
import { count } from './measure.mjs';
import { cpu_s, family_cpu_s } from './process.mjs';

const { ANDON_BIN, ANDON_PID, POSTGRES_PID, DATABASE_DIR, DATABASE_URL, BROKER_PORT, BROKER_SKIPPED, INGEST_BENCH } = process.env;
const ROWS = 1_000_000;
const MESSAGES = 100_000;
const SERIES = 10;
const BODY_LINES = 10_000;
const AT_ONCE = 4;
const START_S = 1_700_000_000;

export async function ingest(report, andon, database) {
  report.group('Ingest: readings a second until the last is stored, tiers kept');
  await line_protocol(report, andon, database);
  await csv(report, database);
  if (BROKER_PORT) await mqtt(report, database);
  else report.line('MQTT', { note: `skipped: ${BROKER_SKIPPED}` });
  if (INGEST_BENCH) library(report);
  else report.line('the library without a server', { note: 'skipped: INGEST_BENCH names no program' });
}

const value = (n) => (50 + 20 * Math.sin(n / 1_375) + (n % 97) / 100).toFixed(2);

async function line_protocol(report, andon, database) {
  // One reading a second and series, as from a collector that sends all of them together.
  const line = (n) => `bench,line=${n % SERIES} http=${value(n)} ${START_S + Math.floor(n / SERIES)}`;
  const bodies = Array.from({ length: ROWS / BODY_LINES }, (_, b) => Buffer.from(Array.from({ length: BODY_LINES }, (_, i) => line(b * BODY_LINES + i)).join('\n')));
  const senders = async () => {
    let next = 0;
    const sender = async () => {
      for (let body; (body = bodies[next++]); ) await send_lines(andon, body);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
  };
  const what = `HTTP line protocol, ${SERIES} series, ${count(BODY_LINES)} lines a request, ${AT_ONCE} at once`;
  await measured(report, database, what, ROWS, 'bench.http%', senders);
}

async function csv(report, database) {
  const file = `${DATABASE_DIR}/bench.csv`;
  const time = (n) => new Date((START_S + n) * 1_000).toISOString();
  writeFileSync(file, `time,value\n${Array.from({ length: ROWS }, (_, n) => `${time(n)},${value(n)}\n`).join('')}`);
  const env = { PATH: process.env.PATH, DATABASE_URL, ANDON_DATA_DIR: `${DATABASE_DIR}/import` };
  const read = () => promisify(execFile)(ANDON_BIN, ['import', 'csv', '--series', 'csv/bench', file], { env });
  await measured(report, database, 'andon import csv, one series, start of the program included', ROWS, 'csv/bench', read, { other_process: true });
}

async function mqtt(report, database) {
  // Other times in each message, so that each is a row.
  const message = (n) => `{"v":${value(n)},"t":${START_S * 1_000 + n}}\n`;
  const all = Array.from({ length: MESSAGES / SERIES }, (_, n) => message(n)).join('');
  const publish = (n) => new Promise((resolve, reject) => {
    const client = spawn('mosquitto_pub', ['-p', BROKER_PORT, '-q', '1', '-t', `bench/${n}`, '-l'], { stdio: ['pipe', 'ignore', 'inherit'] });
    client.on('error', reject);
    client.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`mosquitto_pub ended with ${code}`))));
    client.stdin.end(all);
  });
  const publishers = () => Promise.all(Array.from({ length: SERIES }, (_, n) => publish(n)));
  const what = `MQTT, qos 1, one reading a message, ${SERIES} mosquitto_pub`;
  await measured(report, database, what, MESSAGES, 'mqtt/%', publishers, { wait: true });
}

async function measured(report, database, what, rows, series, send, { other_process = false, wait = false } = {}) {
  const used = () => [cpu_s(ANDON_PID), family_cpu_s(Number(POSTGRES_PID))];
  const before = { at: performance.now(), cpu: used() };
  await send();
  if (wait) await until_stored(database, series, rows);
  const took_s = (performance.now() - before.at) / 1_000;
  const [server_s, database_s] = used().map((after, i) => after - before.cpu[i]);
  const stored = await stored_rows(database, series);
  if (stored !== rows) throw new Error(`${what}: ${stored} of ${rows} readings are stored`);
  const server = other_process ? '' : `server ${server_s.toFixed(1)} s, `;
  report.line(what, { headline: `ingest: ${what}`, rows, value: rows / took_s, unit: 'rows/s', note: `CPU: ${server}Postgres ${database_s.toFixed(1)} s` });
}

async function until_stored(database, series, rows) {
  const end = performance.now() + 120_000;
  while ((await stored_rows(database, series)) < rows) {
    if (performance.now() > end) return;
    await new Promise((later) => setTimeout(later, 100));
  }
}

async function stored_rows(database, series) {
  const sql = 'SELECT count(*)::int AS n FROM andon.readings JOIN andon.series USING (tenant_id, series_id) WHERE name LIKE $1';
  const { rows: [{ n }] } = await database.query(sql, [series]);
  return n;
}

/** The store's own program, with a Postgres of its own, fsync on. */
function library(report) {
  const said = execFileSync(INGEST_BENCH, { encoding: 'utf8' });
  for (const [, label, rows, rate] of said.matchAll(/^\s*([\w ]+): (\d+) rows in [^,]+, (\d+) rows\/s$/gm)) {
    report.line(`the library without a server, fsync on: ${label}`, { headline: `ingest: the library without a server, ${label}`, rows: Number(rows), value: Number(rate), unit: 'rows/s' });
  }
}
