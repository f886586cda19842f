// The database goes away and comes back, or was never there, or loses a table: the page says which, keeps what it has, and
// recovers by itself.
import type { Page } from '@playwright/test';
import { EXPECTED, load, OXYGEN, PRESSURE, SERIES, TEMPERATURE } from '../harness/bioreactor.ts';
import { expect, test } from '../harness/test.ts';
import { AN_HOUR, ink, Trends, questions } from '../harness/trends.ts';

// Refused questions are written into the console by the browser itself.
test.use({ quiet: false });

const add = (id: string, start: string, count: number) =>
  `INSERT INTO public."${id}" SELECT '${start}'::timestamp + n * interval '1 second', 37.15 FROM generate_series(1, ${count}) AS n`;

/** Marks the page, so that a reload is found out. */
async function mark(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => Object.assign(window, { mark: true }));
  return async () => expect(await page.evaluate(() => 'mark' in window), 'the page was not reloaded').toBe(true);
}

/** The pixels of a plot's lines, as a text to compare. */
const picture = (trends: Trends, id: string) => trends.plot(id).locator('canvas').nth(1).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

test.describe('under an open page', () => {
  test.use({ world: 'own cluster' });

  test('the picture stays, dimmed, and lives on by itself', async ({ page, plant, request }) => {
    const trends = new Trends(page);
    await trends.open('from=2024-01-15T00:00:00Z&refresh=1s');
    const same = await mark(page);
    await trends.expectSamples(TEMPERATURE, EXPECTED[TEMPERATURE]!.rows);
    const before = await picture(trends, TEMPERATURE);
    expect(await ink(trends.plot(TEMPERATURE))).toBeGreaterThan(500);

    await plant.cluster!.stop();
    await expect(trends.banner).toContainText('Database unavailable');
    await expect(trends.banner).toContainText(/Since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\./);
    await expect(page.locator('.charts')).toHaveClass(/dimmed/);
    await expect(page.locator('.charts canvas').nth(1)).toHaveCSS('opacity', '0.45');
    await expect(page.locator('.freshness')).toContainText('No connection');
    expect(await picture(trends, TEMPERATURE)).toBe(before);
    expect(await trends.samples(TEMPERATURE)).toBe(EXPECTED[TEMPERATURE]!.rows);
    await expect(page.locator('.nothing')).toHaveCount(0);
    const ready = await request.get('/health/ready');
    expect(ready.status()).toBe(503);
    expect((await request.get('/health/live')).status()).toBe(200);

    await plant.cluster!.start();
    await plant.sql(add(TEMPERATURE, '2024-01-15 05:59:55', 4));
    await expect(trends.banner).toHaveCount(0);
    await trends.expectSamples(TEMPERATURE, EXPECTED[TEMPERATURE]!.rows + 4);
    await expect(page.locator('.charts')).not.toHaveClass(/dimmed/);
    await expect(page.locator('.freshness')).toContainText('Waiting for samples');
    for (const { id } of SERIES.slice(1)) expect(await trends.samples(id)).toBe(EXPECTED[id]!.rows);
    await same();
  });

  test('a window of the past says so when it is asked again, and recovers', async ({ page, plant }) => {
    const trends = new Trends(page);
    await trends.open(`${AN_HOUR}&refresh=off`);
    const same = await mark(page);
    await plant.cluster!.stop();
    await page.getByRole('link', { name: 'Refresh', exact: true }).click();
    await expect(trends.banner).toContainText('Database unavailable');
    expect(await trends.samples(TEMPERATURE)).toBe(503);
    // Another window during the outage: nothing of it is known, and nothing is made up.
    await page.getByTitle('Back by one window').click();
    await expect(page).toHaveURL(/from=2024-01-1[45]T/);
    await plant.cluster!.start();
    await expect(trends.banner).toHaveCount(0);
    await page.goBack();
    await trends.expectSamples(TEMPERATURE, 503);
    await same();
  });

  test('a page that is loaded during the outage is complete and recovers', async ({ page, plant }) => {
    await new Trends(page).open('refresh=off');
    await plant.cluster!.stop();
    const response = await page.goto('/t/default/trends?refresh=off');
    expect(response?.status()).toBe(503);
    const trends = new Trends(page);
    await expect(trends.banner).toContainText('Database unavailable');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Trends');
    await expect(page.getByRole('navigation', { name: 'Boards' }).getByRole('link')).not.toHaveCount(0);
    const csv = await page.request.get(`/export/default/series/${encodeURIComponent(TEMPERATURE)}.csv`);
    expect(csv.status()).toBe(503);
    expect(await csv.text()).toContain('Database unavailable');
    const same = await mark(page);
    await plant.cluster!.start();
    await trends.expectSamples(TEMPERATURE, EXPECTED[TEMPERATURE]!.rows);
    await expect(trends.banner).toHaveCount(0);
    await trends.painted();
    await same();
  });
});

test.describe('before the first answer', () => {
  test.use({ world: 'no database' });

  test('the page is complete without a database and fills itself', async ({ page, plant, request }) => {
    const answer = await request.get('/t/default/trends');
    expect(answer.status()).toBe(503);
    expect((await answer.text()).replaceAll('<!>', '')).toContain('</main></body></html>');
    expect((await request.get('/t/default')).status()).toBe(503);
    await page.goto('/t/default/trends');
    const trends = new Trends(page);
    await expect(trends.banner).toContainText('Database unavailable');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Trends');
    await expect(page.getByText('No series yet')).toHaveCount(0);
    const same = await mark(page);

    const cluster = plant.cluster!;
    await cluster.start();
    await cluster.with('postgres', (client) => client.query('CREATE DATABASE plant'));
    load(cluster, 'plant');
    await expect(trends.banner).toHaveCount(0);
    for (const { id } of SERIES) await trends.expectSamples(id, EXPECTED[id]!.rows);
    await trends.painted();
    expect(await ink(trends.plot(PRESSURE))).toBeGreaterThan(500);
    await same();
  });
});

test.describe('of a single table', () => {
  test.use({ world: 'own database' });

  test('one panel says so, the others go on, and it comes back', async ({ page, plant }) => {
    const asked = questions(page);
    const trends = new Trends(page);
    await trends.open('refresh=1s');
    const same = await mark(page);
    await plant.sql(`ALTER TABLE public."${TEMPERATURE}" RENAME TO away`);
    const notice = trends.panel(TEMPERATURE).locator('.nothing');
    await expect(notice).toContainText('no longer there');

    // Beyond the time for which a list of tables counts as fresh.
    const before = asked.count;
    await expect.poll(() => asked.count).toBeGreaterThan(before + 8);
    await expect(notice).toContainText('no longer there');
    await expect(trends.banner).toHaveCount(0);
    await expect(page.locator('.charts')).not.toHaveClass(/dimmed/);
    await plant.sql(add(OXYGEN, '2024-01-15 05:59:59', 3));
    await trends.expectSamples(OXYGEN, EXPECTED[OXYGEN]!.rows + 3);
    await trends.expectSamples(PRESSURE, EXPECTED[PRESSURE]!.rows);

    await plant.sql(`ALTER TABLE public.away RENAME TO "${TEMPERATURE}"`);
    await expect(notice).toHaveCount(0);
    await trends.expectSamples(TEMPERATURE, EXPECTED[TEMPERATURE]!.rows);
    await same();
  });

  test('all tables gone is told, and they come back', async ({ page, plant }) => {
    await plant.sql('DROP SCHEMA public CASCADE');
    await plant.sql('CREATE SCHEMA public');
    await expect(async () => {
      await page.goto('/t/default/trends?refresh=1s');
      await expect(page.getByText('No series yet')).toBeVisible({ timeout: 500 });
    }).toPass();
    await expect(page.locator('.banner')).toHaveCount(0);
    const same = await mark(page);
    await plant.sql(`CREATE TABLE public."${TEMPERATURE}" ("time" timestamp, value double precision)`);
    await plant.sql(add(TEMPERATURE, '2024-01-15 00:00:00', 20));
    await expect(page.locator('section.chart')).toHaveCount(1, { timeout: 15_000 });
    await new Trends(page).expectSamples(TEMPERATURE, 20);
    await same();
  });
});
