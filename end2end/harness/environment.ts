// What the machine has to give: the server, its site, Chromium and the programs of Postgres. What is missing is named.
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

function given(name: string, what: string, within = ''): string {
  const path = process.env[name];
  if (!path) throw new Error(`${name} is not set; set it to ${what}`);
  if (!existsSync(join(path, within))) throw new Error(`${name} is ${path}, but ${join(path, within)} is not there; build first (scripts/build)`);
  return path;
}

/** The server's program. */
export function andonProgram(): string {
  const path = given('ANDON_BIN', 'the path of the program `andon`');
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new Error(`ANDON_BIN is ${path}, which cannot be run`);
  }
  return path;
}

/** The directory with wasm, script and style. */
export function siteRoot(): string {
  return given('LEPTOS_SITE_ROOT', "the directory of the site, the one that holds `pkg`", 'pkg/andon.wasm');
}

/** The browser. */
export function chromium(): string {
  const path = process.env.CHROMIUM || '/usr/bin/chromium';
  if (!existsSync(path)) throw new Error(`no Chromium at ${path}; install it or set CHROMIUM to where it is`);
  return path;
}

/** The directory of initdb, postgres and psql, of the newest version installed. */
export function postgresPrograms(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = [process.env.POSTGRES_BIN, ...versions.map((version) => join(root, version, 'bin'))];
  const directory = found.find((path) => path && ['initdb', 'postgres', 'psql'].every((program) => existsSync(join(path, program))));
  if (!directory) throw new Error(`no initdb, postgres and psql below ${root}; install postgresql or set POSTGRES_BIN to their directory`);
  return directory;
}
