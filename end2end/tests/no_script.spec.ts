// Without JavaScript the board is complete: pictures, numbers, tables, windows.
import { EXPECTED, ODD, OXYGEN, rowsBetween, SERIES, TEMPERATURE } from '../harness/bioreactor.ts';
import { expect, test } from '../harness/test.ts';
import { AN_HOUR, Trends } from '../harness/trends.ts';

// A page whose preloaded script is refused for being a script counts as a failed request.
test.use({ javaScriptEnabled: false, quiet: false });

test('lines, numbers and labels are there', async ({ page }) => {
  await page.goto('/t/default/trends');
  const trends = new Trends(page);
  for (const { id, name } of SERIES) {
    const panel = trends.panel(id);
    await expect(panel.locator('h2')).toHaveText(name);
    expect(await trends.samples(id)).toBe(EXPECTED[id]!.rows);
    const points = await panel.locator('.first-paint polyline').evaluateAll((lines) => lines.map((line) => line.getAttribute('points')!.trim().split(/\s+/).length));
    // Grid lines have two points each; the line, in pieces where there are gaps, has more than the plot has pixels.
    expect(points.filter((count) => count > 2).reduce((a, b) => a + b, 0), name).toBeGreaterThan(1000);
    await expect(panel.locator('.first-paint')).toBeVisible();
    await expect(panel.locator('.current b')).toHaveText(/^\d/);
    await expect(panel.locator('.figures')).toContainText('mean');
    expect(await panel.locator('.labels.left span').count()).toBeGreaterThan(1);
    expect(await panel.locator('.labels.below span').count()).toBeGreaterThan(3);
    await expect(panel.getByRole('img')).toHaveAccessibleName(new RegExp(`^${name}.*: .*${EXPECTED[id]!.rows.toLocaleString('en')} samples.*minimum .*maximum `));
  }
  await expect(page.locator('.needs-script:visible')).toHaveCount(0);
  // Nothing is told of a pointer that nobody follows.
  await expect(page.getByRole('heading', { name: 'At the pointer', includeHidden: true })).toBeHidden();
});

test('the picture shows the colour of its line', async ({ page }) => {
  await page.goto('/t/default/trends?view=overlay');
  await expect(page.locator('figure.plot')).toHaveCount(1);
  const strokes = await page.locator('.first-paint polyline').evaluateAll((lines) => [...new Set(lines.map((line) => getComputedStyle(line).stroke))]);
  expect(strokes.length).toBeGreaterThanOrEqual(SERIES.length + 1);
});

test('a table opens and holds the rows', async ({ page }) => {
  await page.goto('/t/default/trends?from=2024-01-15T01:00:00Z&to=2024-01-15T01:03:00Z');
  const panel = new Trends(page).panel(TEMPERATURE);
  const rows = rowsBetween(TEMPERATURE, Date.parse('2024-01-15T01:00:00Z'), Date.parse('2024-01-15T01:03:00Z'));
  await expect(panel.locator('tbody tr').first()).toBeHidden();
  await panel.getByText('Table').click();
  await expect(panel.locator('tbody tr').first()).toBeVisible();
  await expect(panel.locator('tbody tr')).toHaveText(rows.map((row) => `${new Date(row.time).toISOString().replace('T', ' ').replace('Z', '')}${row.value}`));
});

test('a long table is told in stretches', async ({ page }) => {
  await page.goto(`/t/default/trends?${AN_HOUR}`);
  const panel = new Trends(page).panel(OXYGEN);
  await panel.getByText('Table').click();
  const rows = await panel.locator('tbody tr').allInnerTexts();
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.length).toBeLessThanOrEqual(61);
  await expect(panel.locator('caption')).toContainText('every sample is in the CSV');
});

test('quick ranges are links', async ({ page }) => {
  await page.goto('/t/default/trends');
  const trends = new Trends(page);
  const end = Math.max(...SERIES.map(({ id }) => rowsBetween(id, 0, Infinity).at(-1)!.time));
  await trends.link('1 h').first().click();
  await expect(page).toHaveURL('/t/default/trends?from=last-1h&to=last');
  for (const { id } of SERIES) expect(await trends.samples(id)).toBe(rowsBetween(id, end - 3_600_000, end).length);
  await page.getByTitle('Back by one window').click();
  const window = trends.window();
  expect(window.to).toBeLessThan(end - 3_590_000);
  for (const { id } of SERIES) expect(await trends.samples(id)).toBe(rowsBetween(id, window.from, window.to).length);
  await trends.link('All').click();
  expect(await trends.samples(TEMPERATURE)).toBe(EXPECTED[TEMPERATURE]!.rows);
});

test('from and to are a form that keeps everything else', async ({ page }) => {
  await page.goto(`/t/default/trends?series=${encodeURIComponent(TEMPERATURE)}&series=edge&average=5m`);
  await page.getByText('From … to').click();
  await page.getByLabel('From', { exact: true }).fill('2024-01-15 01:00');
  await page.getByLabel('To', { exact: true }).fill('2024-01-15 02:00');
  await page.getByRole('button', { name: 'Show' }).click();
  const { searchParams } = new URL(page.url());
  expect(searchParams.getAll('series')).toEqual([TEMPERATURE, 'edge']);
  expect(searchParams.get('average')).toBe('5m');
  expect(await new Trends(page).samples(TEMPERATURE)).toBe(503);
  await page.getByText('From … to').click();
  await page.getByLabel('From', { exact: true }).fill('soon');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page.locator('.banner')).toContainText('`from=soon` is no point in time');
});

test('series, layout and average are links too', async ({ page }) => {
  await page.goto('/t/default/trends');
  await page.locator('aside').getByRole('link', { name: 'Pressure' }).click();
  await expect(page.locator('section.chart')).toHaveCount(3);
  await page.getByRole('link', { name: 'Overlay' }).click();
  await expect(page.locator('figure.plot')).toHaveCount(1);
  await page.locator('aside').getByRole('link', { name: '5 min', exact: true }).click();
  await expect(page.locator('.figures', { hasText: 'mean of 5 min' })).toHaveCount(3);
  await page.goto(`/t/default/trends?series=${encodeURIComponent(ODD)}`);
  await expect(page.locator('section.chart h2')).toHaveText(ODD);
});
