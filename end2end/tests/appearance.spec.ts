// Small screens, light and dark, print; for everyone.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { SERIES, TEMPERATURE } from '../harness/bioreactor.ts';
import { expect, test } from '../harness/test.ts';
import { AN_HOUR, Trends } from '../harness/trends.ts';

const PAGES: Record<string, { path: string; plots: number }> = {
  board: { path: `/t/default/trends?${AN_HOUR}`, plots: 4 },
  overlay: { path: `/t/default/trends?${AN_HOUR}&view=overlay&average=5m`, plots: 1 },
  nothing: { path: '/t/default/trends?from=2024-01-16T00:00:00Z&to=2024-01-16T01:00:00Z', plots: 4 },
  trouble: { path: '/t/default/trends?average=5', plots: 0 },
  home: { path: '/t/default', plots: 0 },
  failure: { path: '/t/nobody', plots: 0 },
};

async function open(page: Page, { path, plots }: { path: string; plots: number }): Promise<void> {
  await page.goto(path);
  await expect(page.locator('figure.plot.painted')).toHaveCount(plots || (await page.locator('figure.plot').count()));
}

for (const scheme of ['light', 'dark'] as const) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing, ${scheme}, ${width} px`, async ({ page }) => {
      test.setTimeout(90_000);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      for (const [name, place] of Object.entries(PAGES)) {
        await open(page, place);
        // Every sheet and table is looked at too.
        await page.locator('details').evaluateAll((all: HTMLDetailsElement[]) => all.forEach((details) => (details.open = !details.closest('.toolbar'))));
        const { violations, passes } = await new AxeBuilder({ page }).analyze();
        expect(passes.length, name).toBeGreaterThan(10);
        const told = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`);
        expect.soft(told, name).toEqual([]);
      }
    });
  }

  test(`360 px hold everything, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 360, height: 740 });
    for (const [name, place] of Object.entries(PAGES)) {
      await open(page, place);
      await page.locator('.chart details').evaluateAll((all: HTMLDetailsElement[]) => all.forEach((details) => (details.open = true)));
      const { width, inner, beyond } = await page.evaluate(() => {
        const scrolls = (element: Element) => element.closest('.table-scroll, .top-bar > nav');
        const beyond = [...document.querySelectorAll('body *')].filter((element) => {
          const { left, right, width, height } = element.getBoundingClientRect();
          const shown = width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true }) && !element.classList.contains('skip');
          return shown && !scrolls(element) && (left < -0.5 || right > innerWidth + 0.5);
        });
        return { width: document.scrollingElement!.scrollWidth, inner: innerWidth, beyond: beyond.map((element) => `${element.localName}.${element.className}: ${element.textContent!.slice(0, 40)}`) };
      });
      expect(width, name).toBeLessThanOrEqual(inner);
      // The page clips what stands out, so that it must be looked for piece by piece.
      expect(beyond, name).toEqual([]);
    }
  });
}

test('signs have names that can be heard', async ({ page }) => {
  await new Trends(page).open(AN_HOUR);
  for (const name of ['Back by one window', 'Forward by one window', 'Zoom out']) await expect.soft(page.getByRole('link', { name, exact: true }), name).toHaveCount(1);
});

test('sheets of the toolbar fit on 360 px', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await new Trends(page).open(AN_HOUR);
  for (const title of ['From … to', 'Paused']) {
    await page.locator('summary', { hasText: title }).click();
    const box = (await page.locator('details[open] > .sheet').boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(360);
    await page.locator('summary', { hasText: title }).click();
  }
});

test('a thumb meets its targets on a phone', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await new Trends(page).open(AN_HOUR);
  const small = await page.locator('.button:visible, .series-list a, .downloads > *:visible, summary:visible').evaluateAll((targets) =>
    targets.map((target) => ({ text: target.textContent!.trim(), height: target.getBoundingClientRect().height, width: target.getBoundingClientRect().width })).filter(({ height, width }) => height < 32 || width < 24),
  );
  expect(small).toEqual([]);
  await context.close();
});

test('the theme button switches, repaints and stays', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&refresh=off`);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const line = () => trends.plot(TEMPERATURE).locator('canvas').nth(1).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const grid = () => trends.plot(TEMPERATURE).locator('canvas').nth(0).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const light = { ground: await ground(), line: await line(), grid: await grid() };
  const button = page.getByRole('button', { name: 'Switch between light and dark' });
  await button.click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect.poll(ground).not.toBe(light.ground);
  await expect.poll(line).not.toBe(light.line);
  await expect.poll(grid).not.toBe(light.grid);
  const dark = { ground: await ground(), line: await line() };
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await trends.painted();
  expect(await ground()).toBe(dark.ground);
  await expect.poll(line).toBe(dark.line);
  await page.goto('/t/default');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.goBack();
  await trends.painted();
  await button.click();
  await expect.poll(ground).toBe(light.ground);
  await expect.poll(line).toBe(light.line);
});

test('the theme follows the system', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  const trends = new Trends(page);
  await trends.open(`${AN_HOUR}&refresh=off`);
  const line = () => trends.plot(TEMPERATURE).locator('canvas').nth(1).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const dark = await line();
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(line).not.toBe(dark);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(line).toBe(dark);
});

for (const [name, query, plots] of [['stacked', '', 4], ['overlay', '&view=overlay', 1]] as const) {
  test(`print is a report without controls, ${name}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await new Trends(page).open(`${AN_HOUR}&refresh=off${query}`);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await expect(page.locator('.toolbar, .top-bar, aside, .downloads').filter({ visible: true })).toHaveCount(0);
    await expect(page.locator('figure.plot')).toHaveCount(plots);
    await expect(page.locator('h1')).toContainText('Trends');
    await expect(page.locator('h1')).toContainText(/15 Jan 2024, 01:00.*02:00.*UTC/);
    for (const { name } of SERIES) await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
  });
}
