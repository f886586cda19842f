// What viewers cost the server in memory, and what those leave behind who go before they are answered.
import net from 'node:net';
import { ask } from './http.mjs';
import { footprint } from './process.mjs';
import { asked_window, open } from './socket.mjs';
import { BIOREACTOR } from './windows.mjs';

const VIEWERS = 200;
const ABORTED = 10_000;
const AT_ONCE = 50;
const PAGE = '/t/default/trends';
const MB = 1_048_576;

export async function memory(report, andon) {
  report.group('Memory of the server');
  // Pages warm it up, but no viewer: the first crowd pays for all.
  for (let i = 0; i < 200; i++) await ask(andon + PAGE);
  await rest();
  const one = await of_viewers(report, andon);
  await of_aborted(report, andon);
  return one;
}

const look = () => footprint(process.env.ANDON_PID);
const rest = () => new Promise((later) => setTimeout(later, 3_000));
const told = ({ rss, files }) => ({ value: rss / MB, unit: 'MB resident', note: `${files} open files` });

async function of_viewers(report, andon) {
  const before = look();
  report.line('after 200 page loads', told(before));
  const crowds = [];
  for (const which of ['', ', the next ones']) {
    const all = await viewers(andon, VIEWERS);
    await rest();
    crowds.push(look());
    all.close();
    await rest();
    report.line(`while ${VIEWERS} sockets follow four series each${which}`, told(crowds.at(-1)));
    report.line('when they are gone', told(look()));
  }
  const one = (crowds[0].rss - before.rss) / VIEWERS;
  report.line('one viewer of the first', { headline: 'memory for one viewer who follows four series', value: one / 1_024, unit: 'kB' });
  return one;
}

async function viewers(andon, how_many) {
  const sockets = [];
  for (let i = 0; i < how_many; i++) {
    let answered;
    const answer = new Promise((resolve) => (answered = resolve));
    const socket = await open(andon, () => answered());
    socket.say(asked_window({ number: 1, series: BIOREACTOR, from: 'last-1h', columns: 1_000, follow: true }));
    await answer;
    sockets.push(socket);
  }
  return { close: () => sockets.forEach((socket) => socket.close()) };
}

/** Readers who ask for a page and close the connection at once; twice, because what grows only once is no leak. */
async function of_aborted(report, andon) {
  for (const which of ['', ' more']) {
    const began = performance.now();
    let next = 0;
    const reader = async () => {
      while (next++ < ABORTED) await abort(andon);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, reader));
    const took_s = (performance.now() - began) / 1_000;
    await rest();
    const after = look();
    const { ms } = await ask(andon + PAGE);
    const note = `${after.files} open files; they took ${took_s.toFixed(1)} s, the next page ${ms.toFixed(0)} ms`;
    report.line(`after ${ABORTED.toLocaleString('en-US')}${which} aborted page loads`, { headline: `memory after ${ABORTED.toLocaleString('en-US')}${which} aborted page loads`, ...told(after), note });
  }
}

function abort(andon) {
  const { hostname, port, host } = new URL(andon);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname);
    socket.on('error', (error) => (error.code === 'ECONNRESET' ? undefined : reject(error)));
    socket.on('connect', () => socket.write(`GET ${PAGE} HTTP/1.1\r\nhost: ${host}\r\naccept-encoding: br\r\n\r\n`, () => socket.destroy()));
    socket.on('close', resolve);
  });
}
