// The server under test: one process on a port of its own choice.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { andonProgram, siteRoot } from './environment.ts';

export class Andon {
  private stopping = false;

  private constructor(
    readonly url: string,
    private readonly server: ChildProcess,
    private readonly directory: string,
    private readonly lines: string[],
  ) {}

  /** Starts `andon serve` on a database, which need not be there, at a free port unless one is named. */
  static async start(databaseUrl: string, settings: Record<string, string> = {}, port = 0, command = 'serve'): Promise<Andon> {
    const directory = mkdtempSync(join(tmpdir(), 'andon-end2end-'));
    const env = { PATH: process.env.PATH, HOME: directory, DATABASE_URL: databaseUrl, LEPTOS_SITE_ROOT: siteRoot(), ANDON_DATA_DIR: directory, NO_COLOR: '1', ...settings };
    const server = spawn(andonProgram(), [command, '--listen', `127.0.0.1:${port}`], { cwd: directory, env, stdio: ['ignore', 'inherit', 'pipe'] });
    const lines: string[] = [];
    const url = await new Promise<string>((found, refused) => {
      let rest = '';
      server.stderr!.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop()!;
        lines.push(...parts);
        const open = parts.map((line) => /open (http:\/\/\S+)/.exec(line)).find(Boolean);
        if (open) found(open[1]!);
      });
      server.once('error', refused);
      server.once('exit', (code) => refused(new Error(`andon ended with ${code}:\n${lines.join('\n')}`)));
    });
    const andon = new Andon(url, server, directory, lines);
    server.once('exit', (code, signal) => {
      if (!andon.stopping) console.error(`andon at ${url} ended by itself with ${code ?? signal}:\n${lines.slice(-20).join('\n')}`);
    });
    return andon;
  }

  /** Starts `andon demo` with a Postgres of its own and waits until its machines have their past. */
  static async demo(): Promise<Andon> {
    const andon = await Andon.start('', {}, 0, 'demo');
    for (const deadline = Date.now() + 150_000; !andon.log.includes('the machines run'); await pause(200)) {
      if (Date.now() > deadline) throw new Error(`the demo plant did not grow:\n${andon.log}`);
    }
    return andon;
  }

  /** What the server has logged so far. */
  get log(): string {
    return this.lines.join('\n');
  }

  /** Waits until the server has met its database. */
  async ready(): Promise<void> {
    for (const deadline = Date.now() + 15_000; ; await pause(20)) {
      const { status } = await fetch(`${this.url}/health/ready`);
      if (status === 200) return;
      if (Date.now() > deadline) throw new Error(`andon at ${this.url} did not find its database:\n${this.log}`);
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.server.exitCode === null && this.server.signalCode === null) {
      const ended = once(this.server, 'exit');
      this.server.kill('SIGTERM');
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
