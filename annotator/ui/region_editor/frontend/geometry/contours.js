/**
 * Outlines in a grid of values: where a map crosses a level, and the part of it around a
 * region. Pure; the grid covers the whole image at any resolution.
 *
 * @import { Bounds, Point, Size } from '../types.js'
 *
 * @typedef {{values: Uint8Array, width: number, height: number}} Grid
 */
import { islandAt } from './masks/islands.js';
import { ringsOf } from './masks/edges.js';
import { clamp } from './points.js';

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
 * to: its outlines in image pixels along the cells, the outer one first, and a cell's size; null
 * where nothing of the region reaches it.
 * @param {Grid} grid  @param {number} level  @param {Bounds} around  in image pixels
 * @param {Size} image
 * @returns {{rings: Point[][], cell: number} | null}
 */
export function partAround(grid, level, around, image) {
  const { width, height, values } = grid;
  const seed = strongestIn(grid, around, image);
  if (seed === null || values[seed] < Math.max(1, level)) return null;
  const pixels = values.map((value) => (value >= Math.max(1, level) ? 1 : 0));
  const part = islandAt({ x: 0, y: 0, width, height, pixels }, seed);
  const [across, down] = [image.width / width, image.height / height];
  const rings = ringsOf(part).map((ring) => ring.map(([x, y]) => /** @type {Point} */ ([x * across, y * down])));
  return { rings, cell: Math.sqrt(across * down) };
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
