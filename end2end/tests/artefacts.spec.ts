// Pictures of the board for people to look at, in artefacts/.
import { join } from 'node:path';
import { expect, test } from '../harness/test.ts';
import { AN_HOUR, Trends } from '../harness/trends.ts';

const place = (name: string) => join(import.meta.dirname, '..', 'artefacts', name);

const PICTURES: Record<string, { query: string; width: number; scheme: 'light' | 'dark' }> = {
  'trends-wide-light': { query: '', width: 1440, scheme: 'light' },
  'trends-wide-dark': { query: '', width: 1440, scheme: 'dark' },
  'trends-360-light': { query: '', width: 360, scheme: 'light' },
  'trends-360-dark': { query: '', width: 360, scheme: 'dark' },
  'trends-overlay': { query: `${AN_HOUR}&view=overlay&average=5m`, width: 1440, scheme: 'light' },
  'trends-normalised-360': { query: `${AN_HOUR}&view=normalised`, width: 360, scheme: 'dark' },
  'trends-average': { query: `${AN_HOUR}&average=5m`, width: 1440, scheme: 'light' },
  'trends-hall': { query: '', width: 1920, scheme: 'dark' },
};

for (const [name, { query, width, scheme }] of Object.entries(PICTURES)) {
  test(name, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
    await new Trends(page).open(query);
    const picture = await page.screenshot({ path: place(`${name}.png`), fullPage: true });
    expect(picture.length).toBeGreaterThan(20_000);
  });
}

test('trends-pointer', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open(AN_HOUR);
  await page.locator('.rect').nth(1).hover({ position: { x: 500, y: 60 } });
  await expect(page.locator('.read-out:visible')).toHaveCount(4);
  await page.screenshot({ path: place('trends-pointer.png') });
});

test('print', async ({ page }) => {
  await new Trends(page).open(AN_HOUR);
  await page.getByText('Table').first().click();
  await expect(page.locator('tbody tr').first()).toBeVisible();
  const pdf = await page.pdf({ path: place('trends.pdf'), preferCSSPageSize: true });
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  // A4 in points, upright.
  expect(pdf.toString('latin1')).toMatch(/\/MediaBox ?\[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]/);
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 718, height: 1020 });
  await page.screenshot({ path: place('trends-print.png'), fullPage: true });
});
