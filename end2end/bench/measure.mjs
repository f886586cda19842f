// Numbers of many runs: warm up, repeat, median with the extremes; and how they are printed.

/**
 * Runs `once` (which returns an object of numbers) after a warm-up and summarises each number by its name. What takes longer
 * than `long_ms` is run fewer times, but not fewer than five.
 */
export async function repeat(runs, once, warm_up = 3, long_ms = 15_000) {
  const began = performance.now();
  const long = () => performance.now() - began > long_ms;
  for (let i = 0; i < warm_up && !long(); i++) await once();
  const results = [];
  for (let i = 0; i < runs && (i < 5 || !long()); i++) results.push(await once());
  return each_summary(results);
}

/** Each number by its name; one that some runs do not have is a summary of those that do. */
export function each_summary(results) {
  const names = [...new Set(results.flatMap((result) => Object.keys(result)))];
  const numbers = (name) => results.map((result) => result[name]).filter((value) => typeof value === 'number');
  return Object.fromEntries(names.filter((name) => numbers(name).length).map((name) => [name, summary(numbers(name))]));
}

export function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { median, p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99), min: sorted[0], max: sorted.at(-1), runs: sorted.length };
}

/** The smallest value that at least this part of all values does not exceed. */
const percentile = (sorted, part) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];

export const count = (n) => Math.round(n).toLocaleString('en-US');
export const ms = (n) => (n < 100 ? n.toFixed(1) : count(n));

/** Groups of lines collected for the terminal and for the file. */
export class Report {
  groups = [];
  ratios = [];
  /** The part of the benchmark that is measured now. */
  part = undefined;

  group(title) {
    this.groups.push({ title, part: this.part, lines: [] });
  }

  /**
   * A line: `time` is a summary in ms, with its tail where `tail` is true; `rows` and `bytes` are single numbers, `value` one
   * of the `unit`; `note` is free text. A line with a `headline` stands in the README under that.
   */
  line(what, { headline, time, tail, rows, bytes, value, unit, note } = {}) {
    this.groups.at(-1).lines.push({ what, headline, time, tail, rows, bytes, value, unit, note });
  }

  ratio(what, unit, andon, peer) {
    if (andon !== undefined && peer !== undefined) this.ratios.push({ what, unit, andon, peer, ratio: peer / andon });
  }

  text() {
    const line = ({ what, time, tail, rows, bytes, value, unit, note }) => [
      `  ${what}`,
      time ? ms(time.median) : '',
      time ? `(${ms(time.min)}–${ms(time.max)})` : '',
      time ? String(time.runs) : '',
      rows === undefined ? '' : count(rows),
      bytes === undefined ? '' : count(bytes),
      [tail && `p95 ${ms(time.p95)}, p99 ${ms(time.p99)} ms`, value !== undefined && `${amount(value)} ${unit}`, note].filter(Boolean).join('; '),
    ];
    const ratio = ({ what, unit, andon, peer, ratio }) => {
      const say = unit === 'ms' ? ms : count;
      return [`  ${what}`, `${say(andon)} ${unit}`, `${say(peer)} ${unit}`, `${ratio < 10 ? ratio.toFixed(1) : count(ratio)} ×`, '', '', ''];
    };
    const head = (title, ...columns) => [title, ...columns, ...Array(6 - columns.length).fill('')];
    const cells = this.groups.flatMap((group) => [
      Array(7).fill(''),
      head(group.title, 'median ms', '(min–max)', 'runs', 'rows', 'bytes'),
      ...group.lines.map(line),
    ]);
    if (this.ratios.length) cells.push(Array(7).fill(''));
    if (this.ratios.length) cells.push(head('Peer against Andon (medians; under 1.5 × is noise)', 'Andon', 'peer', 'ratio'), ...this.ratios.map(ratio));
    const widths = [0, 1, 2, 3, 4, 5].map((i) => Math.max(...cells.map((row) => row[i].length)));
    const pad = (text, i) => (i === 0 ? text.padEnd(widths[0]) : i < 6 ? text.padStart(widths[i]) : text);
    return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
  }
}

/** A number of any size: whole where it is large. */
export const amount = (value) => (Math.abs(value) >= 100 ? count(value) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2));
