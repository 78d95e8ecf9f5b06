/**
 * Masks as they are seen: for each pixel of the screen whether a mask is under it, a wash of its
 * colour inside and a line along its edge. What it costs goes by the screen, not by the mask.
 * Pure.
 *
 * @import { Bounds } from '../types.js'
 * @import { Bitmap } from '../geometry/masks/bitmaps.js'
 *
 * How image pixels lie on the screen, in device pixels.
 * @typedef {{across: number, down: number, left: number, top: number}} Placing
 *
 * @typedef {object} Look
 * @property {number} fill  as the canvas has it, alpha first; 0: none
 * @property {number} line
 * @property {number} thick  of the line, in device pixels
 * @property {boolean} dashed
 */

/** Device pixels whose middle lies in [from, to) of the image, one at least.
 * @type {(from: number, to: number, scale: number, offset: number) => [number, number]} */
function onScreen(from, to, scale, offset) {
  const first = Math.ceil(from * scale + offset - 0.5);
  const end = Math.ceil(to * scale + offset - 0.5);
  return end > first ? [first, end] : [Math.floor(from * scale + offset), Math.floor(from * scale + offset) + 1];
}

/** Where a bitmap is in a frame of the screen, a byte a pixel.
 * @type {(bitmap: Bitmap, frame: Bounds, placing: Placing) => Uint8Array} */
export function covered({ x, y, width, height, pixels }, frame, { across, down, left, top }) {
  const cover = new Uint8Array(frame.width * frame.height);
  const first = Math.max(0, Math.floor((frame.y - top) / down) - y - 1);
  const last = Math.min(height, Math.ceil((frame.y + frame.height - top) / down) - y + 1);
  const [firstColumn, lastColumn] = [
    Math.max(0, Math.floor((frame.x - left) / across) - x - 1),
    Math.min(width, Math.ceil((frame.x + frame.width - left) / across) - x + 1)];
  if (firstColumn >= lastColumn) return cover;
  for (let row = first; row < last; row += 1) {
    const [begin, end] = onScreen(y + row, y + row + 1, down, top - frame.y);
    const [upper, lower] = [Math.max(0, begin), Math.min(frame.height, end)];
    if (upper >= lower) continue;
    const line = pixels.subarray(row * width, row * width + lastColumn);
    for (let from = line.indexOf(1, firstColumn); from >= 0;) {
      const next = line.indexOf(0, from);
      const to = next < 0 ? lastColumn : next;
      const [start, stop] = onScreen(x + from, x + to, across, left - frame.x);
      if (start < frame.width && stop > 0) {
        for (let at = upper; at < lower; at += 1) {
          cover.fill(1, at * frame.width + Math.max(0, start), at * frame.width + Math.min(frame.width, stop));
        }
      }
      from = next < 0 ? -1 : line.indexOf(1, to);
    }
  }
  return cover;
}

/** The mean of two colours of the canvas. @type {(a: number, b: number) => number} */
const between = (a, b) => (((a >>> 1) & 0x7f7f7f7f) + ((b >>> 1) & 0x7f7f7f7f)) >>> 0;

/**
 * Lay a mask over what is in a frame of the screen already.
 * @param {Uint32Array} target  the frame's pixels
 * @param {Bounds} frame  in device pixels
 * @param {Placing} placing  @param {Bitmap} bitmap  @param {Look} look
 */
export function shade(target, frame, placing, bitmap, { fill, line, thick, dashed }) {
  // The line of a pixel goes by its neighbours, also by those beyond the frame.
  const wide = { x: frame.x - thick, y: frame.y - thick, width: frame.width + 2 * thick, height: frame.height + 2 * thick };
  const cover = covered(bitmap, wide, placing);
  const below = thick * wide.width;
  for (let row = 0; row < frame.height; row += 1) {
    let at = (row + thick) * wide.width + thick;
    let place = row * frame.width;
    for (let column = 0; column < frame.width; column += 1, at += 1, place += 1) {
      if (!cover[at]) continue;
      const isInside = cover[at - thick] & cover[at + thick] & cover[at - below] & cover[at + below];
      if (!isInside && !(dashed && ((frame.x + column + frame.y + row) >> 2) & 1)) target[place] = line;
      else if (fill) target[place] = target[place] ? between(target[place], fill) : fill;
    }
  }
}
