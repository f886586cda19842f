// The browser takes the server's page over without a word and without asking again.
import { ODD, TEMPERATURE } from '../harness/bioreactor.ts';
import { expect, listen, test } from '../harness/test.ts';
import { AN_HOUR, Trends } from '../harness/trends.ts';

const QUERIES: Record<string, string> = {
  'the default window': '',
  'an hour': AN_HOUR,
  overlay: 'view=overlay',
  normalised: 'view=normalised',
  'moving average': 'average=5m',
  'overlay with moving average': 'view=overlay&average=15m',
  'an awkward table': 'series=edge',
  'awkward rows of one minute': 'series=edge&from=2024-01-15T00:00:00Z&to=2024-01-15T00:01:00Z',
  'an odd name': `series=${encodeURIComponent(ODD)}&from=2024-01-15T00:00:00Z&to=2024-01-15T00:01:00Z`,
  'an empty table': 'series=EMPTY%2FTag',
  'an empty table among others': `series=EMPTY%2FTag&series=${encodeURIComponent(TEMPERATURE)}`,
  'a window without data': 'from=2024-01-14T00:00:00Z&to=2024-01-14T12:00:00Z',
  'a window of one instant': 'from=2024-01-15T00:00:00.351Z&to=2024-01-15T00:00:00.351Z',
  'counted from now': 'from=now-1h&to=now',
};

for (const [name, query] of Object.entries(QUERIES)) {
  test(`silence: ${name}`, async ({ page }) => {
    // The refresh is off: a question that is asked all the same is one too many.
    const noise = listen(page);
    const questions: string[] = [];
    page.on('request', (request) => request.url().includes('/api/') && questions.push(request.url()));
    await new Trends(page).open([query, 'refresh=off'].filter(Boolean).join('&'));
    await page.getByRole('button', { name: 'Switch between light and dark' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', /light|dark/);
    expect(noise).toEqual([]);
    expect(questions).toEqual([]);
  });
}

test('silence: home', async ({ page }) => {
  await page.goto('/t/default');
  await expect(async () => {
    await page.getByRole('button', { name: 'Switch between light and dark' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', /light|dark/, { timeout: 200 });
  }).toPass();
});

test('the page carries the answer once', async ({ request }) => {
  const text = await (await request.get('/t/default/trends')).text();
  const answers = text.match(/[A-Za-z0-9+/]{2000,}={0,2}/g) ?? [];
  expect(answers.length, 'packed answers in the page').toBe(1);
});
