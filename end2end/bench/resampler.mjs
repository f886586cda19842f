// The same zooms to a Dash board with plotly-resampler (resampler_app.py), which holds all rows in its memory.
import { ask } from './http.mjs';
import { repeat } from './measure.mjs';
import { footprint } from './process.mjs';
import { extent } from './windows.mjs';

const HOUR_S = 3_600;

export async function resampler(report, url, database) {
  const { first, last } = await extent(database, 'ten_million');
  const middle = new Date((first.getTime() + last.getTime()) / 2);
  report.group('Peer (Dash with plotly-resampler): answer to a zoom, 6,000 points, all rows in its memory');
  const results = {};
  // What was shown is not answered again, so that each zoom begins a little later than the one before.
  let shift_s = 0;
  for (const [what, name, length_s] of [
    ['1 h of 1-s data', 'hour', HOUR_S],
    ['1 day of 1-s data', 'day', 24 * HOUR_S],
    ['all of 1-s data', 'all', undefined],
  ]) {
    const once = () => {
      const start = length_s ? middle.getTime() : first.getTime();
      const from = new Date(start + ++shift_s * 1_000);
      const to = length_s ? new Date(from.getTime() + length_s * 1_000) : last;
      return ask(`${url}/_dash-update-component`, { json: zoom(from, to) });
    };
    const { ms: time, bytes } = await repeat(15, once, 2);
    report.line(what, { time, bytes: bytes.median });
    results[name] = { time, bytes: bytes.median };
  }
  report.line('its memory', { value: footprint(process.env.RESAMPLER_PID).rss / 1_048_576, unit: 'MB resident' });
  return results;
}

/** What dash-renderer posts when a stretch is chosen with the mouse. */
function zoom(from, to) {
  const value = { 'xaxis.range[0]': local(from), 'xaxis.range[1]': local(to) };
  const [output, outputs] = ['graph.figure', { id: 'graph', property: 'figure' }];
  return { output, outputs, inputs: [{ id: 'graph', property: 'relayoutData', value }], changedPropIds: ['graph.relayoutData'], state: [] };
}

const local = (time) => time.toISOString().replace('T', ' ').replace('Z', '');
