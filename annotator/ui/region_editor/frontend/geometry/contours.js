/**
 * Outlines in a grid of values: where a map crosses a level, and the part of it around a
 * region. Pure; the grid covers the whole image at any resolution.
 *
 * @import { Bounds, Point, Size } from '../types.js'
 *
 * @typedef {{values: Uint8Array, width: number, height: number}} Grid
 */
import { clamp, simplified } from './points.js';

/** Share of an outline's length that its simplification may differ by; as Python cuts maps. */
const SIMPLIFY_SHARE = 0.005;
/** Edges of a cell by which corners are crossed (top-left 8, top-right 4, bottom-right 2,
 * bottom-left 1): pairs of 0 top, 1 right, 2 bottom, 3 left. @type {[number, number][][]} */
const CROSSINGS = [
  [], [[3, 2]], [[2, 1]], [[3, 1]], [[0, 1]], [[0, 3], [2, 1]], [[0, 2]], [[0, 3]],
  [[0, 3]], [[0, 2]], [[0, 1], [3, 2]], [[0, 1]], [[3, 1]], [[2, 1]], [[3, 2]], [],
];

/**
 * Line pieces where the grid crosses a level (marching squares, interpolated), in image pixels.
 * @param {Grid} grid  @param {number} level  in the grid's values  @param {Size} image
 * @returns {[Point, Point][]}
 */
export function isoLines({ values, width, height }, level, image) {
  const [across, down] = [image.width / width, image.height / height];
  /** @type {(x: number, y: number) => Point} */
  const onImage = (x, y) => [(x + 0.5) * across, (y + 0.5) * down];
  const part = (/** @type {number} */ a, /** @type {number} */ b) => (level - a) / (b - a);
  /** @type {[Point, Point][]} */
  const pieces = [];
  for (let y = 0; y < height - 1; y += 1) {
    for (let x = 0; x < width - 1; x += 1) {
      const place = y * width + x;
      const [a, b] = [values[place], values[place + 1]];
      const [d, c] = [values[place + width], values[place + width + 1]];
      const corners = (a >= level ? 8 : 0) | (b >= level ? 4 : 0) | (c >= level ? 2 : 0) | (d >= level ? 1 : 0);
      if (corners === 0 || corners === 15) continue;
      const edge = (/** @type {number} */ k) => (
        k === 0 ? onImage(x + part(a, b), y) : k === 1 ? onImage(x + 1, y + part(b, c))
          : k === 2 ? onImage(x + part(d, c), y + 1) : onImage(x, y + part(a, d)));
      for (const [from, to] of CROSSINGS[corners]) pieces.push([edge(from), edge(to)]);
    }
  }
  return pieces;
}

/**
 * The connected part of the grid at or above a level that a region's strongest point belongs
 * to, as a simplified outline in image pixels; null where nothing of the region reaches it.
 * @param {Grid} grid  @param {number} level  @param {Bounds} around  in image pixels
 * @param {Size} image
 * @returns {Point[] | null}
 */
export function partAround(grid, level, around, image) {
  const seed = strongestIn(grid, around, image);
  if (seed === null || grid.values[seed] < Math.max(1, level)) return null;
  const part = filled(grid, seed, Math.max(1, level));
  const corners = traced(part, grid.width, seed);
  const [across, down] = [image.width / grid.width, image.height / grid.height];
  const length = corners.length;
  const turn = farthest(corners);
  // A ring is simplified as two lines between two points that both stay.
  const halves = [corners.slice(0, turn + 1), [...corners.slice(turn), corners[0]]];
  const tolerance = Math.max(0.5, SIMPLIFY_SHARE * length);
  const ring = halves.flatMap((half) => simplified(half, tolerance).slice(0, -1));
  const points = ring.length >= 3 ? ring : corners;
  return points.map(([x, y]) => [x * across, y * down]);
}

/** @type {(grid: Grid, around: Bounds, image: Size) => number | null} */
function strongestIn({ values, width, height }, around, image) {
  const [across, down] = [width / image.width, height / image.height];
  const left = clamp(Math.floor(around.x * across), 0, width - 1);
  const top = clamp(Math.floor(around.y * down), 0, height - 1);
  const right = clamp(Math.ceil((around.x + around.width) * across), left + 1, width);
  const bottom = clamp(Math.ceil((around.y + around.height) * down), top + 1, height);
  /** @type {number | null} */
  let best = null;
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const place = y * width + x;
      if (values[place] > 0 && (best === null || values[place] > values[best])) best = place;
    }
  }
  return best;
}

/** Cells connected to the seed (by sides) at or above a level. @type {(grid: Grid, seed: number, level: number) => Uint8Array} */
function filled({ values, width, height }, seed, level) {
  const part = new Uint8Array(width * height);
  const waiting = [seed];
  part[seed] = 1;
  while (waiting.length) {
    const place = /** @type {number} */ (waiting.pop());
    const x = place % width;
    for (const next of [x > 0 ? place - 1 : -1, x < width - 1 ? place + 1 : -1, place - width, place + width]) {
      if (next < 0 || next >= part.length || part[next] || values[next] < level) continue;
      part[next] = 1;
      waiting.push(next);
    }
  }
  return part;
}

/** Corners of cells along the outer edge of a part, clockwise, one a cell side.
 * @type {(part: Uint8Array, width: number, seed: number) => Point[]} */
function traced(part, width, seed) {
  const first = part.indexOf(1);
  const height = part.length / width;
  const holds = (/** @type {number} */ x, /** @type {number} */ y) => (
    x >= 0 && y >= 0 && x < width && y < height && part[y * width + x] === 1);
  const start = first < 0 ? seed : first;
  const [x0, y0] = [start % width, Math.floor(start / width)];
  /** Walk with the part on the right hand: east, south, west, north. */
  const steps = [[1, 0], [0, 1], [-1, 0], [0, -1]];
  /** The cell ahead on the left and on the right of a corner, seen along each step. */
  const ahead = [[[0, -1], [0, 0]], [[0, 0], [-1, 0]], [[-1, 0], [-1, -1]], [[-1, -1], [0, -1]]];
  /** @type {Point[]} */
  const corners = [];
  let [x, y, heading] = [x0, y0, 0];
  do {
    corners.push([x, y]);
    x += steps[heading][0];
    y += steps[heading][1];
    const [left, right] = ahead[heading].map(([dx, dy]) => holds(x + dx, y + dy));
    // Cells that touch by a corner only are not connected: turn right first.
    if (!right) heading = (heading + 1) % 4;
    else if (left) heading = (heading + 3) % 4;
  } while (x !== x0 || y !== y0 || heading !== 0);
  return corners;
}

/** Place of the corner farthest from the first. @type {(corners: Point[]) => number} */
function farthest(corners) {
  const [x, y] = corners[0];
  let [place, far] = [0, -1];
  corners.forEach(([u, v], k) => {
    const off = (u - x) ** 2 + (v - y) ** 2;
    if (off > far) [place, far] = [k, off];
  });
  return place;
}
