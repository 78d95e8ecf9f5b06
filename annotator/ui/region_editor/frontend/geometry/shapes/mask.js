/**
 * The mask: any pixels at all, as run lengths. It is painted and hit by its pixels, and has no
 * grips: it is changed by painting.
 *
 * @import { Packed } from '../masks/bitmaps.js'
 * @import { Shape } from './shape.js'
 *
 * @typedef {{type: 'mask'} & Packed} Mask
 *
 * What an act says of a mask where it sends what changed only: the pixels that flip against the
 * mask of the act with the id `changes`.
 * @typedef {Mask & {changes: string}} MaskChange
 */
import { areaOf, pack, shared, unpack, windowOf } from '../masks/bitmaps.js';
import { filledIn, pixelFrame, ringsOf } from '../masks/edges.js';
import { frameOf, sameFrame } from './box.js';

/** A finger or a small scale reaches over no more pixels than this. */
const FARTHEST_PX = 24;
const NO_EDGE = { width: Infinity, height: Infinity };

/** A mask of what is packed; null of nothing. @type {(packed: Packed | null) => Mask | null} */
export const maskOf = (packed) => packed && { type: 'mask', ...packed };

/** @type {(mask: Mask, column: number, row: number) => boolean} */
function has(mask, column, row) {
  const { x, y, width, height } = mask;
  if (column < x || row < y || column >= x + width || row >= y + height) return false;
  return unpack(mask).pixels[(row - y) * width + column - x] === 1;
}

/** @type {Shape<Mask>} */
export const mask = {
  bounds: frameOf,
  area: areaOf,
  rings: (region) => ringsOf(unpack(region)),
  pixels: (region, { width, height }) => windowOf(
    unpack(region), shared(region, { x: 0, y: 0, width, height }) ?? { ...frameOf(region), width: 0, height: 0 }),
  contains: (region, [x, y]) => has(region, Math.floor(x), Math.floor(y)),
  isNear(region, [x, y], reach) {
    const far = Math.min(FARTHEST_PX, Math.ceil(reach));
    for (let row = Math.floor(y) - far; row <= y + far; row += 1) {
      for (let column = Math.floor(x) - far; column <= x + far; column += 1) {
        if (has(region, column, row) && Math.hypot(column + 0.5 - x, row + 0.5 - y) <= reach + 0.5) return true;
      }
    }
    return false;
  },
  isPixels: true,
  comesInNumbers: true,
  translated: (region, dx, dy) => ({ ...region, x: region.x + dx, y: region.y + dy }),
  stretched(region, width, height) {
    const from = unpack(region);
    const pixels = new Uint8Array(width * height);
    for (let row = 0; row < height; row += 1) {
      const line = Math.floor(((row + 0.5) * from.height) / height) * from.width;
      for (let column = 0; column < width; column += 1) {
        pixels[row * width + column] = from.pixels[line + Math.floor(((column + 0.5) * from.width) / width)];
      }
    }
    return maskOf(pack({ x: region.x, y: region.y, width, height, pixels })) ?? region;
  },
  handles: () => [],
  withHandleAt: (region) => region,
  withoutHandle: (region) => region,
  same: (a, b) => sameFrame(a, b) && a.counts === b.counts,
  path: () => '',
  isDrawn: () => true,
  problem: () => null,
  form: (region) => `mask of ${areaOf(region)} px`,
  ofPart: (rings) => maskOf(pack(filledIn(rings, pixelFrame(rings, NO_EDGE)))),
};
