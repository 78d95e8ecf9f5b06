/**
 * Strokes of a round brush on a bitmap. Pure.
 *
 * @import { Bounds, Point } from '../../types.js'
 * @import { Bitmap } from './bitmaps.js'
 *
 * Which pixels may be painted, by column and row; null: all.
 * @typedef {((x: number, y: number) => boolean) | null} Allows
 */

/** Where a brush that goes from a to b meets the middle of a row: the ends of an interval; null
 * where it does not. @type {(a: Point, b: Point, radius: number, y: number) => [number, number] | null} */
function across(a, b, radius, y) {
  let [left, right] = [Infinity, -Infinity];
  const reach = (/** @type {number} */ from, /** @type {number} */ to) => {
    left = Math.min(left, from);
    right = Math.max(right, to);
  };
  for (const [cx, cy] of [a, b]) {
    const off = radius * radius - (y - cy) ** 2;
    if (off >= 0) reach(cx - Math.sqrt(off), cx + Math.sqrt(off));
  }
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
  if (length > 0) {
    const [nx, ny] = [(-radius * (b[1] - a[1])) / length, (radius * (b[0] - a[0])) / length];
    /** @type {Point[]} */
    const corners = [[a[0] + nx, a[1] + ny], [b[0] + nx, b[1] + ny], [b[0] - nx, b[1] - ny], [a[0] - nx, a[1] - ny]];
    corners.forEach(([px, py], k) => {
      const [qx, qy] = corners[(k + 1) % 4];
      if (py === qy || y < Math.min(py, qy) || y > Math.max(py, qy)) return;
      const at = px + ((y - py) * (qx - px)) / (qy - py);
      reach(at, at);
    });
  }
  return left <= right ? [left, right] : null;
}

/**
 * Paint (1) or erase (0) the pixels whose centre a brush passes over, and the one under its end,
 * as far as the bitmap goes. Returns the window that may have changed, or null.
 * @type {(bitmap: Bitmap, a: Point, b: Point, radius: number, value: 0 | 1, allows?: Allows) => Bounds | null}
 */
export function stroke(bitmap, a, b, radius, value, allows = null) {
  const { x, y, width, height, pixels } = bitmap;
  const top = Math.max(y, Math.floor(Math.min(a[1], b[1]) - radius));
  const bottom = Math.min(y + height, Math.ceil(Math.max(a[1], b[1]) + radius) + 1);
  let [left, right] = [x + width, x];
  for (let row = top; row < bottom; row += 1) {
    const ends = across(a, b, radius, row + 0.5);
    let [from, to] = ends ? [Math.ceil(ends[0] - 0.5), Math.floor(ends[1] - 0.5) + 1] : [Infinity, -Infinity];
    if (Math.floor(b[1]) === row) [from, to] = [Math.min(from, Math.floor(b[0])), Math.max(to, Math.floor(b[0]) + 1)];
    [from, to] = [Math.max(x, from), Math.min(x + width, to)];
    if (from >= to) continue;
    [left, right] = [Math.min(left, from), Math.max(right, to)];
    const line = (row - y) * width - x;
    if (!allows) pixels.fill(value, line + from, line + to);
    else for (let column = from; column < to; column += 1) if (allows(column, row)) pixels[line + column] = value;
  }
  return left < right ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}
