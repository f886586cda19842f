// What a reader sees is what is so: a real day to the microsecond, a night that has seven hours, a machine that falls silent.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type Page } from '@playwright/test';
import { type Configured, configured } from '../harness/configured.ts';
import { expect, listen, test } from '../harness/test.ts';

const REAL_DAY = join(import.meta.dirname, '../../../shared/data/mtconnect/Mazak01-20170622-20170623.txt.xz');
/** Microseconds, known from elsewhere. */
const GOLDEN = { UNAVAILABLE: 51603651114, STOPPED: 9768789106, READY: 3460478396, ACTIVE: 13521795246, INTERRUPTED: 8027652138, FEED_HOLD: 17634000 };

const OWL = `
timezone = "Europe/Berlin"
[[tenant]]
id = "default"
timezone = "Europe/Berlin"
[[calendar]]
id = "night"
shift = [{ name = "Night", hours = "22:00-06:00" }]
[[machine]]
id = "owl"
name = "Owl"
calendar = "night"
ideal_cycle = "60s"
value = "1.00 EUR"
target = [{ oee = 100 }]
`;

const LARK = `
[[tenant]]
id = "default"
[[machine]]
id = "lark"
name = "Lark"
silence = "30s"
ideal_cycle = "60s"
`;

/** `H:MM:SS.ffffff h`, as panels show times. */
const exact = (us: number) => {
  const s = Math.floor(us / 1e6);
  const two = (n: number) => `${n}`.padStart(2, '0');
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}.${`${us % 1e6}`.padStart(6, '0')} h`;
};

/** The rows of a table with a caption, as they are read. */
const table = async (page: Page, caption: string) => {
  const rows = page.locator('#explain table').filter({ has: page.locator('caption', { hasText: caption }) }).locator('tbody tr');
  return Object.fromEntries(await rows.evaluateAll((rows) => rows.map((row) => [...row.children].slice(0, 2).map((cell) => cell.textContent!))));
};

/** The page with a script and without one. */
async function both(browser: Browser, plant: Configured, look: (page: Page) => Promise<void>): Promise<void> {
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ javaScriptEnabled, baseURL: plant.url });
    const page = await context.newPage();
    const noise = listen(page);
    await look(page);
    expect(noise.filter((line) => !line.includes('preload') && !line.includes('/pkg/'))).toEqual([]);
    await context.close();
  }
}

test('the real machine day has its golden durations in the panel', async ({ browser }) => {
  test.skip(!existsSync(REAL_DAY), 'the real day is not beside the checkout');
  const plant = await configured('[[tenant]]\nid = "default"', { Mazak01: REAL_DAY });
  try {
    await both(browser, plant, async (page) => {
      await page.goto('/t/default/machines/Mazak01?from=2017-06-22T00%3A00%3A00Z&to=2017-06-23T00%3A00%3A00Z&explain=availability');
      const golden = Object.fromEntries(Object.entries(GOLDEN).map(([word, us]) => [word, exact(us)]));
      expect(await table(page, 'own words')).toEqual(golden);
      const times = await table(page, 'Time of the window');
      expect(times['all of it']).toBe(exact(86_400e6));
      expect(times['unknown']).toBe(exact(GOLDEN.UNAVAILABLE));
      await page.locator('#explain summary').click();
      await expect(page.locator('#explain details time').first()).toHaveAttribute('datetime', '2017-06-22T00:00:00Z');
    });
  } finally {
    await plant.stop();
  }
});

test('a night shift has the hours that it has, on every screen', async ({ browser }) => {
  const log = (start: string) => {
    const at = (hours: number) => new Date(Date.parse(start) + hours * 3_600_000).toISOString();
    return [`${at(0)}|execution|ACTIVE|part_count|0`, ...[2, 4, 6, 8].map((hours) => `${at(hours)}|part_count|${hours * 40}`), `${at(12)}|execution|READY`];
  };
  const plant = await configured(OWL, { owl: [...log('2026-03-28T20:00:00Z'), ...log('2026-10-24T19:30:00Z')] });
  try {
    await both(browser, plant, async (page) => {
      for (const [name, hours, day] of [['Night, Sat 28 Mar', 7, '2026-03-28'], ['Night, Sat 24 Oct', 9, '2026-10-24']] as const) {
        // One night a day: how many there were since is told by the board itself.
        const since = Math.floor((Date.now() - Date.parse(`${day}T20:00:00Z`)) / 86_400_000);
        let back = since - 2;
        const crumb = page.locator('#crumb');
        for (; back <= since + 2; back++) {
          await page.goto(`/t/default/machines/owl?back=${Math.max(back, 0)}&explain=availability`);
          if ((await crumb.innerText()).includes(name)) break;
        }
        await expect(crumb).toContainText(`${name}, 22:00–06:00 Europe/Berlin`);
        const times = await table(page, 'Time of the window');
        expect(times, name).toEqual({ running: exact(hours * 3_600e6), 'all of it': exact(hours * 3_600e6) });
        await expect(page.locator('#explain .formula')).toContainText(`${exact(hours * 3_600e6)} / ${exact(hours * 3_600e6)} = 100.0000 %`);
        await expect(page.locator('a.card').nth(1)).toContainText(`${hours} h of ${hours} h run`);
        await expect(page.locator('#hours .over > span')).toHaveCount(hours);
        await expect(page.locator('#hours')).toContainText(`of ${hours * 60} wanted`);
        await expect(page.locator('.legend-states')).toContainText(`running ${hours}:00:00 100.0 %`);
        const planned = page.locator('#compare tbody tr').locator('td').nth(5);
        await expect(planned.first(), 'this night').toHaveText(`${hours}:00:00`);
        await expect(page.locator('#compare tbody tr').nth(1).locator('td').nth(5), 'the night before').toHaveText('8:00:00');
        // What if begins with what was.
        const cards = await page.locator('a.card .big').allInnerTexts();
        const was = await page.locator('.what-if-result tbody tr td:nth-of-type(1)').allInnerTexts();
        expect(was.map((text) => Number.parseFloat(text))).toEqual(cards.slice(0, 4).map((text) => Number.parseFloat(text)));
        await page.goto(`/t/default/plant?back=${Math.max(back, 0)}`);
        await expect(page.locator('#m-owl')).toContainText(`of ${hours * 60}`);
      }
    });
  } finally {
    await plant.stop();
  }
});

test('a machine that falls silent is unknown, and comes back', async ({ page, browser }) => {
  test.setTimeout(150_000);
  const plant = await configured(LARK);
  try {
    const from = (now: number) => (seconds: number) => new Date(now - seconds * 1_000).toISOString();
    // By one clock, or a thousandth of a second lies between two of them.
    let ago = from(Date.now());
    await plant.say('lark', [{ time: ago(600), state: 'ACTIVE', total: 0 }, { time: ago(575), alive: true }, { time: ago(550), total: 1 }]);
    const tile = page.locator('#m-lark');
    await page.goto(`${plant.url}/t/default/plant?from=now-1h`);
    await expect(tile.locator('.state')).toHaveText('unknown');
    await expect(tile).toHaveClass(/unknown/);
    await expect(tile.locator('.interval')).toContainText('% possible');
    await expect(page.locator('#crumb')).toContainText('0 running, 0 stopped, 1 unknown');
    await both(browser, plant, async (machine) => {
      await machine.goto('/t/default/machines/lark?from=now-1h&explain=availability');
      await expect(machine.locator('#crumb .state')).toContainText('unknown');
      await expect(machine.locator('a.card').first()).toContainText('% possible');
      await expect(machine.locator('#flags li').first()).toBeVisible();
      await expect(machine.locator('.legend-states .key-unknown')).toHaveCount(1);
      const times = await table(machine, 'Time of the window');
      expect(Object.keys(times)).toContain('unknown');
      expect(times['running'], 'its silence was believed for half a minute').toBe(exact(80e6));
    });
    // It speaks again, and once more some seconds ahead of our clock, so that there is time to see it.
    ago = from(Date.now());
    await plant.say('lark', [{ time: ago(0), state: 'ACTIVE', total: 1 }, { time: ago(-20), alive: true }]);
    await expect(tile.locator('.state')).toHaveText('running', { timeout: 30_000 });
    await expect(page.locator('#crumb')).toContainText('1 running, 0 stopped');
    await expect(tile.locator('.state'), 'and falls silent').toHaveText('unknown', { timeout: 90_000 });
    await expect(page.locator('#crumb')).toContainText('0 running, 0 stopped, 1 unknown');
  } finally {
    // A page that is left open looks for its server again, and says that it is gone.
    await page.goto('about:blank');
    await plant.stop();
  }
});
