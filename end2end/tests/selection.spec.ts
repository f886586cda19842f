// Which series, in which layout, with which average: a click, the address, a reload and the way back say the same.
import type { Page } from '@playwright/test';
import { ODD, OXYGEN, PH, PRESSURE, rowsBetween, SERIES, TEMPERATURE } from '../harness/bioreactor.ts';
import { expect, test } from '../harness/test.ts';
import { AN_HOUR, Trends } from '../harness/trends.ts';

const panels = (page: Page) => page.locator('section.chart').evaluateAll((found: HTMLElement[]) => found.map((panel) => panel.dataset.series));
const chosen = (page: Page) => new URL(page.url()).searchParams.getAll('series');

test('series come and go by the side panel, keep their colours, and stay after a reload', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open('refresh=off');
  const side = page.locator('aside');
  const colour = () => trends.panel(PRESSURE).locator('h2').evaluate((h2) => getComputedStyle(h2).color);
  const before = await colour();
  await side.getByRole('link', { name: 'Temperature' }).click();
  await expect.poll(() => panels(page)).toEqual([PH, OXYGEN, PRESSURE]);
  expect(chosen(page)).toEqual([PH, OXYGEN, PRESSURE]);
  await expect.poll(colour).toBe(before);
  await side.getByRole('link', { name: 'edge' }).click();
  await expect.poll(() => panels(page)).toEqual([PH, OXYGEN, PRESSURE, 'edge']);
  await page.reload();
  await trends.painted();
  expect(await panels(page)).toEqual([PH, OXYGEN, PRESSURE, 'edge']);
  await expect.poll(colour).toBe(before);
  await expect(side.getByRole('link', { name: 'Temperature' })).toHaveAttribute('aria-current', 'false');
  await expect(side.getByRole('link', { name: 'edge' })).toHaveAttribute('aria-current', 'true');
  await page.goBack();
  await expect.poll(() => panels(page)).toEqual([PH, OXYGEN, PRESSURE]);
  // The last one stays.
  for (const name of ['pH', 'Dissolved oxygen', 'Pressure']) await side.getByRole('link', { name, exact: false }).click();
  await expect.poll(() => panels(page)).toEqual([PRESSURE]);
});

test('a name of any characters can be chosen', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open('series=edge&from=2024-01-15T00:00:00Z&to=2024-01-15T00:01:00Z&refresh=off');
  await page.locator('aside').getByRole('link', { name: ODD }).click();
  await expect.poll(() => panels(page)).toEqual(['edge', ODD]);
  await page.reload();
  await trends.painted();
  expect(await panels(page)).toEqual(['edge', ODD]);
  // Seven finite values of that minute; NULL, NaN and the infinities are no samples.
  await expect(trends.panel(ODD).locator('.samples')).toHaveText('7 samples, 4 without a value');
  await expect(trends.panel(ODD).locator('h2')).toHaveText(ODD);
});

for (const [word, view, axes] of [['Overlay', 'overlay', 2], ['Normalised', 'normalised', 0]] as const) {
  test(`${word} puts all series into one plot`, async ({ page }) => {
    const trends = new Trends(page);
    await trends.open(`${AN_HOUR}&refresh=off`);
    await trends.link(word).click();
    await expect(page).toHaveURL(new RegExp(`[?&]view=${view}`));
    const check = async () => {
      await expect(page.locator('figure.plot')).toHaveCount(1);
      await trends.painted();
      await expect(page.locator('.legend-row h2')).toHaveText(SERIES.map(({ name }) => name));
      for (const [i, { id }] of SERIES.entries()) {
        const count = rowsBetween(id, Date.parse('2024-01-15T01:00:00Z'), Date.parse('2024-01-15T02:00:00Z')).length;
        await expect(page.locator('.legend-row').nth(i).locator('.samples')).toHaveText(new RegExp(`^${count.toLocaleString('en')} samples`));
      }
      const sides = await page.locator('.labels.left, .labels.right').evaluateAll((labels) => labels.filter((side) => side.childElementCount > 0).length);
      expect(sides).toBe(axes);
      await expect(trends.link(word)).toHaveAttribute('aria-current', 'true');
    };
    await check();
    await page.reload();
    await check();
    await trends.link('Stacked').click();
    await expect(page.locator('figure.plot')).toHaveCount(4);
    await expect(page).not.toHaveURL(/view=/);
    await trends.painted();
    await page.goBack();
    await check();
  });
}

test('a moving average is drawn, told and kept', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&refresh=off`);
  await page.locator('aside').getByRole('link', { name: '5 min', exact: true }).click();
  await expect(page).toHaveURL(/[?&]average=5m/);
  const figure = trends.panel(TEMPERATURE).locator('.figures > div', { hasText: 'mean of 5 min' });
  await expect(figure).toBeVisible();
  const told = await figure.locator('dd').innerText();
  // The mean of the samples of the last five minutes, counted by hand.
  const last = rowsBetween(TEMPERATURE, 0, Date.parse('2024-01-15T02:00:00Z')).at(-1)!.time;
  const values = rowsBetween(TEMPERATURE, last - 300_000 + 1, last).map((row) => Number(row.value));
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const [, number, decimals] = /^(\d+\.(\d+)) \([+−±][\d.]+ %\)$/.exec(told)!;
  expect(Math.abs(Number(number) - mean)).toBeLessThanOrEqual(0.5001 * 10 ** -decimals!.length);
  await page.reload();
  await trends.painted();
  await expect(figure.locator('dd')).toHaveText(told);
  await page.locator('aside').getByRole('link', { name: 'off', exact: true }).click();
  await expect(figure).toHaveCount(0);
  await expect(page).not.toHaveURL(/average=/);
});

test('everything at once survives reload, refresh and the change of the window', async ({ page }) => {
  const trends = new Trends(page);
  const query = `from=last-6h&to=last&series=${encodeURIComponent(PH)}&series=${encodeURIComponent(PRESSURE)}&view=overlay&average=15m&refresh=off`;
  await trends.open(query);
  await page.reload();
  expect(new URL(page.url()).search).toBe(`?${query}`);
  await trends.painted();
  await trends.link('1 h').first().click();
  await expect(page).toHaveURL(`/t/default/trends?${query.replace('last-6h', 'last-1h')}`);
  await expect(page.locator('.legend-row')).toHaveCount(2);
  await expect(page.locator('.figures', { hasText: 'mean of 15 min' })).toHaveCount(2);
  await expect(trends.link('Overlay')).toHaveAttribute('aria-current', 'true');
});

test('quick ranges, steps and exact windows', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open('refresh=off');
  const end = Math.max(...SERIES.map(({ id }) => rowsBetween(id, 0, Infinity).at(-1)!.time));
  await trends.link('30 min').first().click();
  await trends.expectSamples(TEMPERATURE, rowsBetween(TEMPERATURE, end - 1_800_000, end).length);
  await expect(page).toHaveURL(/from=last-30m&to=last/);
  await page.getByTitle('Back by one window').click();
  const { from, to } = await trends.zoomed('?from=last-30m&to=last&refresh=off');
  expect(to).toBeLessThan(end - 1_800_000 + 2);
  await trends.expectSamples(TEMPERATURE, rowsBetween(TEMPERATURE, from, to).length);

  await page.getByText('From … to').click();
  await page.getByLabel('From', { exact: true }).fill('2024-01-15 01:00');
  await page.getByLabel('To', { exact: true }).fill('2024-01-15 02:00');
  await page.getByRole('button', { name: 'Show' }).click();
  await trends.expectSamples(TEMPERATURE, 503);
  expect(new URL(page.url()).searchParams.get('refresh')).toBe('off');
  await trends.link('Reset').click();
  await expect(page).toHaveURL('/t/default/trends?refresh=off');
});

test('a window without data says so and leads to the last sample', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open('from=2024-01-16T00:00:00Z&to=2024-01-16T01:00:00Z&refresh=off');
  const nothing = trends.panel(TEMPERATURE).locator('.nothing');
  await expect(nothing).toContainText('No data');
  await expect(nothing).toContainText('the last sample is from 2024-01-15 05:59:54.352');
  await expect(page.locator('.banner')).toHaveCount(0);
  await nothing.getByRole('link', { name: 'Go there' }).click();
  const { from, to } = await trends.zoomed('?from=2024-01-16T00:00:00Z&to=2024-01-16T01:00:00Z&refresh=off');
  await trends.expectSamples(TEMPERATURE, rowsBetween(TEMPERATURE, from, to).length);
  expect(await trends.samples(TEMPERATURE)).toBeGreaterThan(400);
  await trends.open('series=EMPTY%2FTag&refresh=off');
  await expect(trends.panel('EMPTY/Tag').locator('.nothing')).toHaveText('This series has no samples yet.');
});

test('the table holds the same rows', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open('from=2024-01-15T01:00:00Z&to=2024-01-15T01:03:00Z&refresh=off');
  const rows = rowsBetween(TEMPERATURE, Date.parse('2024-01-15T01:00:00Z'), Date.parse('2024-01-15T01:03:00Z'));
  expect(rows.length).toBeGreaterThan(5);
  await trends.panel(TEMPERATURE).getByText('Table').click();
  const cells = trends.panel(TEMPERATURE).locator('tbody tr');
  await expect(cells).toHaveText(rows.map((row) => `${new Date(row.time).toISOString().replace('T', ' ').replace('Z', '')}${row.value}`));
  await trends.panel(TEMPERATURE).getByText('Table').click();
  await expect(cells).toHaveCount(0);
});

test.describe('with many series', () => {
  test.use({ world: 'own database' });

  test('a long list is filtered by parts of names', async ({ page, plant }) => {
    const trends = new Trends(page);
    const filter = page.getByRole('searchbox', { name: 'Filter series' });
    await trends.open('refresh=off');
    await expect(filter, 'a short list needs none').toBeHidden();
    const tables = Array.from({ length: 20 }, (_, n) => `CREATE TABLE public."Hall ${n % 2}/Motor ${n}" ("time" timestamp, value double precision)`);
    await plant.sql(tables.join(';'));
    const links = page.locator('aside .series-list a:visible');
    // The list of tables is read anew within a few seconds.
    await expect(async () => {
      await trends.open('refresh=off');
      await expect(filter).toBeVisible({ timeout: 500 });
      expect(await links.count()).toBeGreaterThanOrEqual(24);
    }).toPass();
    const all = await links.count();
    await filter.fill('hall 1/MOTOR');
    await expect(links).toHaveCount(10);
    await expect(page.locator('aside h2:visible', { hasText: 'Bioreactor' })).toHaveCount(0);
    await links.first().click();
    await expect(links.first()).toHaveAttribute('aria-current', 'true');
    await expect(links, 'a choice leaves the filter').toHaveCount(10);
    await filter.fill('no such');
    await expect(links).toHaveCount(0);
    await filter.fill('');
    await expect(links).toHaveCount(all);
  });
});
