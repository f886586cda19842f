// The browser tests. ANDON_BIN and LEPTOS_SITE_ROOT say what is tested; CHROMIUM where the browser is.
//   ANDON_BIN=… LEPTOS_SITE_ROOT=… npx playwright test
import { defineConfig } from '@playwright/test';
import { CHROMIUM_ARGS } from './harness/chromium.mjs';
import { chromium } from './harness/environment.ts';

export default defineConfig({
  testDir: 'tests',
  globalSetup: './harness/global-setup.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  workers: 2,
  retries: 0,
  timeout: 40_000,
  // The server under test may be a debug build on a machine of two cores.
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    // Not UTC, so that a wall time that follows the browser's zone instead of the plant's is found.
    timezoneId: 'America/New_York',
    screenshot: 'only-on-failure',
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    actionTimeout: 10_000,
    launchOptions: {
      executablePath: chromium(),
      args: CHROMIUM_ARGS,
    },
  },
});
