/**
 * Regions as pure geometry, in original image pixels. Nothing here touches the page, so the
 * same file runs under `node --test`.
 *
 * @import { Bounds, Point, Region, Size } from '../types.js'
 */
import { clamp, clampPoint, hundredths } from './points.js';

/** Smallest side, in pixels, that a box or an ellipse may be given by the rater. */
const SMALLEST_SIDE_PX = 1;

/** @type {(region: Region) => Bounds} */
export function bounds(region) {
  if (region.type === 'point') return { x: region.x, y: region.y, width: 0, height: 0 };
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
  if (region.type === 'point') return [[region.x, region.y]];
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
  if (region.type === 'point') return 0;
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

/** Move regions together by (dx, dy), as far as the image's edge lets all of them go; they keep
 * their sizes. @type {(regions: Region[], dx: number, dy: number, image: Size) => Region[]} */
export function translatedTogether(regions, dx, dy, image) {
  let [right, down] = [hundredths(dx), hundredths(dy)];
  for (const { x, y, width, height } of regions.map(bounds)) {
    // A region that already reaches over an edge may stay there, but not go further.
    right = clamp(right, Math.min(0, -x), Math.max(0, image.width - x - width));
    down = clamp(down, Math.min(0, -y), Math.max(0, image.height - y - height));
  }
  return regions.map((region) => {
    if (region.type !== 'polygon') return { ...region, x: region.x + right, y: region.y + down };
    return { ...region, points: region.points.map(([px, py]) => [px + right, py + down]) };
  });
}

/** Move one region. @type {(region: Region, dx: number, dy: number, image: Size) => Region} */
export const translated = (region, dx, dy, image) =>
  translatedTogether([region], dx, dy, image)[0];

/**
 * Grips by which a region is reshaped; a point is moved as a whole. Box and ellipse: the eight compass points. Polygon:
 * `v<k>` moves corner k, `m<k>` inserts a corner after it.
 * @type {(region: Region) => {id: string, at: Point, inserts: boolean}[]}
 */
export function handles(region) {
  if (region.type === 'point') return [];
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
  if (region.type === 'point') return region;
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
  if (region.type === 'point') return region;
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
  if (region.type === 'point') return true;
  const { width, height } = bounds(region);
  return width >= SMALLEST_SIDE_PX && height >= SMALLEST_SIDE_PX && area(region) >= 1;
}
