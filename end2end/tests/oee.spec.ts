// The boards of OEE on the demo plant: one glance at the plant, one machine down to the intervals behind a percentage.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, listen, test } from '../harness/demo.ts';

test.describe.configure({ mode: 'serial' });

const percent = (text: string) => Number(/(\d+(?:\.\d+)?)/.exec(text)![1]);

test('a tile for each machine, the greatest loss first, and all of them together', async ({ page }) => {
  await page.goto('/t/demo/plant');
  await expect(page.locator('a.tile')).toHaveCount(12);
  for (const tile of await page.locator('a.tile').all()) {
    await expect(tile.locator('.state')).toHaveText(/running|stop|setup|unknown|not scheduled/);
    await expect(tile.locator('svg.states path').first()).toBeAttached();
  }
  await expect(page.locator('#roll')).toContainText('Availability');
  // One machine is counted by its hours and the others by their parts, so time is compared; on a line of one kind money is.
  const order = page.getByRole('group', { name: 'Order' }).locator('[aria-current="true"]');
  await expect(order).toHaveText('By lost time');
  await page.goto('/t/demo/plant?line=housings');
  await expect(order).toHaveText('By lost money');
  const lost = (await page.locator('a.tile .tile-foot b').allInnerTexts()).map((text) => Number(text.replace(/[^\d.]/g, '') || '0'));
  expect(lost.length).toBeGreaterThan(2);
  expect(lost, 'by loss').toEqual([...lost].sort((a, b) => b - a));
  await page.goto('/t/demo/plant');
  await page.getByRole('link', { name: 'By name' }).click();
  const names = await page.locator('a.tile .tile-head b').allInnerTexts();
  expect(names).toEqual([...names].sort());
  await expect(page).toHaveURL(/order=name/);
});

test('tiles keep their elements while figures change', async ({ page }) => {
  await page.goto('/t/demo/plant?order=name');
  await page.locator('a.tile').first().evaluate((tile) => ((tile as HTMLElement & { kept?: boolean }).kept = true));
  const before = await page.locator('#fresh time').getAttribute('data-since');
  await expect.poll(() => page.locator('#fresh time').getAttribute('data-since')).not.toBe(before);
  expect(await page.locator('a.tile').first().evaluate((tile) => (tile as HTMLElement & { kept?: boolean }).kept)).toBe(true);
});

test('a plant leads to its sites, their lines and their machines, with JavaScript or without', async ({ page }) => {
  await page.goto('/t/demo/plant?order=line');
  const site = page.getByRole('group', { name: 'Site' }).getByRole('link').nth(1);
  const named = await site.innerText();
  await site.click();
  await expect(page).toHaveURL(/site=/);
  await expect(page.locator('#crumb b')).toHaveText(named);
  const of_site = await page.locator('a.tile').count();
  expect(of_site).toBeLessThan(12);
  // The heading of a line leads to it alone.
  const line = page.locator('.group a').first();
  const called = await line.innerText();
  await line.click();
  await expect(page).toHaveURL(/line=/);
  await expect(page.locator('#crumb b')).toHaveText(called);
  const of_line = await page.locator('a.tile').count();
  expect(of_line).toBeGreaterThan(0);
  await expect(page.locator('#crumb')).toContainText(`${of_line} machines`);
  await page.locator('a.tile').first().click();
  await expect(page.locator('#crumb')).toContainText(called);
  await page.locator('#crumb').getByRole('link', { name: called }).click();
  await expect(page.locator('a.tile')).toHaveCount(of_line);
  // Without a script the same address is the same board.
  const told = await (await page.request.get(page.url())).text();
  expect(told.match(/class="panel tile/g)?.length).toBe(of_line);
});

test('every percentage is explained, and the fraction is the figure', async ({ page }) => {
  await page.goto('/t/demo/machines/press-1?period=day&back=1');
  for (const name of ['OEE', 'Availability', 'Performance', 'Quality']) {
    const card = page.locator('a.card').filter({ has: page.getByRole('heading', { name, exact: true }) });
    const shown = percent(await card.locator('.big').innerText());
    await card.click();
    await expect(page.locator('#explain h2')).toHaveText(`What ${name} is made of`);
    const formula = await page.locator('#explain .formula b').last().innerText();
    expect(Math.abs(percent(formula) - shown), name).toBeLessThanOrEqual(0.05);
    await expect(page.locator('#explain')).toContainText(/policy \d+, after ISO 22400-2/);
  }
  const address = page.url();
  await page.goto(address);
  await expect(page.locator('#explain .formula')).toContainText('Quality');
});

test('what if is computed while a slider moves, and ends in the address', async ({ page }) => {
  await page.goto('/t/demo/machines/press-1?period=day&back=1');
  const oee = page.locator('.what-if-result tbody tr').first().locator('td').nth(1);
  const before = percent(await oee.innerText());
  await page.locator('input[name="ideal"]').fill('150');
  await expect(page.locator('input[name="ideal"] + output')).toHaveText('150 %');
  await expect(oee).not.toHaveText(`${before.toFixed(1)} %`);
  await expect(page).toHaveURL(/ideal=150/);
});

test('a stop gets its reason with a tap, and loses it again', async ({ page }) => {
  await page.goto('/t/demo/machines/press-1?period=week');
  const missing = page.locator('#stops tr.missing');
  const count = await missing.count();
  test.skip(count === 0, 'every stop of the week has a reason');
  await missing.first().locator('button.tap').first().click();
  await expect(page.locator('#stops .filed')).toBeVisible();
  await expect(missing).toHaveCount(count - 1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(missing).toHaveCount(count);
});

test('whoever gives reasons with keys goes on from the same row', async ({ page }) => {
  await page.goto('/t/demo/machines/press-1?period=week');
  const missing = page.locator('#stops tr.missing');
  const count = await missing.count();
  test.skip(count === 0, 'every stop of the week has a reason');
  const row = await missing.first().getAttribute('data-key');
  await missing.first().locator('button.tap').first().focus();
  await page.keyboard.press('Enter');
  await expect(missing).toHaveCount(count - 1);
  const focus = () => page.evaluate(() => document.activeElement?.closest('[data-key]')?.getAttribute('data-key'));
  await expect.poll(focus).toBe(row);
  await page.getByRole('button', { name: 'Undo' }).press('Enter');
  await expect(missing).toHaveCount(count);
  expect(await page.evaluate(() => document.activeElement !== document.body), 'nor from the top after an undo').toBe(true);
});

for (const path of ['/t/demo/plant', '/t/demo/machines', '/t/demo/machines/press-1?explain=oee']) {
  test(`axe finds nothing on ${path}, and a phone does not scroll sideways`, async ({ page }) => {
    await page.goto(path);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
}

test('without a script the boards are complete', async ({ browser, demo }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: demo.url });
  const page = await context.newPage();
  const noise = listen(page);
  const dated = async () => {
    await expect(page.locator('#fresh'), 'nothing lives here').toBeHidden();
    await expect(page.getByText(/^Data as of \d{4}-/)).toBeVisible();
  };
  await page.goto('/t/demo/plant');
  await expect(page.locator('a.tile')).toHaveCount(12);
  await dated();
  await page.locator('a.tile').first().click();
  await dated();
  await expect(page.locator('.card')).toHaveCount(5);
  await expect(page.locator('.stripe svg path').first()).toBeAttached();
  await expect(page.locator('#losses tbody tr').first()).toBeVisible();
  await page.getByRole('button', { name: 'Compute' }).click();
  await expect(page).toHaveURL(/ideal=100/);
  expect(noise.filter((line) => !line.includes('preload') && !line.includes('/pkg/'))).toEqual([]);
  await context.close();
});
