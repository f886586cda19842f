// Prints the table of the README from artefacts/bench.json, so that nobody types a figure.
import { readFileSync } from 'node:fs';
import { say } from './machine.mjs';
import { amount, count, ms } from './measure.mjs';

const file = new URL('../artefacts/bench.json', import.meta.url);
const { machine, parts, groups, ratios, peers_skipped } = read(file);
const row = (...cells) => `| ${cells.map((cell) => String(cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
const lines = [`Measured on ${machine.date.slice(0, 10)} by \`scripts/bench ${parts.join(' ')}\`. ${say(machine).replace('\n', '. ')}.`, ''];
lines.push(row('Andon', 'median', 'p95', 'p99', 'rows', 'bytes', '', '`scripts/bench …`'), row('---', '---:', '---:', '---:', '---:', '---:', '---', '---'));
for (const { part, lines: figures } of groups) {
  for (const { headline, time, tail, rows, bytes, value, unit, note } of figures.filter(({ headline }) => headline)) {
    const of = (name) => (time && (name === 'median' || tail) ? `${ms(time[name])} ms` : '');
    const whole = (number) => (number === undefined ? '' : count(number));
    const remark = [value !== undefined && `${amount(value)} ${unit}`, note].filter(Boolean).join('; ');
    lines.push(row(headline, of('median'), of('p95'), of('p99'), whole(rows), whole(bytes), remark, part));
  }
}
if (ratios.length) {
  lines.push('', row('A peer in the same run (`scripts/bench peer`)', 'Andon', 'peer', 'ratio'), row('---', '---:', '---:', '---:'));
  for (const { what, unit, andon, peer, ratio } of ratios) {
    const amount = (value) => `${(unit === 'ms' ? ms : count)(value)} ${unit}`;
    lines.push(row(what, amount(andon), amount(peer), `${ratio < 10 ? ratio.toFixed(1) : count(ratio)} ×`));
  }
}
for (const [name, why] of Object.entries(peers_skipped)) lines.push('', `${name} was skipped: ${why}`);
process.stdout.write(`${lines.join('\n')}\n`);

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    process.stderr.write('error: there is no end2end/artefacts/bench.json yet; run scripts/bench first\n');
    process.exit(1);
  }
}
