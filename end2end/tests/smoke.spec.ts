// Every board opens, and every wrong address is a whole page with the right status.
import { expect, test } from '../harness/test.ts';
import { Trends } from '../harness/trends.ts';

test('the start page leads to the only tenant', async ({ page }) => {
  const response = await page.goto('/');
  expect(response?.status()).toBe(200);
  await expect(page).toHaveURL(/\/t\/default$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Plant');
  await expect(page.locator('main')).toContainText('7 series');
});

test('every board of the navigation opens, by its link and by its address', async ({ page }) => {
  await page.goto('/t/default');
  const links = page.getByRole('navigation', { name: 'Boards' }).getByRole('link');
  const boards = await links.evaluateAll((found: HTMLAnchorElement[]) => found.map((link) => ({ href: link.pathname, title: link.textContent! })));
  expect(boards.length).toBeGreaterThan(0);
  expect(await page.locator('main .cards a').evaluateAll((cards: HTMLAnchorElement[]) => cards.map((card) => card.pathname))).toEqual(boards.map((board) => board.href));
  for (const { href, title } of boards) {
    await page.goto('/t/default');
    await links.filter({ hasText: title }).click();
    await expect(page).toHaveURL(href);
    await expect(page.getByRole('heading', { level: 1 })).toContainText(title);
    await expect(page.locator('[aria-current="page"]')).toHaveText(title);
    await expect(page).toHaveTitle(new RegExp(title));

    const response = await page.goto(href);
    expect(response?.status(), href).toBe(200);
    await expect(page.getByRole('heading', { level: 1 })).toContainText(title);
    await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toHaveCount(0);
  }
});

const WRONG = [
  { path: '/t/nobody', status: 404, sentence: 'There is no tenant `nobody`.' },
  { path: '/t/nobody/trends', status: 404, sentence: 'There is no tenant `nobody`.' },
  { path: '/t/default/nothing', status: 404, sentence: 'There is no page at this address.' },
  { path: '/t/default/trends/extra/path', status: 404, sentence: 'There is no page at this address.' },
  { path: '/nowhere', status: 404, sentence: 'There is no page at this address.' },
  { path: '/t/default/trends?series=gone%2Ftag', status: 404, sentence: 'There is no series `gone/tag` here.' },
  { path: '/t/default/trends?series=CM_PRESSURE%2FOutput&series=gone', status: 404, sentence: 'There is no series `gone` here.' },
  { path: '/t/default/trends?from=2024-01-15T02:00:00Z&to=2024-01-15T01:00:00Z', status: 400, sentence: 'Cannot show this window' },
  { path: '/t/default/trends?from=yesterdayish', status: 400, sentence: '`from=yesterdayish` is no point in time' },
  { path: '/t/default/trends?from=2024-01-15&to=2024-02-31', status: 400, sentence: '`to=2024-02-31` is no point in time' },
  { path: '/t/default/trends?view=pie', status: 400, sentence: '`view=pie` is unknown' },
  { path: '/t/default/trends?average=5', status: 400, sentence: '`average=5`' },
  { path: '/t/default/trends?refresh=1ms', status: 400, sentence: '`refresh=1ms` is out of range' },
];

for (const { path, status, sentence } of WRONG) {
  test(`${status} for ${path}`, async ({ page, request }) => {
    const answer = await request.get(path);
    expect(answer.status()).toBe(status);
    // Leptos appends its serialised answers after the end of the document.
    const text = (await answer.text()).replaceAll('<!>', '');
    expect(/^<!DOCTYPE html>[\s\S]*<\/main><\/body><\/html>(<script.*<\/script>)*$/i.test(text), 'a complete document').toBe(true);

    await page.goto(path);
    await expect(page.getByRole('alert').filter({ hasText: sentence })).toHaveCount(1);
    await expect(page.locator('header.top-bar')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page).toHaveTitle(/./);
    expect(answer.headers()['content-type']).toContain('text/html');
  });
}

test('a window of more series than it may have is refused, however often one is named', async ({ request }) => {
  const ask = (ids: string[]) => request.get(`/api/window?${new URLSearchParams([['tenant', 'default'], ['columns', '100'], ...ids.map((id, i) => [`series[${i}]`, id])])}`);
  const many = await ask(Array.from({ length: 65 }, (_, i) => `tag ${i}`));
  expect(many.status()).toBe(400);
  expect(await many.text()).toContain('at most 64 series');
  expect((await ask(Array(65).fill('CM_PRESSURE/Output'))).status()).toBe(200);
});

test.describe('a foreign script', () => {
  // What is refused is told in the console.
  test.use({ quiet: false });

  test('is not run by a page', async ({ page }) => {
    const response = await page.goto('/t/default/trends');
    const policy = response!.headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/script-src 'self' 'nonce-[^']{20,}' 'unsafe-eval';/);
    await new Trends(page).painted();
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "taken over"';
      document.body.append(script);
    });
    expect(await page.title()).toBe('Trends of Plant – Andon');
  });
});

test('`?` lists the keys on every page', async ({ page }) => {
  for (const path of ['/t/default', '/t/default/trends']) {
    await page.goto(path);
    const list = page.locator('#shortcuts');
    await expect(list).toBeHidden();
    await expect(async () => {
      await page.keyboard.press('?');
      await expect(list).toBeVisible({ timeout: 300 });
    }).toPass();
    await expect(list).toContainText('Move the crosshair');
    await page.keyboard.press('Escape');
    await expect(list).toBeHidden();
  }
});

test('a page loads the half of the code that it needs', async ({ page }) => {
  const loaded: string[] = [];
  page.on('request', (request) => request.url().endsWith('.wasm') && loaded.push(new URL(request.url()).pathname));
  await page.goto('/t/default/trends');
  await new Trends(page).painted();
  expect(new Set(loaded)).toEqual(new Set(['/pkg/andon-lean.wasm']));
  await page.getByRole('navigation', { name: 'Boards' }).getByRole('link', { name: 'Plant', exact: true }).click();
  await expect(page).toHaveURL(/\/t\/default\/plant$/);
  await expect.poll(() => loaded).toContain('/pkg/andon.wasm');
  await page.goBack();
  await new Trends(page).painted();
});

test('a file that the browser has already is not sent again', async ({ request }) => {
  for (const path of ['/andon.svg', '/pkg/andon.css']) {
    const first = await request.get(path);
    expect(first.status()).toBe(200);
    const again = await request.get(path, { headers: { 'if-modified-since': first.headers()['last-modified']! } });
    expect(again.status()).toBe(304);
  }
  expect((await request.get('/nothing.svg')).status()).toBe(404);
});

test('health and metrics', async ({ request }) => {
  expect((await request.get('/health/live')).status()).toBe(200);
  await expect.poll(async () => (await request.get('/health/ready')).status()).toBe(200);
  expect(await (await request.get('/metrics')).text()).toContain('andon_database_up 1');
});
