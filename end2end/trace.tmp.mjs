import { launch } from './bench/browser.mjs';
import { readFileSync } from 'node:fs';
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.addInitScript(() => {
  window.WebSocket = class extends WebSocket {
    constructor(...p) { super(...p); this.addEventListener('message', () => performance.mark('ANSWER')); }
    send(m) { performance.mark('ASK'); super.send(m); }
  };
  addEventListener('click', () => performance.mark('CLICK'), true);
});
await page.goto('http://127.0.0.1:8899/t/default/trends?from=last-1h&refresh=off');
await page.locator('figure.plot.painted').nth(3).waitFor();
const link = (n) => page.getByRole('group', { name: 'Length of the window' }).getByRole('link', { name: n, exact: true });
for (let i = 0; i < 4; i++) { await link('6 h').click(); await page.waitForTimeout(400); await link('1 h').click(); await page.waitForTimeout(400); }
await browser.startTracing(page, { path: '/tmp/rig/trace.json', categories: ['devtools.timeline', 'blink.user_timing', 'toplevel', 'v8', 'cc', 'disabled-by-default-devtools.timeline'] });
await link('6 h').click(); await page.waitForTimeout(300);
await browser.stopTracing();
const ev = JSON.parse(readFileSync('/tmp/rig/trace.json')).traceEvents;
const click = ev.find((e) => e.name === 'CLICK').ts;
const tid = ev.find((e) => e.name === 'CLICK').tid;
const ans = ev.find((e) => e.name === 'ANSWER').ts;
console.log('ask', (ev.find((e) => e.name === 'ASK').ts - click) / 1000, 'answer', (ans - click) / 1000);
for (const e of ev.filter((e) => e.tid === tid && e.ph === 'X' && e.ts + (e.dur ?? 0) > click - 3000 && e.ts < ans + 15000 && (e.dur ?? 0) > 300).sort((a, b) => a.ts - b.ts))
  console.log(((e.ts - click) / 1000).toFixed(1).padStart(7), (e.dur / 1000).toFixed(1).padStart(6), e.name, JSON.stringify(e.args?.data?.type ?? e.args?.data?.url ?? '').slice(0, 80));
await browser.close();
