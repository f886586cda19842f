// `test` with what every test of Andon starts from: a plant, and a page whose console stays empty.
import { test as base, type Page } from '@playwright/test';
import pg from 'pg';
import { Andon } from './andon.ts';
import * as bioreactor from './bioreactor.ts';
import { Cluster } from './postgres.ts';

export { expect } from '@playwright/test';

/**
 * `shared`: the server of all tests, only to look at. `own database`: a copy of the data and a server for this test alone.
 * `own cluster`: a Postgres for this test alone, which runs with its data. `no database`: the same, not started, without data.
 */
export type World = 'shared' | 'own database' | 'own cluster' | 'no database';

export interface Plant {
  url: string;
  /** Runs a statement in the plant's database. */
  sql: (statement: string, values?: unknown[]) => Promise<pg.QueryResult>;
  /** Ends the server as a service manager does, and starts it at the same address after `away` ran. */
  restart: (away?: () => Promise<unknown>) => Promise<void>;
  /** The cluster, where the test has one of its own. */
  cluster?: Cluster;
}

interface Fixtures {
  world: World;
  /** Whether the test fails when the browser's console says anything at the end. */
  quiet: boolean;
  plant: Plant;
}

let copies = 0;

export const test = base.extend<Fixtures>({
  world: ['shared', { option: true }],
  quiet: [true, { option: true }],

  plant: async ({ world }, use, info) => {
    if (world === 'shared') {
      const refused = Promise.reject(new Error('the shared plant is only looked at'));
      refused.catch(() => {});
      return use({ url: process.env.END2END_SHARED_URL!, sql: () => refused, restart: () => refused });
    }
    const port = Number(process.env.END2END_POSTGRES_PORT);
    const own = world === 'own database' ? undefined : await Cluster.create();
    const name = own ? 'plant' : `plant_${process.pid}_${copies++}`;
    const shared = new pg.Client({ host: '127.0.0.1', port, user: 'plant', database: 'postgres' });
    let andon: Andon | undefined;
    try {
      if (world === 'own cluster') {
        await own!.start();
        await own!.with('postgres', (client) => client.query('CREATE DATABASE plant'));
        bioreactor.load(own!, name);
      } else if (world === 'own database') {
        await shared.connect();
        await shared.query(`CREATE DATABASE ${name} TEMPLATE bioreactor`);
      }
      const url = own ? own.url(name) : `postgres://plant@127.0.0.1:${port}/${name}`;
      andon = await Andon.start(url);
      if (world !== 'no database') await andon.ready();
      const sql = async (statement: string, values: unknown[] = []) => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        return client.query(statement, values).finally(() => client.end());
      };
      const restart = async (away?: () => Promise<unknown>) => {
        const { port } = new URL(andon!.url);
        await andon!.stop();
        await away?.();
        andon = await Andon.start(url, {}, Number(port));
        await andon.ready();
      };
      await use({ url: andon.url, sql, restart, cluster: own });
    } finally {
      if (andon && info.status !== info.expectedStatus) await info.attach('andon.log', { body: andon.log, contentType: 'text/plain' });
      await andon?.stop();
      if (world === 'own database') {
        await shared.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        await shared.end();
      }
      await own?.remove();
    }
    base.expect(andon!.log, 'the server panicked').not.toContain('panicked');
  },

  baseURL: async ({ plant }, use) => use(plant.url),

  page: async ({ page, quiet }, use) => {
    const noise = listen(page);
    await use(page);
    if (quiet) base.expect(noise, 'the console stays empty').toEqual([]);
  },
});

/** Everything that a page complains of from now on. */
export function listen(page: Page): string[] {
  const noise: string[] = [];
  // The status of the page itself is the business of the test that asked for it.
  const pages = new Set<string>();
  page.on('request', (request) => request.isNavigationRequest() && pages.add(request.url()));
  page.on('console', (message) => {
    const { url } = message.location();
    if (!(message.text().startsWith('Failed to load resource') && pages.has(url))) noise.push(`${message.type()}: ${message.text()} (${url})`);
  });
  page.on('pageerror', (error) => noise.push(`page error: ${error.stack ?? error}`));
  page.on('requestfailed', (request) => {
    // A page that is left drops its questions.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') noise.push(`failed: ${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400 && !response.request().isNavigationRequest()) noise.push(`${response.status()}: ${response.url()}`);
  });
  return noise;
}
