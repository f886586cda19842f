// A plant on a wall: a word of one machine is one tile anew, at once, and no older answer takes it back.
import { type Configured, configured } from '../harness/configured.ts';
import { expect, test } from '../harness/test.ts';

const MACHINES = Array.from({ length: 30 }, (_, place) => `m${place}`);
const PLANT = ['[[tenant]]\nid = "default"', ...MACHINES.map((id) => `[[machine]]\nid = "${id}"\nideal_cycle = "30s"`)].join('\n');

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

test.describe('machines that are followed', () => {
  let plant: Configured;
  test.beforeAll(async () => {
    plant = await configured(PLANT);
    for (const machine of MACHINES) await plant.say(machine, [{ time: ago(20), state: 'ACTIVE' }]);
  });
  test.afterAll(() => plant.stop());

  test('what happens to one machine is asked about that machine alone, and all of it later', async ({ page }) => {
    const asked: string[] = [];
    page.on('request', (request) => request.url().includes('/api/board/plant') && asked.push(decodeURIComponent(request.url())));
    await page.goto(`${plant.url}/t/default/plant?period=day`);
    await expect(page.locator('#crumb')).toContainText('30 machines, 30 running, 0 stopped');
    // The first question of a page that has come alive.
    await expect.poll(() => asked.length).toBeGreaterThan(0);
    const others = await page.locator('#m-m8').evaluateHandle((tile) => {
      const changed: string[] = [];
      new MutationObserver((all) => changed.push(...all.map((one) => one.target.nodeName))).observe(tile, { subtree: true, childList: true, characterData: true, attributes: true });
      return changed;
    });
    const before = asked.length;
    await plant.say('m7', [{ time: ago(5), state: 'STOPPED' }]);
    await expect(page.locator('#m-m7 .state')).toHaveText('stop without reason');
    expect(asked.slice(before).some((url) => url.includes('machines[0]=m7')), `${asked.slice(before)}`).toBe(true);
    await expect(page.locator('#crumb')).toContainText('29 running, 1 stopped');
    expect((await others.jsonValue()).filter((name) => name !== 'TIME' && name !== '#text'), 'the others stay as they are').toEqual([]);
    // Sums follow, and a stop grows though nothing more is said.
    const after = asked.length;
    await expect.poll(() => asked.slice(after).some((url) => !url.includes('machines['))).toBe(true);
    await plant.say('m7', [{ time: ago(0.5), state: 'ACTIVE' }]);
    await expect(page.locator('#m-m7 .state')).toHaveText('running');
    await expect(page.locator('#crumb')).toContainText('30 running, 0 stopped');
  });

  test('an answer about all that was begun before takes nothing back', async ({ page }) => {
    await page.goto(`${plant.url}/t/default/plant?period=day`);
    const state = page.locator('#m-m9 .state');
    await expect(state).toHaveText('running');
    let held!: () => void, release!: () => void, arrived!: () => void;
    const [isHeld, isReleased, hasArrived] = [(f: () => void) => (held = f), (f: () => void) => (release = f), (f: () => void) => (arrived = f)].map((set) => new Promise<void>(set));
    // The next answer about all machines is kept back on its way.
    await page.route(
      (url) => url.pathname === '/api/board/plant' && !decodeURIComponent(url.search).includes('machines['),
      async (route) => {
        const response = await route.fetch();
        held();
        await isReleased;
        await route.fulfill({ response });
        arrived();
      },
      { times: 1 },
    );
    await isHeld;
    const said = await state.evaluateHandle((element) => {
      const texts: string[] = [];
      new MutationObserver(() => texts.push(element.textContent!)).observe(element, { subtree: true, childList: true, characterData: true });
      return texts;
    });
    await plant.say('m9', [{ time: ago(5), state: 'STOPPED' }]);
    await expect(state).toHaveText('stop without reason');
    const shown = await page.locator('#fresh time').getAttribute('data-since');
    release();
    await hasArrived;
    // It was taken in: what is shown is of a later moment.
    await expect.poll(() => page.locator('#fresh time').getAttribute('data-since')).not.toBe(shown);
    expect(await said.jsonValue()).toEqual(['stop without reason']);
  });
});
