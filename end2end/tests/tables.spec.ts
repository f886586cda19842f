// What the boards of OEE hand out and take in beside their figures: tables as files by the links of the panels, parts that people
// count, and every stop by keyboard and without a script.
import { AxeBuilder } from '@axe-core/playwright';
import { type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { Andon } from '../harness/andon.ts';
import { expect, test as base } from '../harness/test.ts';

const test = base.extend<{}, { demo: Andon }>({
  demo: [
    async ({}, use) => {
      const demo = await Andon.demo();
      await use(demo);
      await demo.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  plant: async ({ demo }, use) => use({ url: demo.url, sql: () => Promise.reject(new Error('not here')), restart: () => Promise.reject(new Error('not here')) }),
});

test.describe.configure({ mode: 'serial' });

const WEEK = '/t/demo/machines/press-1?period=week&back=1';

async function lines(page: Page, panel: string): Promise<{ name: string; rows: string[] }> {
  const waiting = page.waitForEvent('download');
  await page.locator(`${panel} a.csv`).first().click();
  const download = await waiting;
  const rows = readFileSync(await download.path()).toString().split('\r\n');
  expect(rows.pop(), 'the last line has an end').toBe('');
  return { name: download.suggestedFilename(), rows };
}

test('the links of the panels save what they show', async ({ page }) => {
  await page.goto(WEEK);
  for (const [panel, file] of [
    ['#states', 'states'],
    ['#losses', 'figures'],
    ['#pareto', 'reasons'],
    ['#past', 'figures'],
    ['#hours', 'hours'],
    ['#stops', 'stops'],
  ] as const) {
    const { name, rows } = await lines(page, panel);
    expect(name).toMatch(new RegExp(`^andon-press-1-${file}-\\d{8}T\\d{6}Z-\\d{8}T\\d{6}\\S*Z\\.csv$`));
    expect(rows.length, panel).toBeGreaterThan(1);
    expect(rows.some((row) => /NaN|Infinity|undefined/.test(row)), panel).toBe(false);
  }
  const shown = Number(/^(\d[\d,]*)/.exec(await page.locator('#stops .panel-head small').innerText())![1]!.replaceAll(',', ''));
  const stops = await lines(page, '#stops');
  expect(stops.rows.length - 1, 'every stop that the head counts').toBe(shown);
  const figures = await lines(page, '#losses');
  const column = figures.rows[0]!.split(',').indexOf('ratios.oee');
  const oee = Number(figures.rows[1]!.split(',')[column]);
  await expect(page.locator('#cards .card').first().locator('.big')).toContainText((oee * 100).toFixed(1));
  await page.goto('/t/demo/plant?line=housings');
  const tiles = await page.locator('a.tile').count();
  expect(tiles).toBeGreaterThan(0);
  expect((await lines(page, '#bar')).rows.length - 1).toBe(tiles);
});

test('sums of unlike money stand side by side, each with its label', async ({ page }) => {
  await page.goto('/t/demo/plant');
  const sums = page.locator('#roll .lost .sum');
  await expect(sums).toHaveCount(2);
  await expect(sums.nth(0)).toContainText('lost contribution');
  await expect(sums.nth(1)).toContainText('machine-hour rate');
  await expect(page.locator('#roll')).not.toContainText('not added up');
});

for (const script of [true, false]) {
  test.describe(`with${script ? '' : 'out'} a script`, () => {
    // Without a script the browser complains of those that the page names.
    test.use({ javaScriptEnabled: script, quiet: script });

    test('parts that people count are booked and taken back', async ({ page }) => {
      await page.goto(`${WEEK}&log=parts`);
      const counted = async () => Number(/so far: ([\d,]+) parts/.exec(await page.locator('#parts').innerText())![1]!.replaceAll(',', ''));
      const before = await counted();
      const form = page.locator('#parts form.parts');
      await form.getByLabel('All parts').fill('5');
      await form.getByLabel('Good', { exact: true }).fill('6');
      await form.getByLabel('Your name').fill('Kim');
      await form.getByRole('button', { name: 'File' }).click();
      await expect(page.locator('#parts [role=alert]')).toContainText('6 good parts of 5 made cannot be');
      await expect(form.getByLabel('Your name'), 'nothing that was typed is lost').toHaveValue('Kim');
      if (script) {
        const found = await new AxeBuilder({ page }).include('#parts').analyze();
        expect(found.violations).toEqual([]);
      }
      await form.getByLabel('Good', { exact: true }).fill('4');
      await form.getByRole('button', { name: 'File' }).click();
      await expect(page.locator('#parts [role=status]')).toContainText('Filed.');
      expect(await counted()).toBe(before + 5);
      await page.getByRole('link', { name: 'what was reported so far' }).click();
      await expect(page.locator('#corrections tbody tr').first()).toContainText('4 good, 1 rejected');
      await page.goBack();
      await page.locator('#parts').getByRole('button', { name: 'Undo' }).click();
      await expect(page.locator('#parts')).not.toContainText('Filed.');
      expect(await counted()).toBe(before);
    });

    test('every stop of a long window is on a page of the list and leads to its events', async ({ page }) => {
      await page.goto('/t/demo/machines/press-1?period=month&back=0');
      await page.getByRole('link', { name: 'Every stop as a list' }).click();
      await expect(page).toHaveURL(/micro=1/);
      const starts = page.locator('#stops tbody a[aria-expanded]');
      await expect(starts).toHaveCount(200);
      const first = await starts.first().getAttribute('href');
      await page.locator('#stops .pages a', { hasText: 'older ones' }).click();
      await expect(page).toHaveURL(/older=/);
      await expect(starts.first()).not.toHaveAttribute('href', first!);
      await starts.first().click();
      await expect(page.locator('#events')).toBeVisible();
      await expect(page.getByRole('link', { name: 'Back to the latest' })).toBeVisible();
    });
  });
}
