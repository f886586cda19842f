// Downloads: exact rows as CSV, the picture as SVG and PNG.
import { readFileSync } from 'node:fs';
import type { Download } from '@playwright/test';
import { EXPECTED, instant, ODD, PRESSURE, rowsBetween, rowsOf, SERIES, TEMPERATURE } from '../harness/bioreactor.ts';
import { decoded } from '../harness/picture.ts';
import { expect, test } from '../harness/test.ts';
import { AN_HOUR, Trends } from '../harness/trends.ts';

const address = (id: string, query: Record<string, string>) => `/export/default/series/${encodeURIComponent(id)}.csv?${new URLSearchParams(query)}`;

/** Heading and rows of a CSV without quoted cells. */
function parsed(text: string): { heading: string; rows: { time: number; value: string }[] } {
  const lines = text.split('\r\n');
  expect(lines.pop(), 'the last line ends').toBe('');
  const [heading, ...rest] = lines;
  const rows = rest.map((line) => line.split(',')).map(([time, value]) => ({ time: Date.parse(time!), value: value! }));
  return { heading: heading!, rows };
}

const numbers = (rows: { time: number; value: string }[]) => rows.map(({ time, value }) => [time, Number(value)]);

async function saved(download: Download): Promise<Buffer> {
  return readFileSync(await download.path());
}

for (const { id, name, unit } of SERIES) {
  for (const [label, window] of Object.entries(EXPECTED[id]!.windows)) {
    test(`${name}, ${label}`, async ({ request }) => {
      const [from, to] = [instant(window.start), instant(window.end)];
      const answer = await request.get(address(id, { from: new Date(from).toISOString(), to: new Date(to).toISOString() }));
      if (to < from) {
        expect(answer.status()).toBe(400);
        expect(await answer.text()).toMatch(/^Cannot show this window: .+\.\n$/);
        return;
      }
      expect(answer.status()).toBe(200);
      expect(answer.headers()['content-type']).toContain('text/csv');
      const { heading, rows } = parsed(await answer.text());
      expect(heading).toBe(unit ? `time,value (${unit})` : 'time,value');
      expect(rows.length).toBe(window.rows);
      const values = rows.map((row) => Number(row.value));
      expect(rows[0]?.time ?? null).toBe(window.first && instant(window.first));
      expect(rows.at(-1)?.time ?? null).toBe(window.last && instant(window.last));
      expect(values.length ? Math.min(...values) : null).toBe(window.min);
      expect(values.length ? Math.max(...values) : null).toBe(window.max);
      expect(numbers(rows)).toEqual(numbers(rowsBetween(id, from, to)));
    });
  }
}

test('the link of a panel saves exactly what the panel shows', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&refresh=off`);
  const waiting = page.waitForEvent('download');
  await trends.panel(TEMPERATURE).getByRole('link', { name: 'CSV' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe('andon-Temperature-20240115T010000Z-20240115T020000Z.csv');
  const { rows } = parsed((await saved(download)).toString());
  expect(rows.length).toBe(503);
  expect(rows.length).toBe(await trends.samples(TEMPERATURE));
  expect(numbers(rows)).toEqual(numbers(rowsBetween(TEMPERATURE, instant('2024-01-15 01:00:00.000'), instant('2024-01-15 02:00:00.000'))));
});

test('all series in long form', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open('refresh=off');
  const waiting = page.waitForEvent('download');
  await page.getByRole('group', { name: 'Downloads of all shown series' }).getByRole('link', { name: 'CSV' }).click();
  const text = (await saved(await waiting)).toString();
  const [heading, ...lines] = text.trimEnd().split('\r\n');
  expect(heading).toBe('time,series,name,unit,value');
  expect(lines.length).toBe(SERIES.reduce((sum, { id }) => sum + EXPECTED[id]!.rows, 0));
  const cells = lines.map((line) => line.split(','));
  for (const { id, name, unit } of SERIES) {
    const own = cells.filter(([, series]) => series === id);
    expect(own.map(([time, , , , value]) => [Date.parse(time!), Number(value)])).toEqual(numbers(rowsOf(id)));
    expect(new Set(own.map(([, , name, unit]) => `${name} ${unit}`))).toEqual(new Set([`${name} ${unit}`]));
  }
});

test('awkward rows and an awkward name', async ({ request }) => {
  const query = { from: '2024-01-15T00:00:00Z', to: '2024-01-15T00:01:00Z' };
  for (const id of ['edge', ODD]) {
    const answer = await request.get(address(id, query));
    expect(answer.status()).toBe(200);
    expect(answer.headers()['content-disposition']).toMatch(/^attachment; filename="[A-Za-z0-9-]+\.csv"$/);
    const [, ...lines] = (await answer.text()).trimEnd().split('\r\n');
    expect(lines.map((line) => line.replace('2024-01-15T00:00:', '')).sort()).toEqual(
      ['01Z,2.0', '05Z,1.0', '05Z,1.0', '05Z,3.0', '06Z,', '07Z,NaN', '08Z,Infinity', '09Z,-Infinity', '10.123456Z,1e308', '11Z,-1e-320', '12Z,0.1'].sort(),
    );
  }
});

test('a resolution is answered in stretches, and what cannot be exported is said', async ({ request }) => {
  const query = { from: '2024-01-15T01:00:00Z', to: '2024-01-15T01:59:59.999Z', resolution: '10m' };
  const lines = (await (await request.get(address(PRESSURE, query))).text()).trimEnd().split('\r\n');
  expect(lines[0]).toBe('time,value (psi),min (psi),max (psi),count');
  const start = instant('2024-01-15 01:00:00.000');
  const expected = [0, 1, 2, 3, 4, 5].map((n) => {
    const values = rowsBetween(PRESSURE, start + n * 600_000, start + (n + 1) * 600_000 - 1).map((row) => Number(row.value));
    return { time: start + n * 600_000, mean: values.reduce((a, b) => a + b, 0) / values.length, min: Math.min(...values), max: Math.max(...values), count: values.length };
  });
  const found = lines.slice(1).map((line) => line.split(',')).map(([time, mean, min, max, count]) => ({ time: Date.parse(time!), mean: Number(mean), min: Number(min), max: Number(max), count: Number(count) }));
  expect(found.length).toBe(6);
  found.forEach((stretch, i) => {
    expect(stretch).toEqual({ ...expected[i]!, mean: expect.closeTo(expected[i]!.mean, 12) });
  });
  for (const [path, status] of [
    [address(PRESSURE, { resolution: 'coarse' }), 400],
    [address(PRESSURE, { from: 'yesterdayish' }), 400],
    [address('gone', {}), 404],
    ['/export/nobody/series/x.csv', 404],
    ['/export/default/chart.svg?view=pie', 400],
  ] as const) {
    const answer = await request.get(path);
    expect(answer.status(), path).toBe(status);
    expect(await answer.text(), path).toMatch(/^.+\.\n$/);
  }
});

for (const [layout, plots] of [['stacked', 4], ['overlay', 1]] as const) {
  test(`the ${layout} picture as SVG`, async ({ page }) => {
    const trends = new Trends(page);
    await trends.open(`${AN_HOUR}&refresh=off&view=${layout}`);
    const waiting = page.waitForEvent('download');
    await page.getByRole('group', { name: 'Downloads of all shown series' }).getByRole('link', { name: 'SVG' }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toMatch(/^andon-[\w-]+\.svg$/);
    const text = (await saved(download)).toString();
    const found = await page.evaluate((text) => {
      const document = new DOMParser().parseFromString(text, 'image/svg+xml');
      return {
        error: document.querySelector('parsererror')?.textContent,
        root: document.documentElement.localName,
        words: [...document.querySelectorAll('text')].map((element) => element.textContent!.trim()),
        colours: new Set([...document.querySelectorAll('polyline')].map((line) => line.getAttribute('stroke')!.toLowerCase())).size,
        variables: text.includes('var('),
      };
    }, text);
    expect(found).toMatchObject({ error: undefined, root: 'svg', variables: false });
    for (const { name } of SERIES) expect(found.words.join('\n')).toContain(name);
    // Grid and a colour for each line.
    expect(found.colours).toBeGreaterThanOrEqual(5);
    expect(found.words.filter((word) => word === '01:30' || word === '01:30:00').length).toBe(plots);
  });
}

test('a plot as PNG', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&refresh=off`);
  const waiting = page.waitForEvent('download');
  await trends.panel(TEMPERATURE).getByRole('button', { name: 'PNG' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe('andon-CM-HAM-DO-AI1-Temp-value.png');
  const png = await saved(download);
  expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  const { width, height, data } = await decoded(page, png);
  expect(width).toBe(2400);
  expect(height).toBeGreaterThan(240);
  let coloured = 0;
  for (let i = 0; i < data.length; i += 4) if (Math.max(data[i]!, data[i + 1]!, data[i + 2]!) - Math.min(data[i]!, data[i + 1]!, data[i + 2]!) > 60) coloured++;
  expect(coloured).toBeGreaterThan(2000);
  expect(data[3], 'the ground is opaque').toBe(255);
});
