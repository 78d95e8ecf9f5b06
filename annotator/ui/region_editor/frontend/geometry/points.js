/**
 * Points and lines, in original image pixels. Pure.
 *
 * @import { Point, Size } from '../types.js'
 */

/** @type {(value: number, low: number, high: number) => number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Pointer positions are kept to a hundredth of a pixel; what Python sent is never rounded.
 * @type {(value: number) => number} */
export const hundredths = (value) => Math.round(value * 100) / 100;

/** @type {(point: Point, image: Size) => Point} */
export const clampPoint = ([x, y], image) => [
  hundredths(clamp(x, 0, image.width)),
  hundredths(clamp(y, 0, image.height)),
];

/** @type {(a: Point, b: Point) => number} */
export const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);

/** Distance in pixels from a point to the segment a-b. @type {(p: Point, a: Point, b: Point) => number} */
export function toSegment(p, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const lengthSquared = dx * dx + dy * dy;
  const along = lengthSquared ? ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / lengthSquared : 0;
  const t = clamp(along, 0, 1);
  return distance(p, [a[0] + t * dx, a[1] + t * dy]);
}

/** Distance in pixels from a point to a closed line. @type {(p: Point, ring: Point[]) => number} */
export const toRing = (p, ring) => (
  ring.reduce((least, a, k) => Math.min(least, toSegment(p, a, ring[k + 1] ?? ring[0])), Infinity));

/** A freehand outline with points nearer than `tolerance` to the line left out
 * (Ramer-Douglas-Peucker). @type {(points: Point[], tolerance: number) => Point[]} */
export function simplified(points, tolerance) {
  if (points.length < 3) return points.slice();
  const [first, last] = [points[0], points[points.length - 1]];
  let [worst, far] = [0, tolerance];
  for (let k = 1; k < points.length - 1; k += 1) {
    const off = toSegment(points[k], first, last);
    if (off > far) [worst, far] = [k, off];
  }
  if (!worst) return [first, last];
  const before = simplified(points.slice(0, worst + 1), tolerance);
  return [...before.slice(0, -1), ...simplified(points.slice(worst), tolerance)];
}
