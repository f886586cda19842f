// Fresh samples: an INSERT becomes pixels without a refresh, late rows too, and every viewer sees the same.
import { PRESSURE, TEMPERATURE } from '../harness/bioreactor.ts';
import { expect, test } from '../harness/test.ts';
import { questions, Trends } from '../harness/trends.ts';

test.use({ world: 'own database' });

/** Long enough that no refresh by the clock comes in between. */
const FOLLOWED = 'from=last-1h&to=last&refresh=5m';
const AFTER = `INSERT INTO public."${TEMPERATURE}" VALUES ('2024-01-15 06:00:30', 41.5)`;

/** Asks once, so that the socket carries the question whose answer is followed. */
async function follow(trends: Trends): Promise<void> {
  await trends.open(FOLLOWED);
  await trends.page.waitForTimeout(300);
  await trends.page.getByRole('link', { name: 'Refresh', exact: true }).click();
  await expect(trends.page.getByRole('link', { name: 'Refresh', exact: true })).not.toHaveClass(/busy/);
}

test('an appended row is drawn, told and followed', async ({ page, plant }) => {
  const asked = questions(page);
  const trends = new Trends(page);
  await follow(trends);
  const before = asked.count;
  await plant.sql(AFTER);
  await expect(trends.panel(TEMPERATURE).locator('.current')).toContainText('41.5');
  await expect(page.locator('h1.crumb')).toContainText('06:00:3');
  expect(asked.count).toBe(before);
});

test('a row that comes late is shown', async ({ page, plant }) => {
  const trends = new Trends(page);
  await follow(trends);
  const before = await trends.samples(PRESSURE);
  await plant.sql(`INSERT INTO public."${PRESSURE}" VALUES ('2024-01-15 05:30:00.5', 1.5)`);
  await trends.expectSamples(PRESSURE, before + 1);
  await plant.sql(`DELETE FROM public."${PRESSURE}" WHERE "time" = '2024-01-15 05:30:00.5'`);
  await trends.expectSamples(PRESSURE, before);
});

test('a gap at the end is no reason to ask for ever', async ({ page, plant }) => {
  const asked = questions(page);
  const trends = new Trends(page);
  await follow(trends);
  await plant.sql(`INSERT INTO public."${TEMPERATURE}" VALUES ('2024-01-15 06:00:20', NULL)`);
  // Whoever asks for ever is never quiet.
  await expect(async () => {
    const before = asked.count;
    await page.waitForTimeout(1_500);
    expect(asked.count).toBe(before);
  }).toPass({ timeout: 12_000 });
  // And it goes on behind it.
  await plant.sql(AFTER);
  await expect(trends.panel(TEMPERATURE).locator('.current')).toContainText('41.5');
});

test('what is switched off stands still, what is switched on follows', async ({ page, plant }) => {
  const trends = new Trends(page);
  await follow(trends);
  const menu = page.locator('summary[title="Automatic refresh"]');
  await menu.click();
  await page.getByRole('link', { name: 'Off', exact: true }).click();
  await expect(menu).toHaveText('Off');
  await page.waitForTimeout(300);
  await plant.sql(AFTER);
  await page.waitForTimeout(700);
  await expect(trends.panel(TEMPERATURE).locator('.current')).not.toContainText('41.5');
  await page.getByRole('link', { name: 'Every 5 min', exact: true }).click();
  await expect(trends.panel(TEMPERATURE).locator('.current')).toContainText('41.5');
  await plant.sql(`INSERT INTO public."${TEMPERATURE}" VALUES ('2024-01-15 06:00:40', 42.5)`);
  await expect(trends.panel(TEMPERATURE).locator('.current')).toContainText('42.5', { timeout: 20_000 });
});

test('a window of the past is not disturbed', async ({ page, plant }) => {
  const asked = questions(page);
  const trends = new Trends(page);
  await trends.open('from=2024-01-15T01:00:00Z&to=2024-01-15T02:00:00Z&refresh=1s');
  await plant.sql(AFTER);
  await page.waitForTimeout(1_500);
  expect(asked.count).toBe(0);
});

test('all viewers see it', async ({ page, plant, browser }) => {
  const pages = [page, ...(await Promise.all([1, 2, 3].map(() => browser.newPage({ baseURL: plant.url }))))];
  const boards = pages.map((page) => new Trends(page));
  for (const board of boards) await follow(board);
  await plant.sql(AFTER);
  for (const board of boards) await expect(board.panel(TEMPERATURE).locator('.current')).toContainText('41.5');
  await Promise.all(pages.slice(1).map((page) => page.close()));
});

test.describe('over a restart of the server', () => {
  // What the browser says about a server that is away is the browser's.
  test.use({ quiet: false });

  test('the page goes on by itself and has missed nothing', async ({ page, plant }) => {
    const trends = new Trends(page);
    await follow(trends);
    const before = await trends.samples(TEMPERATURE);
    await page.evaluate(() => ((window as { same?: boolean }).same = true));
    await plant.restart(() => plant.sql(AFTER));
    // The socket comes back with a pause that grows; the first question after it brings what was missed.
    await expect(trends.panel(TEMPERATURE).locator('.current')).toContainText('41.5', { timeout: 20_000 });
    await plant.sql(`INSERT INTO public."${TEMPERATURE}" VALUES ('2024-01-15 06:00:40', 42.5)`);
    await expect(trends.panel(TEMPERATURE).locator('.current')).toContainText('42.5', { timeout: 20_000 });
    expect(await trends.samples(TEMPERATURE)).toBeGreaterThan(before - 20);
    expect(await page.evaluate(() => (window as { same?: boolean }).same)).toBe(true);
  });
});
