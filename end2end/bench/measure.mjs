// Numbers of many runs: warm up, repeat, median with the extremes; and how they are printed.

/** Runs `once` (which returns an object of numbers) after a warm-up and summarises each number by its name. */
export async function repeat(runs, once, warm_up = 3) {
  for (let i = 0; i < warm_up; i++) await once();
  const results = [];
  for (let i = 0; i < runs; i++) results.push(await once());
  const names = Object.keys(results[0]).filter((name) => typeof results[0][name] === 'number');
  return Object.fromEntries(names.map((name) => [name, summary(results.map((result) => result[name]))]));
}

export function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1), runs: sorted.length };
}

export const count = (n) => Math.round(n).toLocaleString('en-US');
export const ms = (n) => (n < 100 ? n.toFixed(1) : count(n));

/** Groups of lines collected for the terminal and for the file. */
export class Report {
  groups = [];
  ratios = [];

  group(title) {
    this.groups.push({ title, lines: [] });
  }

  /** A line: `time` is a summary in ms, the others single numbers; `note` is free text. */
  line(what, { time, rows, bytes, note } = {}) {
    this.groups.at(-1).lines.push({ what, time, rows, bytes, note });
  }

  ratio(what, unit, andon, peer) {
    if (andon !== undefined && peer !== undefined) this.ratios.push({ what, unit, andon, peer, ratio: peer / andon });
  }

  text() {
    const line = ({ what, time, rows, bytes, note }) => [
      `  ${what}`,
      time ? ms(time.median) : '',
      time ? `(${ms(time.min)}–${ms(time.max)})` : '',
      time ? String(time.runs) : '',
      rows === undefined ? '' : count(rows),
      bytes === undefined ? '' : count(bytes),
      note ?? '',
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
