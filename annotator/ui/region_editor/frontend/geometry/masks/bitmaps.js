/**
 * Pixels of masks: a window of the image with a byte for each pixel, 1 where the mask is. Pure.
 *
 * @import { Bounds } from '../../types.js'
 *
 * The window and its pixels, row by row. Whoever changes `pixels` made them.
 * @typedef {Bounds & {pixels: Uint8Array}} Bitmap
 *
 * What a mask says of its pixels: x, y, width and height are the tight bounds of them, `counts`
 * the run lengths of that window row by row.
 * @typedef {Bounds & {counts: string}} Packed
 */
import { packed, unpacked } from './runs.js';

/** Unpacked masks are remembered up to so many pixels altogether. */
const MOST_REMEMBERED = 48_000_000;
/** Unpacked pixels, the one used last at the end. A mask that is moved keeps its counts.
 * @type {Map<string, {pixels: Uint8Array, width: number}>} */
const remembered = new Map();
let rememberedPixels = 0;
/** @type {WeakMap<Packed, number>} */
const areas = new WeakMap();

/** @type {(bounds: Bounds) => Bitmap} */
export const blank = ({ x, y, width, height }) => ({ x, y, width, height, pixels: new Uint8Array(width * height) });

/** How many pixels a mask has. @type {(mask: Packed) => number} */
export function areaOf(mask) {
  const known = areas.get(mask);
  if (known !== undefined) return known;
  const area = unpacked(mask.counts).reduce((sum, run, k) => (k % 2 ? sum + run : sum), 0);
  areas.set(mask, area);
  return area;
}

/** The pixels of what is packed; they are not to be changed. @type {(mask: Packed) => Bitmap} */
export function unpack({ x, y, width, height, counts }) {
  const known = remembered.get(counts);
  if (known?.width === width && known.pixels.length === width * height) {
    remembered.delete(counts);
    remembered.set(counts, known);
    return { x, y, width, height, pixels: known.pixels };
  }
  const pixels = new Uint8Array(width * height);
  let [place, value] = [0, 0];
  for (const run of unpacked(counts)) {
    if (value) pixels.fill(1, place, place + run);
    place += run;
    value = 1 - value;
  }
  remember(counts, pixels, width);
  return { x, y, width, height, pixels };
}

/** @type {(counts: string, pixels: Uint8Array, width: number) => void} */
function remember(counts, pixels, width) {
  rememberedPixels += pixels.length - (remembered.get(counts)?.pixels.length ?? 0);
  remembered.delete(counts);
  for (const [oldest, { pixels: { length } }] of remembered) {
    if (rememberedPixels <= MOST_REMEMBERED) break;
    remembered.delete(oldest);
    rememberedPixels -= length;
  }
  remembered.set(counts, { pixels, width });
}

/** The tight bounds of a bitmap's pixels, looked for inside a frame; null where there are none.
 * @type {(bitmap: Bitmap, inside?: Bounds) => Bounds | null} */
export function tightBounds(bitmap, inside = bitmap) {
  const { x, y, width, pixels } = bitmap;
  const [first, last] = [inside.x - x, inside.x - x + inside.width];
  let [left, top, right, bottom] = [last, -1, first, -1];
  for (let row = inside.y - y; row < inside.y - y + inside.height; row += 1) {
    const line = pixels.subarray(row * width + first, row * width + last);
    const from = line.indexOf(1);
    if (from < 0) continue;
    if (top < 0) top = row;
    bottom = row + 1;
    left = Math.min(left, first + from);
    right = Math.max(right, first + line.lastIndexOf(1) + 1);
  }
  return top < 0 ? null : { x: x + left, y: y + top, width: right - left, height: bottom - top };
}

/** A part of a bitmap as a bitmap of its own; outside it there is nothing.
 * @type {(bitmap: Bitmap, frame: Bounds) => Bitmap} */
export function windowOf(bitmap, frame) {
  const part = blank(frame);
  const left = Math.max(bitmap.x, frame.x);
  const right = Math.min(bitmap.x + bitmap.width, frame.x + frame.width);
  if (right <= left) return part;
  const bottom = Math.min(bitmap.y + bitmap.height, frame.y + frame.height);
  for (let y = Math.max(bitmap.y, frame.y); y < bottom; y += 1) {
    const from = (y - bitmap.y) * bitmap.width + left - bitmap.x;
    const to = (y - frame.y) * frame.width + left - frame.x;
    part.pixels.set(bitmap.pixels.subarray(from, from + right - left), to);
  }
  return part;
}

/** What a bitmap says, packed; null where it has no pixel. All its pixels are inside a frame.
 * @type {(bitmap: Bitmap, inside?: Bounds) => Packed | null} */
export function pack(bitmap, inside = bitmap) {
  const bounds = tightBounds(bitmap, inside);
  if (!bounds) return null;
  const { pixels } = windowOf(bitmap, bounds);
  /** @type {number[]} */
  const runs = [];
  for (let [place, value] = [0, 0]; place < pixels.length; value = 1 - value) {
    const next = pixels.indexOf(1 - value, place);
    const end = next < 0 ? pixels.length : next;
    runs.push(end - place);
    place = end;
  }
  const counts = packed(runs);
  remember(counts, pixels, bounds.width);
  return { ...bounds, counts };
}

/** The smallest window around two. @type {(a: Bounds, b: Bounds) => Bounds} */
export function around(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    x, y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** What two windows share; null where they do not meet. @type {(a: Bounds, b: Bounds) => Bounds | null} */
export function shared(a, b) {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** Pixels that are in one of two masks but not in both; null where there are none. Applied to
 * either it gives the other. @type {(a: Packed, b: Packed) => Packed | null} */
export function flipped(a, b) {
  const both = windowOf(unpack(a), around(a, b));
  const other = unpack(b);
  for (let row = 0; row < other.height; row += 1) {
    const to = (other.y - both.y + row) * both.width + other.x - both.x;
    const from = row * other.width;
    for (let k = 0; k < other.width; k += 1) both.pixels[to + k] ^= other.pixels[from + k];
  }
  return pack(both);
}

/** Take one bitmap's pixels out of another, which is changed; whether there was any to take.
 * @type {(from: Bitmap, taken: Bitmap) => boolean} */
export function takeOut(from, taken) {
  const common = shared(from, taken);
  if (!common) return false;
  let any = false;
  for (let y = common.y; y < common.y + common.height; y += 1) {
    const to = (y - from.y) * from.width + common.x - from.x;
    const at = (y - taken.y) * taken.width + common.x - taken.x;
    for (let k = 0; k < common.width; k += 1) {
      if (!taken.pixels[at + k] || !from.pixels[to + k]) continue;
      from.pixels[to + k] = 0;
      any = true;
    }
  }
  return any;
}
