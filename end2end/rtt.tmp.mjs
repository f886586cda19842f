import { launch } from './bench/browser.mjs';
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.addInitScript(() => {
  window.WebSocket = class extends WebSocket {
    constructor(...p) { super(...p); window.sock = this; }
    send(m) { window.lastMsg = m.slice ? m.slice() : m; window.sentAt = performance.now(); super.send(m); }
  };
});
await page.goto('http://127.0.0.1:8899/t/default/trends?from=last-1h&refresh=off');
await page.locator('figure.plot.painted').nth(3).waitFor();
await page.getByRole('link', { name: '6 h', exact: true }).click();
await page.waitForTimeout(1000);
const rtts = await page.evaluate(async () => {
  const out = [];
  const keep = window.sock.onmessage; window.sock.onmessage = null;
  for (let i = 0; i < 40; i++) {
    const t = performance.now();
    const p = new Promise((r) => window.sock.addEventListener('message', () => r(performance.now() - t), { once: true }));
    window.sock.send(window.lastMsg);
    out.push(await p);
    await new Promise((r) => setTimeout(r, 20));
  }
  return out;
});
rtts.sort((a, b) => a - b);
console.log('rtt min/med/max', rtts[0].toFixed(1), rtts[20].toFixed(1), rtts[39].toFixed(1));
await browser.close();
