// Refreshing: by hand and by itself, with the window and the zoom untouched and without a blank picture.
import { EXPECTED, PRESSURE, rowsBetween, TEMPERATURE } from '../harness/bioreactor.ts';
import { expect, test } from '../harness/test.ts';
import { AN_HOUR, ink, inkSeen, questions, Trends, watchInk, withoutSocket } from '../harness/trends.ts';

/** Adds rows of one second each. */
const ADD = `INSERT INTO public."${TEMPERATURE}" SELECT $1::timestamp + n * interval '1 second', 37.5 FROM generate_series(1, $2) AS n`;

test.describe('with new rows', () => {
  test.use({ world: 'own database' });

  test('the button shows the new rows in the same window', async ({ page, plant }) => {
    const trends = new Trends(page);
    await trends.open(`${AN_HOUR}&refresh=off`);
    await trends.expectSamples(TEMPERATURE, 503);
    const url = page.url();
    await plant.sql(ADD, ['2024-01-15 01:30:00', 7]);
    await plant.sql(ADD, ['2024-01-15 02:00:00.001', 5]);
    await page.getByRole('link', { name: 'Refresh', exact: true }).click();
    await trends.expectSamples(TEMPERATURE, 510);
    await trends.expectSamples(PRESSURE, EXPECTED[PRESSURE]!.windows['01:00:00..02:00:00']!.rows);
    expect(page.url()).toBe(url);
    await expect(trends.panel(TEMPERATURE).locator('.figures')).toContainText('max37.5');
  });

  test('the button keeps a zoom made by hand', async ({ page, plant }) => {
    const trends = new Trends(page);
    await trends.open('refresh=off');
    const box = (await trends.rect(TEMPERATURE).boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 50, { steps: 4 });
    await page.mouse.up();
    const { from, to } = await trends.zoomed('?refresh=off');
    const before = rowsBetween(TEMPERATURE, from, to).length;
    await trends.expectSamples(TEMPERATURE, before);
    const url = page.url();
    await plant.sql(ADD, ['2024-01-15 04:00:00', 3]);
    await page.getByRole('link', { name: 'Refresh', exact: true }).click();
    await trends.expectSamples(TEMPERATURE, before + 3);
    expect(page.url()).toBe(url);
  });

  test('a window that moves picks rows up by itself, never blank, and follows them', async ({ page, plant }) => {
    const trends = new Trends(page);
    await trends.open('from=last-1h&to=last&refresh=1s');
    const before = await trends.samples(TEMPERATURE);
    const url = page.url();
    await watchInk(trends.plot(PRESSURE));
    // The last sample of all series is at 05:59:59; these few seconds later move the window by a minute.
    await plant.sql(ADD, ['2024-01-15 06:00:50', 9]);
    const [from, to] = [Date.parse('2024-01-15T05:00:59Z'), Date.parse('2024-01-15T06:00:59Z')];
    const after = rowsBetween(TEMPERATURE, from, to).length + 9;
    expect(after).not.toBe(before);
    await trends.expectSamples(TEMPERATURE, after);
    await expect(page.locator('h1.crumb')).toContainText('06:00:59');
    expect(page.url()).toBe(url);
    await expect(page.locator('.freshness')).toContainText('Waiting for samples');
    const { least, frames } = await inkSeen(page);
    expect(frames).toBeGreaterThan(10);
    expect(least).toBeGreaterThan(500);
  });

  test('a table that appears is offered by itself', async ({ page, plant }) => {
    await plant.sql('CREATE TABLE public."New/Tag" ("time" timestamp, value double precision)');
    await plant.sql(`INSERT INTO public."New/Tag" SELECT '2024-01-15 01:00:00'::timestamp + n * interval '1 minute', n FROM generate_series(0, 11) AS n`);
    // The list of tables is read anew within a few seconds.
    await expect(async () => {
      await page.goto('/t/default/trends');
      await expect(page.getByRole('link', { name: 'New/Tag' })).toBeVisible({ timeout: 500 });
    }).toPass();
    await page.getByRole('link', { name: 'New/Tag' }).click();
    await new Trends(page).expectSamples('New/Tag', 12);
  });
});

test('a window of the past stands still, one that moves does not', async ({ page }) => {
  await page.clock.install();
  const asked = questions(page);
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&refresh=1s`);
  await expect(page.locator('.freshness')).toContainText('Paused');
  await page.clock.runFor(30_000);
  expect(asked.count).toBe(0);
  // The same clock makes a window that moves ask.
  await trends.open('from=last-1h&to=last&refresh=1s');
  await expect(page.locator('.freshness')).toContainText('Waiting for samples');
  await page.clock.runFor(5_000);
  await expect.poll(() => asked.count).toBeGreaterThan(0);
});

test('the refresh menu is in the address and survives a reload', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open('from=last-1h&to=last');
  await page.getByText('Every 5 s').first().click();
  await page.getByRole('link', { name: 'Every 30 s' }).click();
  await expect(page).toHaveURL(/[?&]refresh=30s/);
  await expect(page.locator('summary[title="Automatic refresh"]')).toHaveText('Every 30 s');
  await page.reload();
  await expect(page.locator('summary[title="Automatic refresh"]')).toHaveText('Every 30 s');
  await trends.open('from=last-1h&to=last&refresh=off');
  await expect(page.locator('.freshness')).toContainText('Refresh off');
});

test('a wider plot asks for more columns', async ({ page }) => {
  // A question that can be read here.
  await withoutSocket(page);
  const trends = new Trends(page);
  await trends.open('refresh=off');
  const answered = page.waitForRequest((request) => request.url().includes('/api/window'));
  await page.setViewportSize({ width: 1800, height: 900 });
  const width = (await trends.rect(PRESSURE).boundingBox())!.width;
  expect(Number(new URL((await answered).url()).searchParams.get('columns'))).toBe(Math.round(width));
  expect(await ink(trends.plot(PRESSURE))).toBeGreaterThan(300);
});
