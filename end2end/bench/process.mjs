// What the system says of a process: CPU time, memory, open files.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_S = Number(execFileSync('getconf', ['CLK_TCK']));

/** CPU seconds that a process has used so far, in its own code and for it in the kernel. */
export function cpu_s(pid) {
  const { own } = times(pid);
  return own / TICKS_PER_S;
}

/** CPU seconds of Postgres with all its servers, those that have ended too. */
export function family_cpu_s(pid) {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const living = children.map((child) => attempt(() => times(child))).filter((child) => child?.parent === pid);
  const { own, ended } = times(pid);
  return (own + ended + living.reduce((sum, child) => sum + child.own + child.ended, 0)) / TICKS_PER_S;
}

/** Bytes of memory that are resident, and how many files and sockets are open. */
export function footprint(pid) {
  const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { rss: Number(kb) * 1_024, files: readdirSync(`/proc/${pid}/fd`).length };
}

function times(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name stands in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
  return { parent: Number(fields[1]), own: utime + stime, ended: cutime + cstime };
}

/** A process may end while it is looked at. */
function attempt(look) {
  try {
    return look();
  } catch {
    return undefined;
  }
}
