// The trends board as a reader of it speaks: panels, plots, numbers, windows.
import { expect, type Locator, type Page } from '@playwright/test';

/** 01:00–02:00 of the day of the data. */
export const AN_HOUR = 'from=2024-01-15T01%3A00%3A00Z&to=2024-01-15T02%3A00%3A00Z';

export class Trends {
  constructor(readonly page: Page) {}

  /** Opens the board and waits until the browser has taken it over. */
  async open(query = ''): Promise<void> {
    const response = await this.page.goto(`/t/default/trends${query && `?${query}`}`);
    expect(response?.status()).toBe(200);
    await this.painted();
  }

  /** Every plot is drawn by the browser. */
  async painted(): Promise<void> {
    await expect(this.page.locator('figure.plot:not(.painted)')).toHaveCount(0);
    await expect(this.page.locator('figure.plot.painted')).not.toHaveCount(0);
  }

  panel(id: string): Locator {
    return this.page.locator(`section.chart[data-series=${JSON.stringify(id)}]`);
  }

  plot(id: string): Locator {
    return this.panel(id).locator('figure.plot');
  }

  rect(id: string): Locator {
    return this.plot(id).locator('.rect');
  }

  /** How many samples a panel says it shows. */
  samples(id: string): Promise<number> {
    return samples(this.panel(id));
  }

  async expectSamples(id: string, count: number): Promise<void> {
    await expect.poll(() => this.samples(id), { message: `samples of ${id}` }).toBe(count);
  }

  /** A choice in the toolbar or the side panel. */
  link(name: string | RegExp): Locator {
    return this.page.getByRole('link', { name, exact: true });
  }

  /** `from` and `to` of the address, in milliseconds. */
  window(): { from: number; to: number } {
    const { searchParams } = new URL(this.page.url());
    return { from: Date.parse(searchParams.get('from') ?? ''), to: Date.parse(searchParams.get('to') ?? '') };
  }

  /** Waits for an address with a window of instants. */
  async zoomed(before = ''): Promise<{ from: number; to: number }> {
    await expect.poll(() => new URL(this.page.url()).search).not.toBe(before);
    const window = this.window();
    expect(window.from).toBeLessThan(window.to);
    return window;
  }

  get banner(): Locator {
    return this.page.locator('.banner');
  }
}

/** The number of samples that a piece of the page speaks of. */
export async function samples(place: Locator): Promise<number> {
  const text = await place.locator('.samples').innerText();
  const count = /^([\d,]+) samples?\b/.exec(text);
  return count ? Number(count[1]!.replaceAll(',', '')) : Number.NaN;
}

/** How many pixels of a plot's line canvas are not transparent. */
export async function ink(plot: Locator): Promise<number> {
  await watchInk(plot);
  return (await inkSeen(plot.page())).now;
}

/** Looks at a plot's lines from now on, once a frame. The canvas is copied, because reading it would change how it is kept. */
export async function watchInk(plot: Locator): Promise<void> {
  await plot.locator('canvas').nth(1).evaluate((canvas: HTMLCanvasElement) => {
    const seen = { frames: 0, now: 0, least: Infinity, current: true };
    const page = window as unknown as { inkSeen?: typeof seen };
    if (page.inkSeen) page.inkSeen.current = false;
    page.inkSeen = seen;
    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;
    const look = () => {
      const { width, height } = canvas;
      Object.assign(context.canvas, { width, height });
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      seen.now = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) seen.now++;
      seen.least = Math.min(seen.least, seen.now);
      seen.frames++;
      if (seen.current) requestAnimationFrame(look);
    };
    look();
  });
}

/** What the last watch has seen: frames, coloured pixels now and in the emptiest frame. */
export function inkSeen(page: Page): Promise<{ frames: number; now: number; least: number }> {
  return page.evaluate(() => (window as unknown as { inkSeen: { frames: number; now: number; least: number } }).inkSeen);
}

/** Instants per pixel of a plot that shows a window. */
export async function scale(rect: Locator, window: { from: number; to: number }): Promise<{ left: number; middle: number; width: number; ms: number }> {
  await rect.scrollIntoViewIfNeeded();
  const box = (await rect.boundingBox())!;
  return { left: box.x, middle: box.y + box.height / 2, width: box.width, ms: (window.to - window.from) / box.width };
}

/** Counts the windows that the page asks for, whichever way. Call it before the page is opened. */
export function questions(page: Page): { count: number; byRequest: number } {
  const asked = { count: 0, byRequest: 0 };
  page.on('request', (request) => {
    if (!request.url().includes('/api/window')) return;
    asked.count++;
    asked.byRequest++;
  });
  page.on('websocket', (socket) => socket.on('framesent', () => asked.count++));
  return asked;
}

/** Call it before the page is opened; what it returns waits until the page's socket is open. */
export async function openSocket(page: Page): Promise<() => Promise<unknown>> {
  await page.addInitScript(() => {
    window.WebSocket = class extends WebSocket {
      constructor(...where: ConstructorParameters<typeof WebSocket>) {
        super(...where);
        this.addEventListener('open', () => document.documentElement.setAttribute('data-socket', 'open'));
      }
    };
  });
  return () => page.waitForFunction(() => document.documentElement.getAttribute('data-socket') === 'open');
}

/** Lets no socket pass, as some proxies do. Call it before the page is opened. */
export async function withoutSocket(page: Page): Promise<void> {
  await page.routeWebSocket('**/live', (socket) => socket.close());
}
