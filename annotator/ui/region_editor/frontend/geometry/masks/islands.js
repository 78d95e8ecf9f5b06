/**
 * Connected pieces of masks, by the sides of pixels. Pure.
 *
 * @import { Bitmap } from './bitmaps.js'
 */
import { blank } from './bitmaps.js';

/** Visit the pixels of a value that are connected to a place by their sides.
 * @type {(bitmap: Bitmap, seed: number, value: number, seen: Int32Array | Uint8Array, mark: number) => number} */
function flood({ width, pixels }, seed, value, seen, mark) {
  const waiting = [seed];
  let count = 0;
  while (waiting.length) {
    let place = /** @type {number} */ (waiting.pop());
    if (seen[place]) continue;
    const start = place - (place % width);
    while (place > start && pixels[place - 1] === value && !seen[place - 1]) place -= 1;
    let [isOpenAbove, isOpenBelow] = [false, false];
    for (; place < start + width && pixels[place] === value && !seen[place]; place += 1) {
      seen[place] = mark;
      count += 1;
      const [above, below] = [place - width, place + width];
      const goesUp = above >= 0 && pixels[above] === value && !seen[above];
      const goesDown = below < pixels.length && pixels[below] === value && !seen[below];
      if (goesUp && !isOpenAbove) waiting.push(above);
      if (goesDown && !isOpenBelow) waiting.push(below);
      [isOpenAbove, isOpenBelow] = [goesUp, goesDown];
    }
  }
  return count;
}

/** The number (from 1) of the piece that each pixel belongs to, 0 outside, and how many pixels
 * each has. @type {(bitmap: Bitmap) => {labels: Int32Array, sizes: number[]}} */
export function islandsOf(bitmap) {
  const { pixels } = bitmap;
  const labels = new Int32Array(pixels.length);
  /** @type {number[]} */
  const sizes = [];
  for (let seed = pixels.indexOf(1); seed >= 0; seed = pixels.indexOf(1, seed + 1)) {
    if (!labels[seed]) sizes.push(flood(bitmap, seed, 1, labels, sizes.length + 1));
  }
  return { labels, sizes };
}

/** The pixels of a bitmap whose piece is kept. @type {(bitmap: Bitmap, keeps: (size: number, piece: number, sizes: number[]) => boolean) => Bitmap} */
export function withIslands(bitmap, keeps) {
  const { labels, sizes } = islandsOf(bitmap);
  const kept = Uint8Array.from([0, ...sizes.map((size, piece) => (keeps(size, piece, sizes) ? 1 : 0))]);
  const pixels = new Uint8Array(labels.length);
  for (let k = 0; k < labels.length; k += 1) pixels[k] = kept[labels[k]];
  return { ...bitmap, pixels };
}

/** @type {(bitmap: Bitmap) => Bitmap} */
export function largestIsland(bitmap) {
  let best = -1;
  return withIslands(bitmap, (size, piece, sizes) => {
    if (best < 0) best = sizes.indexOf(sizes.reduce((most, one) => Math.max(most, one), 0));
    return piece === best;
  });
}

/** The pixels with the same value that are connected to a place. @type {(bitmap: Bitmap, seed: number) => Bitmap} */
export function islandAt(bitmap, seed) {
  const part = blank(bitmap);
  flood(bitmap, seed, bitmap.pixels[seed], part.pixels, 1);
  return part;
}

/** Whether any pixel lies on the edge of a bitmap's window. @type {(bitmap: Bitmap) => boolean} */
export function touchesEdge({ width, height, pixels }) {
  if (pixels.subarray(0, width).includes(1) || pixels.subarray((height - 1) * width).includes(1)) return true;
  for (let row = 0; row < height; row += 1) {
    if (pixels[row * width] || pixels[(row + 1) * width - 1]) return true;
  }
  return false;
}
