// `test` on a demo plant: one for all tests of a worker, with its own Postgres and two weeks behind it.
import { Andon } from './andon.ts';
import { test as base } from './test.ts';

export { expect, listen } from './test.ts';

const nowhere = () => Promise.reject(new Error('the demo plant has no such door'));

export const test = base.extend<object, { demo: Andon }>({
  demo: [
    async ({}, use) => {
      const demo = await Andon.demo();
      await use(demo);
      await demo.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  plant: async ({ demo }, use) => use({ url: demo.url, sql: nowhere, restart: nowhere }),
});
