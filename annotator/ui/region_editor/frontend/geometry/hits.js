/**
 * Which region is under a point or inside a frame. Pure.
 *
 * @import { Bounds, Point, Region } from '../types.js'
 */
import { toSegment } from './points.js';
import { area, bounds, outline } from './regions.js';

/** @type {(region: Region, point: Point) => boolean} */
export function contains(region, [px, py]) {
  if (region.type === 'point') return px === region.x && py === region.y;
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
 * Order of lying on each other: what was lifted lies over the rest, the smaller over the larger,
 * so that a box inside a box stays in sight and can be had. The uppermost comes first.
 * @template {{id: string, region: Region}} T
 * @param {T[]} entries  @param {Map<string, number>} heights
 * @returns {T[]}
 */
export function uppermostFirst(entries, heights) {
  const height = (/** @type {T} */ { id }) => heights.get(id) ?? 0;
  return [...entries].sort((a, b) => height(b) - height(a) || area(a.region) - area(b.region));
}

/**
 * The uppermost region that holds a point or whose outline is within reach of it.
 * @template {{id: string, region: Region}} T
 * @param {T[]} entries  @param {Point} point  @param {number} reach
 * @param {Map<string, number>} heights
 * @returns {T | null}
 */
export function regionAt(entries, point, reach, heights = new Map()) {
  const hit = entries.filter(({ region }) => (
    isNear(bounds(region), point, reach)
      && (contains(region, point) || toOutline(region, point) <= reach)));
  return uppermostFirst(hit, heights)[0] ?? null;
}

/** Whether a region lies wholly inside a frame. @type {(frame: Bounds, region: Region) => boolean} */
export function encloses(frame, region) {
  const { x, y, width, height } = bounds(region);
  return x >= frame.x && y >= frame.y
    && x + width <= frame.x + frame.width && y + height <= frame.y + frame.height;
}
