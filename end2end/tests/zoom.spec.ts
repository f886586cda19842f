// Zooming by mouse, wheel, keyboard and fingers. The address follows, and the panels count exactly what it says.
import type { CDPSession } from '@playwright/test';
import { EXPECTED, extent, PRESSURE, rowsBetween, rowsOf, SERIES, TEMPERATURE } from '../harness/bioreactor.ts';
import { expect, test } from '../harness/test.ts';
import { AN_HOUR, scale, Trends } from '../harness/trends.ts';

const HOUR = { from: Date.parse('2024-01-15T01:00:00Z'), to: Date.parse('2024-01-15T02:00:00Z') };
const QUIET = 'refresh=off';

/** Every panel shows what the address's window holds. */
async function exact(trends: Trends, { from, to }: { from: number; to: number }): Promise<void> {
  for (const { id } of SERIES) await trends.expectSamples(id, rowsBetween(id, from, to).length);
}

test('dragging chooses a window; back and forward go through them', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(QUIET);
  const [first, last] = extent();
  const { left, middle, width, ms } = await scale(trends.rect(TEMPERATURE), { from: first, to: last });
  await page.mouse.move(left + width * 0.25, middle);
  await page.mouse.down();
  await page.mouse.move(left + width * 0.5, middle, { steps: 5 });
  await expect(trends.plot(TEMPERATURE).locator('.brush')).toBeVisible();
  await page.mouse.move(left + width * 0.75, middle, { steps: 5 });
  await page.mouse.up();
  const window = await trends.zoomed(`?${QUIET}`);
  await expect(trends.plot(TEMPERATURE).locator('.brush')).toBeHidden();
  expect(Math.abs(window.from - (first + (last - first) * 0.25))).toBeLessThan(ms * 1.5);
  expect(Math.abs(window.to - (first + (last - first) * 0.75))).toBeLessThan(ms * 1.5);
  await exact(trends, window);
  const zoomed = page.url();

  // From right to left, once more, in another plot.
  const again = await scale(trends.rect(PRESSURE), window);
  await page.mouse.move(again.left + again.width * 0.6, again.middle);
  await page.mouse.down();
  await page.mouse.move(again.left + again.width * 0.4, again.middle, { steps: 5 });
  await page.mouse.up();
  const closer = await trends.zoomed(new URL(zoomed).search);
  expect((closer.to - closer.from) / (window.to - window.from)).toBeCloseTo(0.2, 1);
  await exact(trends, closer);

  await page.goBack();
  await expect(page).toHaveURL(zoomed);
  await exact(trends, window);
  await page.goBack();
  await expect(page).toHaveURL(`/t/default/trends?${QUIET}`);
  await exact(trends, { from: first, to: last });
  await page.goForward();
  await expect(page).toHaveURL(zoomed);
  await exact(trends, window);
  await page.getByRole('button', { name: 'Undo' }).click();
  await exact(trends, { from: first, to: last });

  // What was zoomed is a link.
  await page.goto(zoomed);
  await exact(trends, window);
});

test('a click is no window', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&${QUIET}`);
  const { search } = new URL(page.url());
  await trends.rect(TEMPERATURE).click({ position: { x: 300, y: 40 } });
  await page.mouse.move(0, 0);
  await expect(page.locator('.brush:visible')).toHaveCount(0);
  expect(new URL(page.url()).search).toBe(search);
});

test('a double click resets', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&${QUIET}`);
  await trends.rect(TEMPERATURE).dblclick({ position: { x: 300, y: 40 } });
  await expect(page).toHaveURL(`/t/default/trends?${QUIET}`);
  await trends.expectSamples(TEMPERATURE, EXPECTED[TEMPERATURE]!.rows);
});

test('the wheel zooms around the pointer, and pans with shift', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&${QUIET}`);
  const { search } = new URL(page.url());
  const { left, middle, width } = await scale(trends.rect(TEMPERATURE), HOUR);
  await page.mouse.move(left + width * 0.25, middle);
  const scrolled = await page.evaluate(() => scrollY);
  await page.mouse.wheel(0, -200);
  const closer = await trends.zoomed(search);
  const ratio = (closer.to - closer.from) / 3_600_000;
  expect(ratio).toBeLessThan(0.8);
  const still = HOUR.from + 3_600_000 * 0.25;
  expect(Math.abs((still - closer.from) / (closer.to - closer.from) - 0.25)).toBeLessThan(0.01);
  expect(await page.evaluate(() => scrollY), 'the page itself does not scroll').toBe(scrolled);
  await exact(trends, closer);

  await page.mouse.wheel(0, 400);
  const wider = await trends.zoomed(new URL(page.url()).search);
  expect(wider.to - wider.from).toBeGreaterThan(closer.to - closer.from);

  const before = trends.window();
  await page.keyboard.down('Shift');
  await page.mouse.wheel(0, 300);
  await page.keyboard.up('Shift');
  const panned = await trends.zoomed(new URL(page.url()).search);
  expect(panned.from).toBeGreaterThan(before.from);
  expect(Math.abs(panned.to - panned.from - (before.to - before.from))).toBeLessThan(2);
  await exact(trends, panned);
});

test('the keyboard moves the crosshair, zooms and resets', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&${QUIET}`);
  const { search } = new URL(page.url());
  const plot = trends.plot(TEMPERATURE);
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('.cross:visible')).toHaveCount(SERIES.length);
  await page.keyboard.press('ArrowRight');
  const place = async () => {
    const [cross, rect] = [await plot.locator('.cross').boundingBox(), await plot.locator('.rect').boundingBox()];
    return (cross!.x - rect!.x) / rect!.width;
  };
  await expect.poll(place).toBeCloseTo(0.52, 2);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(place).toBeCloseTo(0.51, 2);
  await page.keyboard.press('Home');
  await expect.poll(place).toBeCloseTo(0, 2);
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(place).toBeCloseTo(0.1, 2);

  // The read-out is a row of the table, with every digit.
  const text = await plot.locator('.read-out').innerText();
  const [, clock, value] = /^(\d\d:\d\d:\d\d\.\d+)\s+([\d.]+) °C$/.exec(text)!;
  const time = Date.parse(`2024-01-15T${clock}Z`);
  const rows = rowsOf(TEMPERATURE);
  const row = rows.find((row) => row.time === time);
  expect(row?.value, `${text} is a row`).toBe(value);
  const at = HOUR.from + 360_000;
  const nearest = rows.map((row) => Math.abs(row.time - at)).reduce((a, b) => Math.min(a, b));
  expect(Math.abs(time - at)).toBe(nearest);
  // The side panel says the same of all series.
  await expect(page.locator('.at-pointer dt')).toHaveText(SERIES.map(({ name }) => name));
  await expect(page.locator('.at-pointer dd').first()).toHaveText(text.replace(/\s+/g, ' '));

  await page.keyboard.press('+');
  const closer = await trends.zoomed(search);
  expect((closer.to - closer.from) / 3_600_000).toBeCloseTo(0.5, 3);
  expect((at - closer.from) / (closer.to - closer.from)).toBeCloseTo(0.1, 2);
  await exact(trends, closer);
  await page.keyboard.press('-');
  const wider = await trends.zoomed(new URL(page.url()).search);
  expect((wider.to - wider.from) / 3_600_000).toBeCloseTo(1, 3);
  await page.keyboard.press('PageDown');
  const later = await trends.zoomed(new URL(page.url()).search);
  expect((later.from - wider.from) / 1_800_000).toBeCloseTo(1, 3);
  await exact(trends, later);
  await expect(plot).toBeFocused();

  await page.keyboard.press('End');
  await expect(page.locator('.cross:visible')).toHaveCount(SERIES.length);
  await page.keyboard.press('Escape');
  await expect(page.locator('.cross:visible')).toHaveCount(0);
  expect(trends.window().from).toBe(later.from);
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(`/t/default/trends?${QUIET}`);
});

test('the pointer has a read-out in every plot', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&${QUIET}`);
  const { left, middle, width } = await scale(trends.rect(TEMPERATURE), HOUR);
  await page.mouse.move(left + width / 2, middle);
  await expect(page.locator('.read-out:visible')).toHaveCount(SERIES.length);
  for (const { id, unit } of SERIES) await expect(trends.plot(id).locator('.read-out')).toHaveText(new RegExp(`^(01:(29|30):\\d\\d(\\.\\d+)?) +[\\d.]+ ?${unit}`));
  await page.mouse.move(left + width / 2, 5);
  await expect(page.locator('.read-out:visible')).toHaveCount(0);
});

test.describe('by fingers', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 800 } });

  const touch = (cdp: CDPSession, type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: [number, number][]) =>
    cdp.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });

  test('one drags, two pinch', async ({ page }) => {
    const trends = new Trends(page);
    await trends.open(`${AN_HOUR}&${QUIET}`);
    const { search } = new URL(page.url());
    const { left, middle: y, width } = await scale(trends.rect(TEMPERATURE), HOUR);
    const at = (part: number) => left + width * part;
    const cdp = await page.context().newCDPSession(page);

    await touch(cdp, 'touchStart', [at(0.8), y]);
    for (const part of [0.7, 0.6, 0.5, 0.4, 0.3]) await touch(cdp, 'touchMove', [at(part), y]);
    await touch(cdp, 'touchEnd');
    const panned = await trends.zoomed(search);
    expect(Math.abs(panned.to - panned.from - 3_600_000)).toBeLessThan(2);
    expect(Math.abs((panned.from - HOUR.from) / 3_600_000 - 0.5)).toBeLessThan(0.03);
    await exact(trends, panned);

    await touch(cdp, 'touchStart', [at(0.4), y], [at(0.6), y]);
    for (const part of [0.05, 0.1, 0.15, 0.2]) await touch(cdp, 'touchMove', [at(0.4 - part), y], [at(0.6 + part), y]);
    await touch(cdp, 'touchEnd');
    const pinched = await trends.zoomed(new URL(page.url()).search);
    expect(Math.abs((pinched.to - pinched.from) / 3_600_000 - 1 / 3)).toBeLessThan(0.04);
    const middle = (panned.from + panned.to) / 2;
    expect(Math.abs((pinched.from + pinched.to) / 2 - middle)).toBeLessThan(90_000);
    await exact(trends, pinched);
  });
});
