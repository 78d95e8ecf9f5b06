/**
 * Regions as pure geometry, in original image pixels. Nothing here touches the page, so the
 * same file runs under `node --test`.
 *
 * @import { Bounds, Point, Region, Size } from '../types.js'
 */

/** Smallest side, in pixels, that a box or an ellipse may be given by the rater. */
const SMALLEST_SIDE_PX = 1;

/** @type {(value: number, low: number, high: number) => number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Pointer positions are kept to a hundredth of a pixel; what Python sent is never rounded. */
const hundredths = (/** @type {number} */ value) => Math.round(value * 100) / 100;

/** @type {(point: Point, image: Size) => Point} */
export const clampPoint = ([x, y], image) => [
  hundredths(clamp(x, 0, image.width)),
  hundredths(clamp(y, 0, image.height)),
];

/** @type {(a: Point, b: Point) => number} */
export const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);

/** @type {(region: Region) => Bounds} */
export function bounds(region) {
  if (region.type !== 'polygon') {
    return { x: region.x, y: region.y, width: region.width, height: region.height };
  }
  const xs = region.points.map(([x]) => x);
  const ys = region.points.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** Corners of the outline, clockwise. @type {(region: Region) => Point[]} */
export function outline(region) {
  if (region.type === 'polygon') return region.points;
  const { x, y, width, height } = region;
  if (region.type === 'box') {
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
  }
  return Array.from({ length: 64 }, (_, k) => {
    const angle = (2 * Math.PI * k) / 64;
    return [x + (width / 2) * (1 + Math.cos(angle)), y + (height / 2) * (1 + Math.sin(angle))];
  });
}

/** Area in square pixels (polygons by the shoelace formula). @type {(region: Region) => number} */
export function area(region) {
  if (region.type === 'box') return region.width * region.height;
  if (region.type === 'ellipse') return (Math.PI * region.width * region.height) / 4;
  let twice = 0;
  region.points.forEach(([x, y], k, all) => {
    const [u, v] = all[(k + 1) % all.length];
    twice += x * v - u * y;
  });
  return Math.abs(twice) / 2;
}

/** @type {(a: Region | null, b: Region | null) => boolean} */
export function sameRegion(a, b) {
  if (!a || !b || a.type !== b.type) return a === b;
  if (a.type === 'polygon' && b.type === 'polygon') {
    return a.points.length === b.points.length
      && a.points.every((point, k) => point[0] === b.points[k][0] && point[1] === b.points[k][1]);
  }
  const [p, q] = [bounds(a), bounds(b)];
  return p.x === q.x && p.y === q.y && p.width === q.width && p.height === q.height;
}

/** Move by (dx, dy), stopping at the image's edge; the region keeps its size.
 * @type {(region: Region, dx: number, dy: number, image: Size) => Region} */
export function translated(region, dx, dy, image) {
  const { x, y, width, height } = bounds(region);
  // A region that already reaches over an edge may stay there, but not go further.
  const right = clamp(hundredths(dx), Math.min(0, -x), Math.max(0, image.width - x - width));
  const down = clamp(hundredths(dy), Math.min(0, -y), Math.max(0, image.height - y - height));
  if (region.type !== 'polygon') return { ...region, x: x + right, y: y + down };
  return { ...region, points: region.points.map(([px, py]) => [px + right, py + down]) };
}

/**
 * Grips by which a region is reshaped. Box and ellipse: the eight compass points. Polygon:
 * `v<k>` moves corner k, `m<k>` inserts a corner after it.
 * @type {(region: Region) => {id: string, at: Point, inserts: boolean}[]}
 */
export function handles(region) {
  if (region.type === 'polygon') {
    const corners = region.points.map((at, k) => ({ id: `v${k}`, at, inserts: false }));
    const middles = region.points.map(([x, y], k, all) => {
      const [u, v] = all[(k + 1) % all.length];
      return { id: `m${k}`, at: /** @type {Point} */ ([(x + u) / 2, (y + v) / 2]), inserts: true };
    });
    return [...middles, ...corners];
  }
  const { x, y, width, height } = region;
  const [cx, cy, right, bottom] = [x + width / 2, y + height / 2, x + width, y + height];
  /** @type {[string, number, number][]} */
  const compass = [
    ['n', cx, y], ['e', right, cy], ['s', cx, bottom], ['w', x, cy],
    ['nw', x, y], ['ne', right, y], ['se', right, bottom], ['sw', x, bottom],
  ];
  return compass.map(([id, px, py]) => ({ id, at: [px, py], inserts: false }));
}

/** Drag a grip to a point; sides never cross and the region stays on the image.
 * @type {(region: Region, handle: string, to: Point, image: Size) => Region} */
export function withHandleAt(region, handle, to, image) {
  const [x, y] = clampPoint(to, image);
  if (region.type === 'polygon') {
    const corner = Number(handle.slice(1));
    const points = region.points.map((point) => /** @type {Point} */ ([...point]));
    if (handle.startsWith('m')) points.splice(corner + 1, 0, [x, y]);
    else points[corner] = [x, y];
    return { ...region, points };
  }
  let [left, top] = [region.x, region.y];
  let [right, bottom] = [left + region.width, top + region.height];
  if (handle.includes('w')) left = Math.min(x, right - SMALLEST_SIDE_PX);
  if (handle.includes('e')) right = Math.max(x, left + SMALLEST_SIDE_PX);
  if (handle.includes('n')) top = Math.min(y, bottom - SMALLEST_SIDE_PX);
  if (handle.includes('s')) bottom = Math.max(y, top + SMALLEST_SIDE_PX);
  return { ...region, x: left, y: top, width: right - left, height: bottom - top };
}

/** Take a corner away; a triangle stays as it is. @type {(region: Region, k: number) => Region} */
export function withoutCorner(region, k) {
  if (region.type !== 'polygon' || region.points.length <= 3) return region;
  return { ...region, points: region.points.filter((_, index) => index !== k) };
}

/** Grow or shrink to the right and downwards.
 * @type {(region: Region, dw: number, dh: number, image: Size) => Region} */
export function resized(region, dw, dh, image) {
  const { x, y, width, height } = bounds(region);
  const wide = clamp(width + dw, SMALLEST_SIDE_PX, Math.max(SMALLEST_SIDE_PX, image.width - x));
  const high = clamp(height + dh, SMALLEST_SIDE_PX, Math.max(SMALLEST_SIDE_PX, image.height - y));
  if (region.type !== 'polygon') return { ...region, width: wide, height: high };
  const [kx, ky] = [width ? wide / width : 1, height ? high / height : 1];
  return {
    ...region,
    points: region.points.map(([px, py]) => [
      hundredths(x + (px - x) * kx),
      hundredths(y + (py - y) * ky),
    ]),
  };
}

/** The box or ellipse spanned by two points, clipped to the image.
 * @type {(type: 'box' | 'ellipse', a: Point, b: Point, image: Size) => Region} */
export function spanned(type, a, b, image) {
  const [ax, ay] = clampPoint(a, image);
  const [bx, by] = clampPoint(b, image);
  return {
    type,
    x: Math.min(ax, bx),
    y: Math.min(ay, by),
    width: hundredths(Math.abs(bx - ax)),
    height: hundredths(Math.abs(by - ay)),
  };
}

/** Whether a drawn region is one at all, and not a slip of the hand.
 * @type {(region: Region) => boolean} */
export function isDrawn(region) {
  const { width, height } = bounds(region);
  return width >= SMALLEST_SIDE_PX && height >= SMALLEST_SIDE_PX && area(region) >= 1;
}

/** @type {(region: Region, point: Point) => boolean} */
export function contains(region, [px, py]) {
  if (region.type !== 'polygon') {
    const { x, y, width, height } = region;
    if (region.type === 'box') return px >= x && px <= x + width && py >= y && py <= y + height;
    return ((px - x) / width - 0.5) ** 2 + ((py - y) / height - 0.5) ** 2 <= 0.25;
  }
  let inside = false;
  region.points.forEach(([ax, ay], k, all) => {
    const [bx, by] = all[(k + 1) % all.length];
    if (ay > py !== by > py && px < ax + ((py - ay) * (bx - ax)) / (by - ay)) inside = !inside;
  });
  return inside;
}

/** Distance in pixels from a point to the segment a-b. @type {(p: Point, a: Point, b: Point) => number} */
function toSegment(p, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const lengthSquared = dx * dx + dy * dy;
  const along = lengthSquared ? ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / lengthSquared : 0;
  const t = clamp(along, 0, 1);
  return distance(p, [a[0] + t * dx, a[1] + t * dy]);
}

/** @type {(region: Region, point: Point) => number} */
export function toOutline(region, point) {
  const corners = outline(region);
  return Math.min(...corners.map((a, k) => toSegment(point, a, corners[(k + 1) % corners.length])));
}

/** @type {(box: Bounds, point: Point, reach: number) => boolean} */
const isNear = (box, [x, y], reach) =>
  x >= box.x - reach && x <= box.x + box.width + reach
  && y >= box.y - reach && y <= box.y + box.height + reach;

/**
 * The region under a point: the smallest that holds it or whose outline is within reach, so
 * that a box inside a box can be had without moving the outer one.
 * @template {{region: Region}} T
 * @param {T[]} entries  @param {Point} point  @param {number} reach
 * @returns {T | null}
 */
export function regionAt(entries, point, reach) {
  const hit = entries.filter(({ region }) => (
    isNear(bounds(region), point, reach)
      && (contains(region, point) || toOutline(region, point) <= reach)));
  hit.sort((a, b) => area(a.region) - area(b.region));
  return hit[0] ?? null;
}

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
