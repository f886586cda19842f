// Runs the named parts against the servers that scripts/bench started, prints the table, leaves artefacts/bench.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { board } from './board.mjs';
import { launch } from './browser.mjs';
import { frames } from './frames.mjs';
import { until_ready } from './http.mjs';
import { ingest } from './ingest.mjs';
import { live } from './live.mjs';
import { machine, say } from './machine.mjs';
import { Report } from './measure.mjs';
import { memory } from './memory.mjs';
import { oee } from './oee.mjs';
import { everything, peer } from './peer.mjs';
import { ratios } from './ratios.mjs';
import { resampler } from './resampler.mjs';
import { throughput } from './throughput.mjs';
import { until_tiered } from './tiers.mjs';
import { uplot } from './uplot.mjs';
import { windows } from './windows.mjs';

const { ANDON, SITE_ROOT, DATABASE_DIR, DASH_BIOREACTOR, DASH_LONG, DASH_SKIPPED, RESAMPLER, RESAMPLER_SKIPPED, UPLOT, UPLOT_SKIPPED } = process.env;
const parts = process.argv.slice(2);
const began = Date.now();

// The plant's zone is UTC here; without this, node would read the naive timestamps in its own.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMP, (text) => new Date(`${text.replace(' ', 'T')}Z`));
pg.defaults.parseInputDatesAsUTC = true;

const database = new pg.Client({ host: DATABASE_DIR, user: 'postgres', database: 'bench' });
await database.connect();
const browser = await launch();
const step = (text) => process.stderr.write(`\x1b[1m==>\x1b[0m ${((Date.now() - began) / 1_000).toFixed(0)} s: ${text}\n`);

/** In the order in which they disturb each other least. */
const MEASURES = {
  // First: what others leave in a server's memory, a viewer need not ask for.
  async memory(report) {
    step('measuring memory');
    await memory(report, ANDON);
  },
  async windows(report, seen) {
    step('measuring windows');
    seen.asked = await windows(report, ANDON, database);
    await throughput(report, ANDON, database);
  },
  async board(report, seen) {
    step('measuring the board');
    seen.shown = await board(report, ANDON, browser, SITE_ROOT);
  },
  async frames(report) {
    step('measuring frames');
    await frames(report, ANDON, browser);
  },
  async live(report) {
    step('measuring INSERT → pixel');
    await live(report, ANDON, database, browser);
  },
  async oee(report) {
    step('measuring OEE');
    await oee(report, ANDON, browser);
  },
  async ingest(report) {
    step('measuring ingest');
    await ingest(report, ANDON, database);
  },
  peer: peers,
};

try {
  const on = await machine(browser, database);
  const report = new Report();
  await until_ready(`${ANDON}/health/ready`);
  if (parts.some((part) => ['windows', 'frames', 'peer'].includes(part))) {
    step('waiting for the tiers of the large tables');
    report.part = 'windows';
    await until_tiered(report, database, began);
  }
  const seen = {};
  const skipped = { Dash: DASH_SKIPPED, 'plotly-resampler': RESAMPLER_SKIPPED, uPlot: UPLOT_SKIPPED };
  if (parts.includes('peer') && RESAMPLER) {
    step('waiting for plotly-resampler to read its rows');
    seen.resampler_ready = await until_ready(RESAMPLER, 240_000).catch((error) => (skipped['plotly-resampler'] = error.message) && undefined);
  }
  for (const [part, measure] of Object.entries(MEASURES).filter(([part]) => parts.includes(part))) {
    report.part = part;
    await measure(report, seen);
  }
  ratios(report, seen);
  process.stdout.write(`${say(on)}\n${report.text()}\n`);
  for (const [name, why] of Object.entries(skipped)) if (why) process.stdout.write(`\n${name} skipped: ${why}\n`);
  const artefacts = new URL('../artefacts/', import.meta.url);
  mkdirSync(artefacts, { recursive: true });
  const took_s = Math.round((Date.now() - began) / 1_000);
  const result = { machine: on, parts, took_s, groups: report.groups, ratios: report.ratios, peers_skipped: skipped };
  writeFileSync(new URL('bench.json', artefacts), `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await browser.close();
  await database.end();
}

async function peers(report, seen) {
  if (UPLOT) {
    step('measuring uPlot');
    seen.uplot = await uplot(report, database, browser);
  }
  if (DASH_BIOREACTOR) {
    step('measuring Dash');
    await until_ready(DASH_BIOREACTOR);
    await until_ready(DASH_LONG);
    seen.dash = await peer(report, { bioreactor: DASH_BIOREACTOR, long: DASH_LONG }, browser);
  }
  if (seen.resampler_ready) {
    step('measuring plotly-resampler');
    seen.resampler = await resampler(report, RESAMPLER, database);
  }
  // Last, and without Chromium: what it leaves behind must not slow the others.
  await browser.close();
  if (DASH_LONG) seen.dash.all = await everything(report, DASH_LONG);
}
