// The board of a machine in depth: from a stop to its raw events, back to a past moment, why parts were not good, another shift plan.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, listen, test } from '../harness/demo.ts';

test.describe.configure({ mode: 'serial' });

const WEEK = '/t/demo/machines/press-1?period=week&back=1';
const events = '#events';

test('a stop leads to its raw events, and the way is an address', async ({ page }) => {
  await page.goto(WEEK);
  const from = page.locator('#stops tbody tr').first().locator('a[aria-expanded]').first();
  await expect(from).toHaveAttribute('aria-expanded', 'false');
  await from.click();
  await expect(page.locator(events)).toBeVisible();
  await expect(page).toHaveURL(/stop=\d{4}-/);
  await expect(from).toHaveAttribute('aria-expanded', 'true');
  const numbers = async () => (await page.locator(`${events} table`).first().locator('tbody tr td:first-child').allInnerTexts()).map(Number);
  const seen = await numbers();
  expect(seen.length).toBeGreaterThan(5);
  expect(seen, 'in the order of arrival').toEqual([...seen].sort((a, b) => a - b));
  await expect(page.locator(events)).toContainText('What people said of it');
  await page.reload();
  expect(await numbers()).toEqual(seen);
  await page.locator(events).getByRole('link', { name: 'Close' }).click();
  await expect(page.locator(events)).toHaveCount(0);
});

test('a press on a stop of the timeline opens its events', async ({ page }) => {
  await page.goto(WEEK);
  await page.waitForFunction(() => document.querySelector('.stripe svg'));
  // The address of the first stop of the list says where it lies in the window.
  const href = await page.locator('#stops tbody tr a[aria-expanded]').first().getAttribute('href');
  const start = Date.parse(decodeURIComponent(/stop=([^&]+)/.exec(href!)![1]!));
  await page.goto(`/t/demo/machines/press-1?from=${new Date(start - 60_000).toISOString()}&to=${new Date(start + 60_000).toISOString()}`);
  const stripe = page.locator('.states-plot .rect');
  const box = (await stripe.boundingBox())!;
  await expect(async () => {
    await page.mouse.click(box.x + box.width * 0.55, box.y + box.height / 2);
    await expect(page.locator(events)).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await expect(page).toHaveURL(new RegExp(`stop=${encodeURIComponent(new Date(start).toISOString().slice(0, 19)).replaceAll('.', '\\.')}`));
});

test('a correction is listed with what it replaced, and leads to the board as it was known before', async ({ page }) => {
  await page.goto(`${WEEK}&log=corrections`);
  const rows = page.locator('#corrections tbody tr');
  const missing = page.locator('#stops tr.missing');
  await expect(missing.first()).toBeVisible();
  const [listed, without] = [await rows.count(), await missing.count()];
  await missing.first().locator('button.tap').first().click();
  await expect(missing).toHaveCount(without - 1);
  await expect(rows).toHaveCount(listed + 1);
  await expect(rows.first()).toContainText('said on the board');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rows).toHaveCount(listed + 2);
  await expect(rows.first()).toContainText('taken back');
  await expect(rows.nth(1)).toContainText('until');
  // As known before it was taken back: the reason is there, and nothing can be filed.
  await rows.first().getByRole('link', { name: 'as known before this' }).click();
  await expect(page.locator('#known')).toContainText('As known at');
  await expect(page).toHaveURL(/known=/);
  await expect(missing).toHaveCount(without - 1);
  await expect(page.locator('#stop-form button.tap, #stop-form .bulk, #stop-form input[type="checkbox"]')).toHaveCount(0);
  // What is explained then is reproduced by its link.
  await page.locator('a.card').first().click();
  const formula = await page.locator('#explain .formula').innerText();
  await page.locator('#explain').getByRole('link', { name: /link to exactly this/ }).click();
  await expect(page.locator('#explain .formula')).toHaveText(formula);
  await page.getByRole('link', { name: 'Back to now' }).click();
  await expect(page.locator('#known')).toHaveCount(0);
});

test('what was known is carried from the plant to the machine and back', async ({ page }) => {
  await page.goto('/t/demo/plant?known=now-1s');
  await expect(page.locator('#known')).toBeVisible();
  await page.locator('a.tile').first().click();
  await expect(page).toHaveURL(/known=\d{4}-/);
  await expect(page.locator('#known')).toBeVisible();
  await page.locator('#crumb').getByRole('link', { name: 'Plant', exact: true }).click();
  await expect(page).toHaveURL(/plant\?known=\d{4}-/);
  await expect(page.locator('a.tile')).toHaveCount(12);
});

test('a bar narrows the list to its stops, other windows keep the filter, and its chip lets go of it', async ({ page }) => {
  await page.goto(WEEK);
  const count = async () => Number(/^([\d,]+)/.exec(await page.locator('#stops .panel-head small').first().innerText())![1]!.replace(',', ''));
  const all = await count();
  const bar = page.locator('#pareto tr.within a').first();
  const name = (await bar.innerText()).replace(' · micro-stops', '');
  await bar.click();
  await expect(page).toHaveURL(/only=\w+%3A/);
  const chip = page.locator('#stops .chip');
  await expect(chip).toContainText(name);
  await expect(page.locator('#stops')).toBeInViewport();
  await expect(page.locator('#stops tbody tr td:nth-child(5) b').first()).toHaveText(name);
  for (const reason of await page.locator('#stops tbody tr td:nth-child(5)').allInnerTexts()) expect(reason).toContain(name);
  expect(await count()).toBeLessThan(all);
  // What is narrowed stays so when it is looked at anew.
  const some = await count();
  await page.reload();
  expect(await count()).toBe(some);
  await page.getByRole('link', { name: 'The one before this' }).click();
  await expect(page).toHaveURL(/back=2.*only=/);
  await expect(chip).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/back=1/);
  await chip.click();
  await expect(page).not.toHaveURL(/only=/);
  await expect(chip).toHaveCount(0);
  await expect.poll(count).toBe(all);
});

test('parts that are not good have reasons, in the language of the reader', async ({ browser, demo }) => {
  for (const [locale, flaw, stop] of [
    ['de-AT', 'Maßabweichung', 'Technische Störung'],
    ['en-GB', 'Out of dimension', 'Technical failure'],
  ] as const) {
    const context = await browser.newContext({ baseURL: demo.url, locale });
    const page = await context.newPage();
    await page.goto(WEEK);
    await expect(page.locator('#rejects')).toContainText(flaw);
    await expect(page.locator('#pareto')).toContainText(stop);
    // Also after the page has asked again by itself.
    await page.getByRole('link', { name: 'Day', exact: true }).click();
    await expect(page).toHaveURL(/period=day/);
    await page.goto('/t/demo/machines/press-1?period=week&back=1&compare=shifts');
    await expect(page.locator('#compare')).toContainText(/\d+ windows/);
    await context.close();
  }
});

test('another shift plan is computed while it is chosen, and says what it assumes', async ({ page }) => {
  await page.goto(WEEK);
  const result = page.locator('.what-if-result');
  await expect(result).toContainText('(+0)');
  await page.locator('select[name="plan"]').selectOption('around the clock');
  await expect(result).toContainText('Assumed: added time is spent as the planned time of this window was');
  await expect(result).toContainText(/\(\+[\d,]*[1-9][\d,]*\)/);
  await expect(page).toHaveURL(/plan=around%20the%20clock/);
  const shown = await result.innerText();
  await page.reload();
  await expect(result).toHaveText(shown, { useInnerText: true });
  await page.locator('select[name="plan"]').selectOption('');
  await page.locator('input[name="extra"]').fill('2');
  await page.locator('select[name="per"]').selectOption('day');
  await expect(page).toHaveURL(/extra=2&per=day/);
  await expect(result).toContainText('Planned are');
});

for (const opened of ['stop', 'only=group:technical', 'log=corrections', 'log=quarantine', 'known=now-1s']) {
  test(`axe finds nothing with ${opened} open, and a phone does not scroll sideways`, async ({ page }) => {
    await page.goto(WEEK);
    const href = await page.locator('#stops tbody tr a[aria-expanded]').first().getAttribute('href');
    await page.goto(opened === 'stop' ? href! : `${WEEK}&${opened}`);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
}

test('without a script every panel opens and every plan is computed', async ({ browser, demo }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: demo.url });
  const page = await context.newPage();
  const noise = listen(page);
  await page.goto(WEEK);
  await page.locator('#stops tbody tr a[aria-expanded]').first().click();
  await expect(page.locator(events).locator('tbody tr').first()).toBeVisible();
  await page.getByRole('link', { name: 'Corrections' }).click();
  await expect(page.locator('#corrections')).toBeVisible();
  await page.locator('#corrections input[name="known"]').fill('2020-01-01');
  await page.locator('#corrections').getByRole('button', { name: 'Show' }).click();
  await expect(page.locator('.banner')).toContainText('it was added to the plant later');
  await page.goBack();
  await page.locator('select[name="plan"]').selectOption('around the clock');
  await page.getByRole('button', { name: 'Compute' }).click();
  await expect(page.locator('.what-if-result')).toContainText('Assumed: added time');
  await page.getByRole('link', { name: 'Quarantine' }).click();
  await expect(page.locator('#quarantine')).toContainText('Everything could be taken');
  expect(noise.filter((line) => !line.includes('preload') && !line.includes('/pkg/') && !line.includes('400'))).toEqual([]);
  await context.close();
});
