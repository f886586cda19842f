// How many windows a second the server answers on one core, asked over open sockets.
import { cpu_s, family_cpu_s } from './process.mjs';
import { asked_window, open, told } from './socket.mjs';
import { BIOREACTOR, COLUMNS, extent, six_hours_of_the_board } from './windows.mjs';

/** Sockets that ask again with each answer. The asking program and Postgres share the machine, so the server's CPU time counts. */
export async function throughput(report, andon, database) {
  const pids = [Number(process.env.ANDON_PID), Number(process.env.POSTGRES_PID)];
  const board = await six_hours_of_the_board(database);
  const long = await extent(database, 'ten_million');
  report.group('Windows a second over open sockets, 5 s');
  for (const [what, series, { from, to }] of [
    ['6 h of the bioreactor, four series', BIOREACTOR, board],
    ['all of ten million rows, one series', ['ten_million'], { from: long.first, to: long.last }],
  ]) {
    for (const sockets of [1, 16]) {
      const question = { series, from: from.toISOString(), to: to.toISOString(), columns: COLUMNS };
      const { windows, bytes, took_s, server_s, database_s } = await ask_for_5_s(andon, sockets, question, pids);
      report.line(`${what}, ${sockets} socket${sockets > 1 ? 's' : ''}`, {
        headline: sockets > 1 ? `windows a second, ${what}, ${sockets} sockets` : undefined,
        value: windows / took_s,
        unit: 'windows/s',
        bytes: bytes / windows,
        note: `${(windows / server_s).toFixed(0)} windows a CPU second of the server, ${(windows / (server_s + database_s)).toFixed(0)} with Postgres’ CPU time`,
      });
    }
  }
}

async function ask_for_5_s(andon, sockets, question, [server, postgres]) {
  let [windows, bytes, failed, end] = [0, 0, 0, Infinity];
  const opened = [];
  for (let i = 0; i < sockets; i++) {
    let number = 0;
    const again = () => socket.say(asked_window({ ...question, number: ++number }));
    const socket = await open(andon, (answer) => {
      windows += 1;
      bytes += answer.length;
      if (!told(answer).good) failed += 1;
      if (performance.now() < end) again();
    });
    opened.push({ again, close: socket.close });
  }
  const before = { at: performance.now(), server: cpu_s(server), database: family_cpu_s(postgres) };
  end = before.at + 5_000;
  opened.forEach(({ again }) => again());
  await new Promise((later) => setTimeout(later, 5_000));
  const asked = { windows, bytes };
  const took_s = (performance.now() - before.at) / 1_000;
  const [server_s, database_s] = [cpu_s(server) - before.server, family_cpu_s(postgres) - before.database];
  opened.forEach(({ close }) => close());
  if (failed) throw new Error(`${failed} of ${windows} windows over the socket failed; see the log`);
  return { ...asked, took_s, server_s, database_s };
}
