// Runs every measurement against the servers that scripts/bench started, prints the table, leaves artefacts/bench.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { board } from './board.mjs';
import { launch } from './browser.mjs';
import { until_ready } from './http.mjs';
import { machine, say } from './machine.mjs';
import { Report } from './measure.mjs';
import { peer } from './peer.mjs';
import { windows } from './windows.mjs';

const { ANDON, SITE_ROOT, DATABASE_DIR, DASH_BIOREACTOR, DASH_LONG, PEER_SKIPPED } = process.env;

// The plant's zone is UTC here; without this, node would read the naive timestamps in its own.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMP, (text) => new Date(`${text.replace(' ', 'T')}Z`));
pg.defaults.parseInputDatesAsUTC = true;

const database = new pg.Client({ host: DATABASE_DIR, user: 'postgres', database: 'bench' });
await database.connect();
const browser = await launch();
const step = (text) => process.stderr.write(`\x1b[1m==>\x1b[0m ${text}\n`);
try {
  const on = await machine(browser, database);
  const report = new Report();
  await until_ready(`${ANDON}/health/ready`);
  step('measuring windows');
  const asked = await windows(report, ANDON, database);
  step('measuring the board');
  const shown = await board(report, ANDON, browser, SITE_ROOT);
  let compared;
  if (DASH_BIOREACTOR) {
    step('measuring the peer');
    await until_ready(DASH_BIOREACTOR);
    await until_ready(DASH_LONG);
    compared = await peer(report, { bioreactor: DASH_BIOREACTOR, long: DASH_LONG }, browser);
    ratios(report, asked, shown, compared);
  }
  process.stdout.write(`${say(on)}\n${report.text()}\n`);
  if (PEER_SKIPPED) process.stdout.write(`\nPeer skipped: ${PEER_SKIPPED}\n`);
  const artefacts = new URL('../artefacts/', import.meta.url);
  mkdirSync(artefacts, { recursive: true });
  const { groups, ratios: compared_with } = report;
  writeFileSync(new URL('bench.json', artefacts), `${JSON.stringify({ machine: on, groups, ratios: compared_with, peer_skipped: PEER_SKIPPED }, null, 2)}\n`);
} finally {
  await browser.close();
  await database.end();
}

function ratios(report, asked, shown, dash) {
  const time = (what, andon, other) => report.ratio(what, 'ms', andon?.median, other?.median);
  const bytes = (what, andon, other) => report.ratio(what, 'B', andon, other);
  time('6 h of four series: answer', asked.six_hours.time, dash.six_hours.time);
  bytes('6 h of four series: bytes', asked.six_hours.bytes, dash.six_hours.bytes);
  time('1 h of 1-s data: answer', asked.hour.time, dash.hour.time);
  bytes('1 h of 1-s data: bytes', asked.hour.bytes, dash.hour.bytes);
  time('1 day of 1-s data: answer', asked.day.time, dash.day.time);
  bytes('1 day of 1-s data: bytes', asked.day.bytes, dash.day.bytes);
  time('all of 1-s data: answer', asked.all.time, dash.all?.time);
  bytes('all of 1-s data: bytes', asked.all.bytes, dash.all?.bytes);
  time('click → drawn (Andon: and rastered)', shown.click.to_raster, dash.click.to_drawn);
  time('click → frame painted', shown.click.to_frame, dash.click.to_frame);
  time('first paint (peer: “Loading…”)', shown.first_paint, dash.first_paint);
  time('first paint with curves', shown.first_paint, dash.drawn);
  time('page alive', shown.drawn, dash.drawn);
  bytes('code of the page, as transferred', shown.weight, dash.weight);
  bytes('code of the page, both brotli 11', shown.weight, dash.weight_brotli);
}
