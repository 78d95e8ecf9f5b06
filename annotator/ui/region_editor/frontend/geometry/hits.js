/**
 * Which region is under a point or inside a frame. Pure.
 *
 * @import { Bounds, Point, Region } from '../types.js'
 */
import { area, bounds } from './regions.js';
import { shapeOf } from './shapes/registry.js';

/** @type {(region: Region, point: Point) => boolean} */
export const contains = (region, point) => shapeOf(region).contains(region, point);

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
      && (contains(region, point) || shapeOf(region).isNear(region, point, reach))));
  return uppermostFirst(hit, heights)[0] ?? null;
}

/** Whether a region lies wholly inside a frame. @type {(frame: Bounds, region: Region) => boolean} */
export function encloses(frame, region) {
  const { x, y, width, height } = bounds(region);
  return x >= frame.x && y >= frame.y
    && x + width <= frame.x + frame.width && y + height <= frame.y + frame.height;
}
