/**
 * Masks grown, shrunk, smoothed and filled. Pure. Outside the image there is nothing to shrink
 * from: a mask that is cut by the image's edge stays there.
 *
 * @import { Bounds, Size } from '../../types.js'
 * @import { Bitmap } from './bitmaps.js'
 */
import { blank, windowOf } from './bitmaps.js';

/** A frame wider by a margin on all sides, as far as the image goes.
 * @type {(frame: Bounds, margin: number, image: Size) => Bounds} */
export function widened({ x, y, width, height }, margin, image) {
  const [left, top] = [Math.max(0, x - margin), Math.max(0, y - margin)];
  return {
    x: left, y: top,
    width: Math.min(image.width, x + width + margin) - left,
    height: Math.min(image.height, y + height + margin) - top,
  };
}

/** Set every pixel within a distance of a pixel of a value.
 * @type {(to: Uint8Array, set: number, from: Bitmap, value: number, radius: number) => void} */
function spread(to, set, { width, height, pixels }, value, radius) {
  const reach = Array.from({ length: radius + 1 }, (_, off) => Math.floor(Math.sqrt(radius * radius - off * off)));
  for (let row = 0; row < height; row += 1) {
    const line = pixels.subarray(row * width, (row + 1) * width);
    for (let from = line.indexOf(value); from >= 0;) {
      const next = line.indexOf(1 - value, from);
      const end = next < 0 ? width : next;
      for (let other = Math.max(0, row - radius); other <= Math.min(height - 1, row + radius); other += 1) {
        const by = reach[Math.abs(other - row)];
        to.fill(set, other * width + Math.max(0, from - by), other * width + Math.min(width, end + by));
      }
      from = next < 0 ? -1 : line.indexOf(value, end);
    }
  }
}

/** All pixels within `radius` pixels of the mask. @type {(bitmap: Bitmap, radius: number, image: Size) => Bitmap} */
export function grown(bitmap, radius, image) {
  const from = windowOf(bitmap, widened(bitmap, radius, image));
  const wide = blank(from);
  spread(wide.pixels, 1, from, 1, radius);
  return wide;
}

/** The pixels farther than `radius` pixels from all that is outside.
 * @type {(bitmap: Bitmap, radius: number, image: Size) => Bitmap} */
export function shrunk(bitmap, radius, image) {
  const from = windowOf(bitmap, widened(bitmap, radius, image));
  const narrow = { ...from, pixels: from.pixels.slice() };
  spread(narrow.pixels, 0, from, 0, radius);
  return narrow;
}

/** The median of the square of 2 * radius + 1 pixels around each.
 * @type {(bitmap: Bitmap, radius: number, image: Size) => Bitmap} */
export function smoothed(bitmap, radius, image) {
  const from = windowOf(bitmap, widened(bitmap, radius, image));
  const { width, height, pixels } = from;
  const across = width + 1;
  /** Sums of all pixels above and to the left. */
  const sums = new Int32Array(across * (height + 1));
  for (let row = 0; row < height; row += 1) {
    let sum = 0;
    for (let column = 0; column < width; column += 1) {
      sum += pixels[row * width + column];
      sums[(row + 1) * across + column + 1] = sums[row * across + column + 1] + sum;
    }
  }
  const smooth = blank(from);
  for (let row = 0; row < height; row += 1) {
    const [top, bottom] = [Math.max(0, row - radius), Math.min(height, row + radius + 1)];
    for (let column = 0; column < width; column += 1) {
      const [left, right] = [Math.max(0, column - radius), Math.min(width, column + radius + 1)];
      const twice = 2 * (sums[bottom * across + right] - sums[top * across + right]
        - sums[bottom * across + left] + sums[top * across + left]);
      const half = (bottom - top) * (right - left);
      const place = row * width + column;
      smooth.pixels[place] = twice > half || (twice === half && pixels[place]) ? 1 : 0;
    }
  }
  return smooth;
}

/** The mask with all holes filled: what the outside cannot reach, corners let through.
 * @type {(bitmap: Bitmap) => Bitmap} */
export function withoutHoles(bitmap) {
  const { x, y, width: w, height: h } = bitmap;
  const { width, height, pixels } = windowOf(bitmap, { x: x - 1, y: y - 1, width: w + 2, height: h + 2 });
  const waiting = [0];
  // What is reached from outside becomes 2.
  pixels[0] = 2;
  while (waiting.length) {
    const place = /** @type {number} */ (waiting.pop());
    const column = place % width;
    for (let row = Math.max(0, place - column - width); row <= Math.min((height - 1) * width, place - column + width); row += width) {
      for (let at = Math.max(0, column - 1); at <= Math.min(width - 1, column + 1); at += 1) {
        if (pixels[row + at]) continue;
        pixels[row + at] = 2;
        waiting.push(row + at);
      }
    }
  }
  const full = { x: x - 1, y: y - 1, width, height, pixels: pixels.map((value) => (value === 2 ? 0 : 1)) };
  return windowOf(full, bitmap);
}
