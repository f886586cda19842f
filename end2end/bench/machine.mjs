// On what was measured: numbers without this line mean nothing.
import { execFileSync } from 'node:child_process';
import os from 'node:os';

export async function machine(browser, database) {
  const { rows: [{ server_version }] } = await database.query('SHOW server_version');
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: os.availableParallelism(),
    kernel: `${os.type()} ${os.release()}`,
    postgres: server_version.split(' ')[0],
    chromium: browser.version(),
    node: process.versions.node,
    andon: process.env.ANDON_BUILD,
    andon_version: execFileSync(process.env.ANDON_BIN, ['--version'], { encoding: 'utf8' }).trim(),
    commit: commit(),
    peer: [process.env.PEER_VERSIONS, process.env.RESAMPLER_VERSIONS].filter(Boolean).join('; ') || undefined,
    memory_gb: Math.round(os.totalmem() / 2 ** 30),
    load: os.loadavg()[0],
    date: new Date().toISOString(),
  };
}

/** Of this checkout; the measured program may be another's. */
function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

export const say = ({ cpu, cores, memory_gb, kernel, postgres, chromium, node, andon, andon_version, commit, peer, load }) =>
  [`${cpu}, ${cores} cores, ${memory_gb} GB`, kernel, `PostgreSQL ${postgres}`, `Chromium ${chromium}`, `Node ${node}`, `load ${load.toFixed(2)} before`].join(' · ') +
  `\n${andon_version}: ${andon}${commit ? ` (checkout ${commit})` : ''}${peer ? ` · Peer: ${peer}` : ''}`;
