// Looking at pixels: pictures are decoded by the browser, so that no further package is needed.
import type { Page } from '@playwright/test';

export interface Picture {
  width: number;
  height: number;
  /** Red, green, blue, opacity of each pixel. */
  data: number[];
}

/** The pixels of a PNG. */
export async function decoded(page: Page, png: Buffer): Promise<Picture> {
  const packed = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const { width, height, data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let text = '';
    for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
    return { width, height, text: btoa(text) };
  }, png.toString('base64'));
  return { width: packed.width, height: packed.height, data: [...Buffer.from(packed.text, 'base64')] };
}

/**
 * The mean height of the coloured pixels of each column, in pixels from the top, weighted by how colourful they are; nothing
 * where a column holds none. Grid and ground are grey, lines are not: this is where the line runs.
 */
export function hueProfile({ width, height, data }: Picture): (number | undefined)[] {
  return Array.from({ length: width }, (_, x) => {
    let [sum, weight] = [0, 0];
    for (let y = 0; y < height; y++) {
      const at = (y * width + x) * 4;
      const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
      const chroma = Math.max(r, g, b) - Math.min(r, g, b);
      if (chroma < 24) continue;
      sum += y * chroma;
      weight += chroma;
    }
    return weight > 0 ? sum / weight : undefined;
  });
}

/** Running mean over 17 columns: what is left of a profile when the steps of single columns are smoothed away. */
export function smooth(profile: (number | undefined)[]): (number | undefined)[] {
  return profile.map((y, x) => {
    if (y === undefined) return undefined;
    const around = profile.slice(Math.max(0, x - 8), x + 9).filter((z) => z !== undefined);
    return around.reduce((a, b) => a + b, 0) / around.length;
  });
}
