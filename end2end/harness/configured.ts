// A plant that a configuration describes: its own database, what its machines said in logs, and a server.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Andon } from './andon.ts';
import { andonProgram } from './environment.ts';

let count = 0;

export interface Configured {
  url: string;
  /** Says something about a machine, by the endpoint of devices. */
  say: (machine: string, observations: Record<string, unknown>[]) => Promise<void>;
  stop: () => Promise<void>;
}

/** Each log is the path of a file, or the lines of one. */
export async function configured(toml: string, logs: Record<string, string | string[]> = {}): Promise<Configured> {
  const name = `configured_${process.pid}_${count++}`;
  const port = Number(process.env.END2END_POSTGRES_PORT);
  const shared = new pg.Client({ host: '127.0.0.1', port, user: 'plant', database: 'postgres' });
  await shared.connect();
  const folder = mkdtempSync(join(tmpdir(), 'andon-configured-'));
  let andon: Andon | undefined;
  const stop = async () => {
    await andon?.stop();
    await shared.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await shared.end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await shared.query(`CREATE DATABASE ${name}`);
    const url = `postgres://plant@127.0.0.1:${port}/${name}`;
    const file = join(folder, 'plant.toml');
    writeFileSync(file, `ingest.tokens = [{ tenant = "default", token = "t" }]\n${toml}\n`);
    andon = await Andon.start(url, { ANDON_CONFIG: file });
    await andon.ready();
    for (const [machine, log] of Object.entries(logs)) {
      const path = typeof log === 'string' ? log : join(folder, `${machine}.txt`);
      if (typeof log !== 'string') writeFileSync(path, log.map((line) => `${line}\n`).join(''));
      const env = { PATH: process.env.PATH, HOME: folder, DATABASE_URL: url, ANDON_CONFIG: file, ANDON_DATA_DIR: folder, NO_COLOR: '1' };
      execFileSync(andonProgram(), ['import', 'shdr', '--tenant', 'default', '--machine', machine, path], { env, stdio: 'pipe' });
    }
    const say: Configured['say'] = async (machine, observations) => {
      const headers = { Authorization: 'Token t', 'Content-Type': 'application/json' };
      const response = await fetch(`${andon!.url}/api/v2/machines/${machine}/observations`, { method: 'POST', headers, body: JSON.stringify(observations) });
      if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    };
    return { url: andon.url, say, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
