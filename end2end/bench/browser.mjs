// Chromium, and what both boards are measured with: a cold page load, and clicks seen from inside the page.
import { chromium } from '@playwright/test';
import { CHROMIUM_ARGS } from '../harness/chromium.mjs';
import { repeat } from './measure.mjs';

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: CHROMIUM_ARGS });

/** A page that threw an error. */
class BrokenPage extends Error {}

/** Works on a page with an empty cache. An error in the page ends it: numbers of a broken page mean nothing. */
async function on_page(browser, url, script, work) {
  const context = await browser.newContext({ viewport: { width: 1_440, height: 1_000 }, bypassCSP: true });
  try {
    const page = await context.newPage();
    const broken = new Promise((_, reject) => page.on('pageerror', (error) => reject(new BrokenPage(`${url} broke: ${error.message}`))));
    // It may also break while nobody waits for it.
    broken.catch(() => {});
    if (script) await page.addInitScript(script);
    await page.goto(url);
    return await Promise.race([work(page), broken]);
  } finally {
    await context.close();
  }
}

/** Tries again when the page broke, and notes it in `broken`: one page in five that breaks is a result, not the end. */
export async function on_whole_page(browser, url, script, work, broken) {
  for (;;) {
    try {
      return await on_page(browser, url, script, work);
    } catch (error) {
      if (!(error instanceof BrokenPage) || broken.push(error.message) > 20) throw error;
    }
  }
}

/** First paint and the moment at which `selector` matches `wanted` times (to the frame), with what was transferred. */
export async function cold_load(browser, url, selector, wanted, runs = 15) {
  const watch = `(() => {
    const look = () => {
      if (document.querySelectorAll(${JSON.stringify(selector)}).length >= ${wanted}) window.drawn_ms = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })()`;
  const load = async (page) => {
    await page.waitForFunction('window.drawn_ms !== undefined && performance.getEntriesByName("first-contentful-paint").length > 0');
    return page.evaluate(() => {
      const html = performance.getEntriesByType('navigation')[0];
      const scripts = performance.getEntriesByType('resource').filter((r) => new URL(r.name).pathname.endsWith('.js'));
      return {
        first_paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
        drawn: window.drawn_ms,
        html_encoded: html.encodedBodySize,
        html_decoded: html.decodedBodySize,
        script_encoded: scripts.reduce((sum, script) => sum + script.encodedBodySize, 0),
      };
    });
  };
  const broken = [];
  const times = await repeat(runs, () => on_whole_page(browser, url, watch, load, broken), 2);
  return { ...times, broken };
}

/** Clicks by `click` and returns what `window.probe` saw. */
export async function probed(page, click, rest_ms = 100) {
  await page.evaluate(() => window.probe.arm());
  await click();
  const seen = await page.evaluate(() => window.probe.finished);
  if (!seen) throw new Error('after a click nothing new was drawn within 30 s');
  // What the browser still does after the frame must not run into the next click.
  await page.waitForTimeout(rest_ms);
  return seen;
}

/** Clicks `there` and back (where the page stands at first), and summarises what `window.probe` saw of the clicks there. */
export async function clicks(page, there, back, runs = 25, rest_ms = 100) {
  let last;
  const once = async () => {
    last = await probed(page, () => there.click(), rest_ms);
    await probed(page, () => back.click(), rest_ms);
    return last;
  };
  const times = await repeat(runs, once);
  return { ...times, last };
}
