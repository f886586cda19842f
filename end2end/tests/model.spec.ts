// The model of the plant edited on its board: from a date on, with who and why, and never behind somebody's back.
import { AxeBuilder } from '@axe-core/playwright';
import { type Page } from '@playwright/test';
import { expect, listen, test } from '../harness/demo.ts';

test.describe.configure({ mode: 'serial' });

/** Sees what would change and files it. */
async function file(page: Page, why: string): Promise<void> {
  await page.getByRole('button', { name: 'See what would change' }).click();
  await page.locator('#check').getByLabel('Your name').fill('Kim');
  await page.locator('#check').getByLabel('Why').fill(why);
  await page.locator('#check').getByRole('button', { name: 'File' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Filed. It holds now.' })).toBeVisible();
}

/** The performance of a day of a machine, so many days ago. */
async function performance(page: Page, machine: string, back: number): Promise<string> {
  await page.goto(`/t/demo/machines/${machine}?period=day&back=${back}`);
  return page.locator('a.card').filter({ has: page.getByRole('heading', { name: 'Performance', exact: true }) }).locator('.big').innerText();
}

const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);

test('an ideal cycle from a date on changes the board of its machine from then on only', async ({ page }) => {
  const before = [await performance(page, 'press-1', 2), await performance(page, 'press-1', 6)];
  await page.goto('/t/demo/model');
  await page.getByRole('navigation', { name: 'Boards' }).getByRole('link', { name: 'Model' }).click();
  for (const product of ['Bracket 7', 'Bracket 9', 'Bracket 12']) {
    await page.goto('/t/demo/model');
    await page.getByRole('link', { name: product, exact: true }).click();
    await expect(page).toHaveURL(/\/model\/product\//);
    const rows = page.locator('[name^="standard."][name$=".ideal_cycle"]');
    await expect(rows.first()).toBeVisible();
    const place = (await rows.count()) - 1;
    await page.locator(`[name="standard.${place}.from"]`).fill(day(4));
    await page.locator(`[name="standard.${place}.ideal_cycle"]`).fill('20s');
    await page.locator(`[name="standard.${place}.value"]`).fill('8.30 EUR');
    await page.getByRole('button', { name: 'See what would change' }).click();
    await expect(page.locator('#check tbody tr')).toHaveCount(1);
    await expect(page.locator('#check tbody tr')).toContainText(`standard from ${day(4)}`);
    await expect(page.locator('#check')).not.toContainText('rewrites the past');
    await file(page, 'new tool');
  }
  expect(await performance(page, 'press-1', 6), 'before the date').toBe(before[1]);
  expect(await performance(page, 'press-1', 2), 'after it').not.toBe(before[0]);
});

test('a new reason stands among the taps of stops', async ({ page }) => {
  await page.goto('/t/demo/model');
  await page.getByRole('link', { name: 'New reason' }).click();
  await page.getByLabel('Id', { exact: true }).fill('vermin');
  await page.getByLabel('Name', { exact: true }).first().fill('A mouse <in> the cabinet');
  await page.getByLabel('Group').selectOption({ label: 'Organisation (organisation)' });
  await file(page, 'it happened');
  await page.goto('/t/demo/machines/press-1?period=week&micro=1');
  await page.locator('#stops a.give').first().click();
  await expect(page.locator('.all-reasons button.tap').filter({ hasText: 'A mouse <in> the cabinet' })).toBeVisible();
});

test('a calendar shows real lengths while it is typed, and without taking the focus', async ({ page }) => {
  await page.goto('/t/demo/model/calendar/housings');
  await page.getByLabel('Show the shifts from').fill('2026-03-16');
  const night = page.locator('#preview tr.odd').filter({ hasText: 'Night' });
  await page.locator('[name="shift.2.days"]').fill('mon-sun');
  await expect(page.locator('#preview')).toContainText('Clocks go forward by 1 h on Sun 29 Mar 2026');
  await expect(night.filter({ hasText: '7 h' }).first()).toContainText('not 8 h');
  await expect(night.filter({ hasText: '9 h' }).first()).toContainText('not 8 h');
  await expect(page.locator('[name="shift.2.days"]')).toBeFocused();
  await page.locator('[name="shift.2.hours"]').fill('22:00-6');
  await expect(page.locator('#preview')).toContainText('are no hours of a shift');
  await page.goto('/t/demo/model/calendar/housings');
  await page.locator('[name="since"]').fill('2027-01-01');
  await page.locator('[name="shift.0.hours"]').fill('05:00-14:00');
  await page.getByRole('button', { name: 'See what would change' }).click();
  await expect(page.locator('#check')).toContainText('from 2027-01-01');
  await expect(page.locator('#check')).not.toContainText('rewrites the past');
});

test('history says who, when, why and what, and what was said can be taken back', async ({ page }) => {
  await page.goto('/t/demo/model/history');
  await expect(page.locator('.entries > li').first()).toContainText('Kim');
  await expect(page.locator('.entries > li').first()).toContainText('it happened');
  await page.goto('/t/demo/model/reason/vermin');
  await page.locator('#history').getByRole('link', { name: 'Take this back…' }).click();
  await expect(page.locator('#check')).toContainText('reason `vermin` is removed');
  await page.locator('#check').getByLabel('Your name').fill('Kim');
  await page.locator('#check').getByLabel('Why').fill('it was a rat');
  await page.locator('#check').getByRole('button', { name: 'File' }).click();
  await expect(page.locator('main')).toContainText('not part of the plant any more');
  await expect(page.locator('#history .entries > li')).toHaveCount(2);
});

const PAGES = [
  '/t/demo/model',
  '/t/demo/model/history',
  '/t/demo/model/reason',
  '/t/demo/model/calendar/housings',
  '/t/demo/model/machine/press-1?do=check&name=Press&silence=5m&seen=1',
  '/t/demo/model/machine?do=check&new=1&id=&silence=fast',
  '/t/acme/model/machine/lathe-2',
];

for (const path of PAGES) {
  test(`axe finds nothing on ${path}, and a phone does not scroll sideways`, async ({ page }) => {
    await page.goto(path);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
}

test('all of it works without a script', async ({ browser, demo }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: demo.url });
  const page = await context.newPage();
  const noise = listen(page);
  await page.goto('/t/demo/model/calendar/bottling');
  await page.getByLabel('Show the shifts from').fill('2026-10-19');
  await page.getByRole('button', { name: 'Show the shifts' }).click();
  await expect(page.locator('#preview')).toContainText('Clocks go back by 1 h on Sun 25 Oct 2026');
  await page.goto('/t/demo/model/machine/saw-1');
  await page.locator('[name="silence"]').fill('10s');
  await page.getByRole('button', { name: 'See what would change' }).click();
  await expect(page.locator('#check')).toContainText('silence must be at least 30s');
  await expect(page.locator('#check form')).toHaveCount(0);
  await page.locator('[name="silence"]').fill('4m');
  await file(page, 'a slow device');
  await expect(page.locator('[name="silence"]')).toHaveValue('4m');
  await expect(page.locator('#history')).toContainText('a slow device');
  expect(noise.filter((line) => !line.includes('preload') && !line.includes('/pkg/'))).toEqual([]);
  await context.close();
});
