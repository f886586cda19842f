// A Postgres cluster of our own, in a temporary directory, on a free port; it can be stopped like in an accident.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { postgresPrograms } from './environment.ts';

/** Postgres refuses to run as root. */
const asPostgres = process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] : [];

// Durability is of no use to a test.
const SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=60', 'shared_buffers=32MB', 'autovacuum=off', 'listen_addresses=127.0.0.1'];

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export class Cluster {
  private server?: ChildProcess;
  private readonly programs = postgresPrograms();

  private constructor(
    readonly directory: string,
    readonly port: number,
  ) {}

  /** A new cluster that does not run yet. */
  static async create(): Promise<Cluster> {
    const directory = mkdtempSync(join(tmpdir(), 'andon-end2end-pg-'));
    chmodSync(directory, 0o700);
    if (asPostgres.length) execFileSync('chown', ['postgres:', directory]);
    const cluster = new Cluster(directory, await freePort());
    cluster.run('initdb', ['-D', join(directory, 'data'), '-U', 'plant', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
    return cluster;
  }

  private run(program: string, args: string[]): void {
    const [command, ...rest] = [...asPostgres, join(this.programs, program), ...args];
    execFileSync(command!, rest, { cwd: this.directory, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  async start(): Promise<void> {
    const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
    const args = [...asPostgres, join(this.programs, 'postgres'), '-D', join(this.directory, 'data'), '-p', `${this.port}`, '-k', this.directory, ...settings];
    const log = openSync(join(this.directory, 'log'), 'a');
    const server = spawn(args[0]!, args.slice(1), { cwd: this.directory, stdio: ['ignore', log, log] });
    closeSync(log);
    this.server = server;
    for (const deadline = Date.now() + 20_000; ; await pause(30)) {
      if (server.exitCode !== null || Date.now() > deadline) throw new Error(`Postgres did not start:\n${readFileSync(join(this.directory, 'log'), 'utf8')}`);
      const ready = await this.with('postgres', (client) => client.query('SELECT 1')).catch(() => undefined);
      if (ready) return;
    }
  }

  /** Stops at once, as when the machine is switched off. */
  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGQUIT');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  url(database: string): string {
    return `postgres://plant@127.0.0.1:${this.port}/${database}`;
  }

  /** Does something with a connection. */
  async with<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.url(database) });
    client.on('error', () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Runs a psql script, relative to its own directory. */
  script(database: string, directory: string, file: string): void {
    execFileSync(join(this.programs, 'psql'), ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', this.url(database), '-f', file], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PGOPTIONS: '-c client_min_messages=warning' },
    });
  }
}
