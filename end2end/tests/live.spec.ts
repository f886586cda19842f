// The open socket: windows come over it, and where it does not pass, or breaks, nothing is missing.
import type { Page, WebSocket } from '@playwright/test';
import { EXPECTED, PRESSURE, TEMPERATURE } from '../harness/bioreactor.ts';
import { expect, test } from '../harness/test.ts';
import { openSocket, questions, Trends, withoutSocket } from '../harness/trends.ts';

const HOUR = EXPECTED[PRESSURE]!.windows['01:00:00..02:00:00']!.rows;
const AN_HOUR = '?from=2024-01-15T01%3A00%3A00Z&to=2024-01-15T02%3A00%3A00Z&refresh=off';

test('windows come over one socket, without a request', async ({ page }) => {
  const asked = questions(page);
  let sockets = 0;
  page.on('websocket', () => sockets++);
  const opened = await openSocket(page);
  const trends = new Trends(page);
  await trends.open('refresh=off');
  // Until it is open, questions go by request.
  await opened();
  for (const [name, rows] of [['30 min', 0], ['All', EXPECTED[PRESSURE]!.rows]] as const) {
    const link = page.getByRole('group', { name: 'Length of the window' }).getByRole('link', { name, exact: true });
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'true');
    if (rows) await trends.expectSamples(PRESSURE, rows);
  }
  expect(asked.count).toBeGreaterThanOrEqual(2);
  expect(asked.byRequest).toBe(0);
  expect(sockets).toBe(1);
});

test('where no socket passes, a request does the same', async ({ page }) => {
  await withoutSocket(page);
  const asked = questions(page);
  const trends = new Trends(page);
  await trends.open('refresh=off');
  await page.evaluate((search) => history.pushState(null, '', search), AN_HOUR);
  await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
  await trends.expectSamples(PRESSURE, HOUR);
  expect(asked.byRequest).toBe(1);
});

test('a socket that breaks under a question costs nothing', async ({ page }) => {
  const asked = questions(page);
  await page.routeWebSocket('**/live', (socket) => {
    // It opens, takes the question, and dies.
    socket.onMessage(() => socket.close());
  });
  const trends = new Trends(page);
  await trends.open('refresh=off');
  await trends.link('All').click();
  await trends.expectSamples(PRESSURE, EXPECTED[PRESSURE]!.rows);
  await trends.expectSamples(TEMPERATURE, EXPECTED[TEMPERATURE]!.rows);
  expect(asked.byRequest).toBeGreaterThan(0);
});

test('the latest of many quick questions is shown', async ({ page }) => {
  const trends = new Trends(page);
  await trends.open('refresh=off');
  const names = ['30 min', '6 h', '1 h', '24 h', '5 min', '1 h', 'All'];
  await page.getByRole('group', { name: 'Length of the window' }).evaluate((group, names) => {
    const link = (name: string) => [...group.querySelectorAll('a')].find((a) => a.textContent === name)!;
    for (const name of names) link(name).click();
  }, names);
  await trends.expectSamples(PRESSURE, EXPECTED[PRESSURE]!.rows);
  await expect(trends.link('All')).toHaveAttribute('aria-current', 'true');
});

test('a foreign page gets no socket, garbage ends one', async ({ page, plant }) => {
  const url = plant.url.replace('http', 'ws') + '/live';
  await page.goto('/t/default');
  const outcome = (bytes: number[]) =>
    page.evaluate(
      ([url, bytes]) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url as string);
          socket.onopen = () => socket.send(new Uint8Array(bytes as number[]));
          socket.onmessage = () => resolve('answered');
          socket.onclose = () => resolve('closed');
        }),
      [url, bytes] as const,
    );
  expect(await outcome([255, 255, 255, 255, 255, 255])).toBe('closed');
  const status = await page.request.get(plant.url + '/live', {
    headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', origin: 'http://elsewhere.example' },
  });
  expect(status.status()).toBe(403);
});

test('a page in the background gives its socket back, and takes a new one when it is looked at', async ({ page }) => {
  // The page's own clock, so that a minute passes at once.
  await page.clock.install();
  const sockets: WebSocket[] = [];
  page.on('websocket', (socket) => sockets.push(socket));
  const opened = await openSocket(page);
  const trends = new Trends(page);
  await trends.open('refresh=off');
  await opened();
  expect(sockets.length).toBe(1);
  await look(page, 'hidden');
  await page.clock.fastForward(50_000);
  await look(page, 'visible');
  await page.clock.fastForward(50_000);
  expect(sockets.map((socket) => socket.isClosed()), 'less than a minute at a time').toEqual([false]);
  await look(page, 'hidden');
  await page.clock.fastForward(61_000);
  await expect.poll(() => sockets[0]!.isClosed()).toBe(true);
  // Nothing reconnects behind the reader's back.
  await page.clock.fastForward(120_000);
  expect(sockets.length).toBe(1);
  await page.evaluate(() => document.documentElement.removeAttribute('data-socket'));
  await look(page, 'visible');
  await opened();
  expect(sockets.length).toBe(2);
  const asked = sockets[1]!.waitForEvent('framesent');
  await trends.link('All').click();
  await asked;
  await trends.expectSamples(PRESSURE, EXPECTED[PRESSURE]!.rows);
});

/** Makes the page believe that its tab was put into the background or taken out of it. */
async function look(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    Object.defineProperty(document, 'hidden', { value: state === 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, state);
}
