/**
 * Masks and outlines, exactly: a mask's outlines run along the edges of its pixels, and what
 * outlines enclose are the pixels whose centre is inside. One is the other's inverse. Pure;
 * Python's twin is held against the same examples.
 *
 * @import { Bounds, Point } from '../../types.js'
 * @import { Bitmap } from './bitmaps.js'
 */
import { boundsOf } from '../shapes/shape.js';
import { blank } from './bitmaps.js';
import { islandsOf } from './islands.js';

/** Steps along the edges: east, south, west, north, the mask on the right hand. */
const [EAST, SOUTH] = [0, 1];
const STEPS = [[1, 0], [0, 1], [-1, 0], [0, -1]];
/** The pixels ahead on the left and on the right of a corner, seen along each step. */
const AHEAD = [[[0, -1], [0, 0]], [[0, 0], [-1, 0]], [[-1, 0], [-1, -1]], [[-1, -1], [0, -1]]];
/** Edges that a ring has passed, by the pixel they belong to. */
const [ABOVE, BELOW] = [1, 2];

/**
 * Outlines along the edges of pixels: outer ones clockwise on the screen, those of holes the
 * other way round, each from the leftmost of its topmost corners, and in the order of these;
 * without corners on a straight line. Pixels that touch at a corner only are apart.
 * @type {(bitmap: Bitmap) => Point[][]}
 */
export function ringsOf(bitmap) {
  const { x, y, width, height, pixels } = bitmap;
  const passed = new Uint8Array(pixels.length);
  /** @type {Point[][]} */
  const rings = [];
  const follow = (/** @type {number} */ u, /** @type {number} */ v, /** @type {number} */ heading) => {
    rings.push(ring(bitmap, passed, u, v, heading).map(([a, b]) => [a + x, b + y]));
  };
  for (let v = 0; v < height; v += 1) {
    for (let u = 0; u < width; u += 1) {
      const place = v * width + u;
      if (!pixels[place]) continue;
      const [isTop, isBottom] = [v === 0 || !pixels[place - width], v === height - 1 || !pixels[place + width]];
      if (isTop && !(passed[place] & ABOVE)) follow(u, v, EAST);
      if (isBottom && !(passed[place] & BELOW)) follow(u, v + 1, SOUTH);
    }
  }
  return rings.sort(([[a, b]], [[c, d]]) => b - d || a - c);
}

/** The ring that leaves a corner that way.
 * @type {(bitmap: Bitmap, passed: Uint8Array, u: number, v: number, heading: number) => Point[]} */
function ring({ width, height, pixels }, passed, u, v, heading) {
  const holds = (/** @type {number} */ a, /** @type {number} */ b) => (
    a >= 0 && b >= 0 && a < width && b < height && pixels[b * width + a] === 1);
  /** @type {Point[]} */
  const corners = [[u, v]];
  let [a, b, way] = [u, v, heading];
  for (;;) {
    if (way === 0) passed[b * width + a] |= ABOVE;
    else if (way === 2) passed[(b - 1) * width + a - 1] |= BELOW;
    a += STEPS[way][0];
    b += STEPS[way][1];
    const [left, right] = AHEAD[way];
    let turned = way;
    // Pixels that touch by a corner only are not connected: turn right first.
    if (!holds(a + right[0], b + right[1])) turned = (way + 1) % 4;
    else if (holds(a + left[0], b + left[1])) turned = (way + 3) % 4;
    if (a === u && b === v && turned === heading) return corners;
    if (turned !== way) corners.push([a, b]);
    way = turned;
  }
}

/**
 * The pixels whose centre an odd number of rings encloses.
 * @type {(rings: Point[][], frame: Bounds) => Bitmap}
 */
export function filledIn(rings, frame) {
  const bitmap = blank(frame);
  /** Where rings cross the middle of each row. @type {number[][]} */
  const crossed = Array.from({ length: frame.height }, () => []);
  for (const points of rings) {
    points.forEach(([ax, ay], k) => {
      const [bx, by] = points[k + 1] ?? points[0];
      const first = Math.max(frame.y, Math.ceil(Math.min(ay, by) - 0.5));
      const last = Math.min(frame.y + frame.height, Math.ceil(Math.max(ay, by) - 0.5));
      for (let row = first; row < last; row += 1) {
        crossed[row - frame.y].push(ax + ((row + 0.5 - ay) * (bx - ax)) / (by - ay));
      }
    });
  }
  const column = (/** @type {number} */ at) => (
    Math.min(frame.width, Math.max(0, Math.ceil(at - 0.5) - frame.x)));
  crossed.forEach((places, row) => {
    places.sort((a, b) => a - b);
    for (let k = 0; k + 1 < places.length; k += 2) {
      const from = row * frame.width;
      bitmap.pixels.fill(1, from + column(places[k]), from + column(places[k + 1]));
    }
  });
  return bitmap;
}

/** The window of whole pixels that rings can enclose, on an image.
 * @type {(rings: Point[][], image: {width: number, height: number}) => Bounds} */
export function pixelFrame(rings, image) {
  const { x, y, width, height } = boundsOf(rings.flat());
  const [left, top] = [Math.max(0, Math.floor(x)), Math.max(0, Math.floor(y))];
  return {
    x: left, y: top,
    width: Math.max(0, Math.min(image.width, Math.ceil(x + width)) - left),
    height: Math.max(0, Math.min(image.height, Math.ceil(y + height)) - top),
  };
}

/** The pixels of an image whose centre an odd number of rings encloses.
 * @type {(rings: Point[][], image: {width: number, height: number}) => Bitmap} */
export const filledOn = (rings, image) => filledIn(rings, pixelFrame(rings, image));

/** The outlines of each connected piece, the outer one first.
 * @type {(bitmap: Bitmap) => Point[][][]} */
export function piecesOf(bitmap) {
  const { labels } = islandsOf(bitmap);
  /** @type {Map<number, Point[][]>} */
  const pieces = new Map();
  for (const points of ringsOf(bitmap)) {
    const [[u, v], [, second]] = points;
    // A ring begins at its piece's first pixel, or below the pixel above its hole.
    const row = v - bitmap.y - (second > v ? 1 : 0);
    const piece = labels[row * bitmap.width + u - bitmap.x];
    pieces.set(piece, [...pieces.get(piece) ?? [], points]);
  }
  return [...pieces.values()];
}
