/**
 * The upright rectangle, and what it shares with the ellipse in it.
 *
 * @import { Bounds, Point, Size } from '../../types.js'
 * @import { Handle, Shape } from './shape.js'
 *
 * @typedef {{type: 'box'} & Bounds} Box
 */
import { filledOn } from '../masks/edges.js';
import { clampPoint, toRing } from '../points.js';
import { boundsOf, hasExtent, pathOf, SMALLEST_SIDE_PX } from './shape.js';

/** @type {(region: Bounds) => Bounds} */
export const frameOf = ({ x, y, width, height }) => ({ x, y, width, height });

/** The eight compass points of a frame. @type {(frame: Bounds) => Handle[]} */
export function compass({ x, y, width, height }) {
  const [cx, cy, right, bottom] = [x + width / 2, y + height / 2, x + width, y + height];
  /** @type {[string, number, number][]} */
  const places = [
    ['n', cx, y], ['e', right, cy], ['s', cx, bottom], ['w', x, cy],
    ['nw', x, y], ['ne', right, y], ['se', right, bottom], ['sw', x, bottom],
  ];
  return places.map(([id, px, py]) => ({ id, at: [px, py], inserts: false }));
}

/** A frame with a compass point elsewhere: sides never cross.
 * @type {(frame: Bounds, handle: string, to: Point, image: Size) => Bounds} */
export function withCompassAt(frame, handle, to, image) {
  const [x, y] = clampPoint(to, image);
  let [left, top] = [frame.x, frame.y];
  let [right, bottom] = [left + frame.width, top + frame.height];
  if (handle.includes('w')) left = Math.min(x, right - SMALLEST_SIDE_PX);
  if (handle.includes('e')) right = Math.max(x, left + SMALLEST_SIDE_PX);
  if (handle.includes('n')) top = Math.min(y, bottom - SMALLEST_SIDE_PX);
  if (handle.includes('s')) bottom = Math.max(y, top + SMALLEST_SIDE_PX);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** @type {(a: Bounds, b: Bounds) => boolean} */
export const sameFrame = (a, b) => a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

/** What a box says of itself, and all that is given by one.
 * @template {Bounds} R  @param {(region: R) => Point[][]} rings */
export const inFrame = (rings) => ({
  bounds: frameOf,
  rings,
  isNear: (/** @type {R} */ region, /** @type {Point} */ point, /** @type {number} */ reach) =>
    toRing(point, rings(region)[0]) <= reach,
  isPixels: false,
  comesInNumbers: false,
  translated: (/** @type {R} */ region, /** @type {number} */ dx, /** @type {number} */ dy) =>
    ({ ...region, x: region.x + dx, y: region.y + dy }),
  stretched: (/** @type {R} */ region, /** @type {number} */ width, /** @type {number} */ height) =>
    ({ ...region, width, height }),
  handles: compass,
  withHandleAt: (/** @type {R} */ region, /** @type {string} */ handle, /** @type {Point} */ to,
    /** @type {Size} */ image) => ({ ...region, ...withCompassAt(region, handle, to, image) }),
  withoutHandle: (/** @type {R} */ region) => region,
  same: sameFrame,
  problem: () => null,
});

/** @type {(box: Box) => Point[][]} */
const rings = ({ x, y, width, height }) => [
  [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]];

/** @type {Shape<Box>} */
export const box = {
  ...inFrame(rings),
  area: ({ width, height }) => width * height,
  pixels: (region, image) => filledOn(rings(region), image),
  contains: ({ x, y, width, height }, [px, py]) => px >= x && px <= x + width && py >= y && py <= y + height,
  path: (region) => pathOf(rings(region)),
  isDrawn: hasExtent,
  form: () => 'box',
  ofPart: ([outer]) => ({ type: 'box', ...boundsOf(outer) }),
};
