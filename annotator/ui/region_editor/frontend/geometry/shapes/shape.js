/**
 * What every shape says of itself, and what several of them share. Pure: original image pixels,
 * no page.
 *
 * A new shape is a module with such an object, a line in `registry.js`, and a tool to draw it.
 *
 * @import { Bitmap } from '../masks/bitmaps.js'
 * @import { Bounds, Point, Size } from '../../types.js'
 *
 * A grip by which a region is reshaped. One that `inserts` a corner is offered only where its
 * edge is long enough on the screen.
 * @typedef {{id: string, at: Point, inserts: boolean, edge?: number}} Handle
 */

/**
 * @template R
 * @typedef {object} Shape
 * @property {(region: R) => Bounds} bounds  the smallest box around it
 * @property {(region: R) => number} area  in square pixels
 * @property {(region: R) => Point[][]} rings  closed outlines: inside is what an odd number encloses
 * @property {(region: R, image: Size) => Bitmap} pixels  those of an image whose centre is inside
 * @property {(region: R, point: Point) => boolean} contains
 * @property {(region: R, point: Point, reach: number) => boolean} isNear  whether a point is within
 *   reach of its outline
 * @property {boolean} isPixels  whether it lies on whole pixels: then it moves by whole ones only
 * @property {boolean} comesInNumbers  whether one draws several in a row
 * @property {(region: R, dx: number, dy: number) => R} translated
 * @property {(region: R, width: number, height: number) => R} stretched  its bounds get this size,
 *   and keep their top-left corner
 * @property {(region: R) => Handle[]} handles
 * @property {(region: R, handle: string, to: Point, image: Size) => R} withHandleAt  a grip is
 *   dragged: sides never cross, and the region stays on the image
 * @property {(region: R, handle: string) => R} withoutHandle  a corner is taken away, if it can be
 * @property {(a: R, b: R) => boolean} same
 * @property {(region: R) => string} path  as SVG writes it; '' if it is painted as pixels
 * @property {(region: R) => boolean} isDrawn  whether it is one, and not a slip of the hand
 * @property {(region: R) => string | null} problem  why nobody can have meant it; null: it is fine
 * @property {(region: R) => string} form  in words
 * @property {(rings: Point[][], cell: number) => R | null} ofPart  what stands for a part of a map
 *   with these outlines along its cells, the outer one first
 */

/** Smallest side, in pixels, that a rater may give a region. */
export const SMALLEST_SIDE_PX = 1;

/** @type {(points: Point[]) => Bounds} */
export function boundsOf(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Area of a ring by the shoelace formula; positive if it runs clockwise on the screen.
 * @type {(ring: Point[]) => number} */
export function signedArea(ring) {
  let twice = 0;
  ring.forEach(([x, y], k) => {
    const [u, v] = ring[k + 1] ?? ring[0];
    twice += x * v - u * y;
  });
  return twice / 2;
}

/** Whether an odd number of rings encloses a point. @type {(rings: Point[][], point: Point) => boolean} */
export function isEnclosed(rings, [px, py]) {
  let inside = false;
  for (const ring of rings) {
    ring.forEach(([ax, ay], k) => {
      const [bx, by] = ring[k + 1] ?? ring[0];
      if (ay > py !== by > py && px < ax + ((py - ay) * (bx - ax)) / (by - ay)) inside = !inside;
    });
  }
  return inside;
}

/** @type {(rings: Point[][]) => string} */
export const pathOf = (rings) => rings.map((ring) => `M${ring.map((p) => p.join(' ')).join('L')}Z`).join('');

/** @type {(bounds: Bounds) => boolean} */
export const hasExtent = ({ width, height }) => width >= SMALLEST_SIDE_PX && height >= SMALLEST_SIDE_PX;
