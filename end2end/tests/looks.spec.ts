// How the boards of OEE stand on a phone, on a wall and on paper, and what they say where there is nothing to show.
import { AxeBuilder } from '@axe-core/playwright';
import { type Page } from '@playwright/test';
import { expect, test } from '../harness/demo.ts';

test.describe.configure({ mode: 'serial' });

/** What reaches beyond the right edge and cannot be moved there: it is cut off. */
function cut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const beyond = [...document.querySelectorAll('main *')].filter((element) => {
      const { width, right } = element.getBoundingClientRect();
      return width > 0 && right > document.documentElement.clientWidth + 1 && !element.closest('.table-scroll, .sideways, .hidden, svg');
    });
    return beyond.map((element) => `${element.localName}.${element.className} ${element.textContent!.slice(0, 30)}`);
  });
}

test('the first page of a plant shows its machines at a glance, what is wrong first', async ({ page }) => {
  await page.goto('/t/demo');
  await expect(page.locator('.glance li')).toHaveCount(12);
  await expect(page.locator('.glance h2')).toContainText(/12 machines: \d+ running, \d+ stopped/);
  const rank = ['unplanned stop', 'micro-stop'];
  const states = (await page.locator('.glance .state').allInnerTexts()).map((text) => rank.findIndex((word) => text.startsWith(word)));
  const wrong = states.filter((place) => place >= 0);
  expect(states.slice(0, wrong.length), 'before all others').toEqual([...wrong].sort());
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  const named = await page.locator('.glance b').first().innerText();
  await page.locator('.glance li a').first().click();
  await expect(page.locator('#crumb b')).toHaveText(named);
  await page.goto('/t/acme');
  await expect(page.locator('.glance li')).toHaveCount(1);
  await expect(page.locator('.glance h2')).toContainText('1 machine:');
});

test.describe('a machine that is not there', () => {
  // The board asks for it again, should it come; the console says each time that it is not there.
  test.use({ quiet: false });

  test('is said to be so, with the way back, and nothing else', async ({ page }) => {
    expect((await page.goto('/t/demo/machines/nobody'))!.status()).toBe(404);
    await expect(page.getByRole('alert').filter({ hasText: 'There is no machine' })).toBeVisible();
    await expect(page.locator('main .panel:visible')).toHaveCount(0);
    await expect(page.getByText('No connection')).toHaveCount(0);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.locator('.crumb').getByRole('link', { name: 'Machines' }).click();
    await expect(page.locator('main tbody tr')).toHaveCount(12);
  });
});

test('on a phone nothing is cut off, and a stop gets its reason without moving a table', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of ['/t/demo', '/t/demo/plant?order=customer', '/t/demo/machines', '/t/demo/machines/press-1?period=week&explain=oee&micro=1&log=corrections']) {
    await page.goto(path);
    expect(await cut(page), path).toEqual([]);
  }
  const row = page.locator('#stops tbody tr').first();
  for (const part of [row.locator('input[type=checkbox]'), row.locator('a.give'), row.locator('td:last-child')]) {
    await part.scrollIntoViewIfNeeded();
    const { x, width } = (await part.boundingBox())!;
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(360);
  }
  expect(await page.locator('#stops .table-scroll').evaluate((scroller) => scroller.scrollWidth - scroller.clientWidth)).toBeLessThanOrEqual(0);
});

test('on a wall twelve machines fill the screen, and it says whether it lives', async ({ page }) => {
  for (const [width, height] of [[1280, 720], [1920, 1080], [3840, 2160]] as const) {
    await page.setViewportSize({ width, height });
    await page.goto('/t/demo/plant?tv=1');
    await expect(page.locator('a.tile')).toHaveCount(12);
    await expect(page.locator('#fresh')).toContainText('Live');
    const lowest = await page.locator('a.tile').evaluateAll((tiles) => Math.max(...tiles.map((tile) => tile.getBoundingClientRect().bottom)));
    expect(lowest, `${width}`).toBeLessThanOrEqual(height);
    expect(lowest, `${width}`).toBeGreaterThan(height * 0.8);
    expect(await cut(page), `${width}`).toEqual([]);
  }
});

test('on paper a board says of when it is, keeps its shape and shows no controls', async ({ page }) => {
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 703, height: 1000 });
  await page.goto('/t/demo/plant?back=1');
  const boxes = await page.locator('#roll .factor').evaluateAll((factors) => factors.map((factor) => factor.getBoundingClientRect()).map(({ top, width }) => ({ top, width })));
  expect(boxes.length).toBe(3);
  expect(new Set(boxes.map(({ top }) => Math.round(top))).size, 'side by side').toBe(1);
  expect(Math.min(...boxes.map(({ width }) => width))).toBeGreaterThan(150);
  await expect(page.locator('#roll .print-only')).toContainText('Data as of');
  await page.goto('/t/demo/machines/press-1?back=1');
  await expect(page.locator('#as-of')).toContainText(/Data as of \d{4}-\d\d-\d\d .* rules of policy \d+/);
  await expect(page.locator('#bar')).toBeHidden();
  await expect(page.locator('#pareto .segments .button:visible')).toHaveText(['Time']);
  await expect(page.locator('#stops :is(input, select, button):not(.hidden):visible')).toHaveCount(0);
  expect(await cut(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(703);
});

test('grouped by customer, machines alone of their model stand side by side', async ({ page }) => {
  await page.goto('/t/demo/plant?order=customer');
  await expect(page.locator('.group')).toHaveText([/^No customer named 11 machines/, /^Acme 1 machine,/]);
  const [first, second] = await Promise.all([0, 1].map((place) => page.locator('a.tile').nth(place).boundingBox()));
  expect(first!.y).toBe(second!.y);
});
