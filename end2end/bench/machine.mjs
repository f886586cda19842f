// On what was measured: numbers without this line mean nothing.
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
    peer: process.env.PEER_VERSIONS,
    load: os.loadavg()[0],
    date: new Date().toISOString(),
  };
}

export const say = ({ cpu, cores, kernel, postgres, chromium, node, andon, peer, load }) =>
  [`${cpu}, ${cores} cores`, kernel, `PostgreSQL ${postgres}`, `Chromium ${chromium}`, `Node ${node}`, `load ${load.toFixed(2)} before`].join(' · ') +
  `\nAndon: ${andon}${peer ? ` · Peer: ${peer}` : ''}`;
