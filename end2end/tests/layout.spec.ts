// Nothing moves when the browser takes over, and it draws what the server drew.
import type { Browser, Page } from '@playwright/test';
import { EXPECTED, SERIES } from '../harness/bioreactor.ts';
import { decoded, hueProfile, smooth } from '../harness/picture.ts';
import { expect, test } from '../harness/test.ts';
import { AN_HOUR, ink, Trends } from '../harness/trends.ts';

/** Holds the script back until `release` is called. */
async function held(page: Page): Promise<() => void> {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  await page.route('**/pkg/andon*.js', async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

/** The boxes of everything that counts, in CSS pixels. */
function boxes(page: Page): Promise<Record<string, number[]>> {
  return page.evaluate(() => {
    const found: Record<string, number[]> = {};
    const all = 'h1, .top-bar > *, .toolbar, .toolbar .button, section.chart, .chart-head > *, figure.plot, .rect, .labels, .labels span, .first-paint, .nothing, .chart-foot, .side, .side a';
    document.querySelectorAll(all).forEach((element, i) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      found[`${i} ${element.localName}.${element.className} ${element.textContent!.slice(0, 20)}`] = [x, y, width, height].map((n) => Math.round(n * 100) / 100);
    });
    return found;
  });
}

async function styled(page: Page): Promise<void> {
  await expect(page.locator('.rect').first()).toHaveCSS('height', /^(120|360)px$/);
  await page.evaluate(() => document.fonts.ready);
}

for (const width of [1440, 360]) {
  for (const [name, query] of [['stacked', ''], ['overlay', 'view=overlay'], ['without data', 'from=2024-01-14T00:00:00Z&to=2024-01-14T12:00:00Z']] as const) {
    test(`nothing moves at ${width} px: ${name}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      const release = await held(page);
      await page.goto(`/t/default/trends?refresh=off&${query}`, { waitUntil: 'commit' });
      await styled(page);
      const before = await boxes(page);
      expect(Object.keys(before).filter((key) => key.includes('figure.plot')).length).toBe(name === 'overlay' ? 1 : 4);
      expect(await page.locator('.plot.painted').count()).toBe(0);
      release();
      await new Trends(page).painted();
      const renamed = (found: Record<string, number[]>) => Object.fromEntries(Object.entries(found).map(([key, box]) => [key.replace(' painted', ''), box]));
      expect(renamed(await boxes(page))).toEqual(renamed(before));
    });
  }

  test(`without scripts the plots have the same size at ${width} px`, async ({ browser, page, baseURL }) => {
    const geometry = (page: Page) =>
      page.evaluate(() => {
        const origin = document.querySelector('.charts')!.getBoundingClientRect();
        return [...document.querySelectorAll('figure.plot, .rect, .labels, .labels span')].map((element) => {
          const { x, y, width, height } = element.getBoundingClientRect();
          return [element.localName, element.textContent, ...[x - origin.x, y - origin.y, width, height].map((n) => Math.round(n * 100) / 100)];
        });
      });
    const plain = await without(browser, baseURL!, width);
    await styled(plain);
    const before = await geometry(plain);
    await plain.context().close();
    await page.setViewportSize({ width, height: 900 });
    await new Trends(page).open();
    const after = await geometry(page);
    expect(after.length).toBeGreaterThan(40);
    // Downloads as PNG need a script, so that the row below a plot may hold more; the plots themselves are equal.
    expect(after).toEqual(before);
  });
}

async function without(browser: Browser, baseURL: string, width: number): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL, viewport: { width, height: 900 } });
  const page = await context.newPage();
  await page.goto('/t/default/trends');
  return page;
}

test('the lines are painted on the canvases', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open();
  for (const { id, name } of SERIES) {
    const width = (await trends.rect(id).boundingBox())!.width;
    // A line crosses every column of the plot; nothing fills it.
    const drawn = await ink(trends.plot(id));
    expect(drawn, name).toBeGreaterThan(width * 0.9);
    expect(drawn, name).toBeLessThan(width * 120 * 0.5);
    expect(await trends.samples(id), name).toBe(EXPECTED[id]!.rows);
    await expect(trends.plot(id).locator('.first-paint')).toBeHidden();
  }
});

type Profile = (number | undefined)[];

/** How far two lines are apart: the part of the columns that holds both, the median and the 98th percentile of the distance in pixels. */
function distance(a: Profile, b: Profile): { columns: number; median: number; most: number } {
  const either = a.map((y, x) => [y, b[x]] as const).filter(([y, z]) => y !== undefined || z !== undefined);
  const apart = either.flatMap(([y, z]) => (y === undefined || z === undefined ? [] : [Math.abs(y - z)])).sort((p, q) => p - q);
  return { columns: apart.length / either.length, median: apart[Math.floor(apart.length / 2)]!, most: apart[Math.floor(apart.length * 0.98)]! };
}

for (const scheme of ['light', 'dark'] as const) {
  test(`server and browser draw the same picture, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const trends = new Trends(page);
    const release = await held(page);
    await page.goto(`/t/default/trends?refresh=off&${AN_HOUR}`, { waitUntil: 'commit' });
    await styled(page);
    const profiles = async () => {
      const found: Profile[] = [];
      for (const { id } of SERIES) found.push(smooth(hueProfile(await decoded(page, await trends.rect(id).screenshot()))));
      return found;
    };
    const before = await profiles();
    release();
    await trends.painted();
    const after = await profiles();
    SERIES.forEach(({ name }, i) => {
      const { columns, median, most } = distance(before[i]!, after[i]!);
      // Measured: 0.98 of the columns, a median of 0.2–0.6 px, 98 of 100 columns within 1.9 px (the server draws 1,000
      // columns, the browser one a pixel); another series' picture is 18–50 px away.
      expect(columns, `${name}: columns with a line in both`).toBeGreaterThan(0.95);
      expect(median, `${name}: half of the columns`).toBeLessThan(1);
      expect(most, `${name}: 98 of 100 columns`).toBeLessThan(3);
      expect(distance(before[i]!, after[(i + 1) % SERIES.length]!).median, `${name} against another`).toBeGreaterThan(10);
    });
  });
}
