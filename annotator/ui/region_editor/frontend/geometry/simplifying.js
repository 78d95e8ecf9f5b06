/**
 * Outlines with fewer corners that enclose the same area: two corners become one, so that as
 * much is added as is taken away (B. J. Kronenfeld et al., "Simplification of polylines by
 * segment collapse", International Journal of Cartography 6(1), 2020). Pure.
 *
 * @import { Point } from '../types.js'
 */
import { crosses } from './crossings.js';
import { distance } from './points.js';
import { signedArea } from './shapes/shape.js';

/** Share of an outline's length by which its simplification may differ from it. */
const SIMPLIFY_SHARE = 0.005;
const LEAST_CORNERS = 4;

/** @type {(a: Point, b: Point, c: Point) => number} */
const twiceArea = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

/** Where the lines through a-b and through c-d meet; null if they are parallel.
 * @type {(a: Point, b: Point, c: Point, d: Point) => Point | null} */
function meeting(a, b, c, d) {
  const [ux, uy, vx, vy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]];
  const across = ux * vy - uy * vx;
  if (Math.abs(across) < 1e-12) return null;
  const t = ((c[0] - a[0]) * vy - (c[1] - a[1]) * vx) / across;
  return [a[0] + t * ux, a[1] + t * uy];
}

/** The corner that may stand for b and c between a and d, and the area it displaces; null where
 * there is none. @type {(a: Point, b: Point, c: Point, d: Point) => {at: Point, cost: number} | null} */
function collapsed(a, b, c, d) {
  const length = distance(a, d);
  if (length === 0) return null;
  const [ofB, ofC] = [twiceArea(a, d, b), twiceArea(a, d, c)];
  const whole = signedArea([a, b, c, d]) * 2;
  // The new corner lies on a line along a-d, as far from it as the area needs.
  const off = whole / length;
  const [nx, ny] = [(d[1] - a[1]) / length, -(d[0] - a[0]) / length];
  /** @type {[Point, Point]} */
  const level = [[a[0] + nx * off, a[1] + ny * off], [d[0] + nx * off, d[1] + ny * off]];
  const onFirst = ofB * ofC >= 0 ? Math.abs(ofB) > Math.abs(ofC) : Math.sign(ofB) === -Math.sign(whole);
  const at = onFirst ? meeting(a, b, ...level) : meeting(c, d, ...level);
  if (!at) return null;
  const [near, far] = onFirst ? [b, d] : [c, a];
  const turning = meeting(at, far, b, c);
  const cost = turning ? Math.abs(twiceArea(at, near, turning))
    : Math.abs(twiceArea(at, b, c)) + Math.abs(twiceArea(at, near, far));
  return { at, cost };
}

/**
 * A ring with fewer corners and the same area.
 * @type {(ring: Point[], tolerance: number) => Point[]}
 */
export function simplifiedRing(ring, tolerance) {
  const limit = tolerance * tolerance;
  const points = ring.slice();
  const count = points.length;
  const next = Int32Array.from(points, (_, k) => (k + 1) % count);
  const previous = Int32Array.from(points, (_, k) => (k + count - 1) % count);
  const versions = new Int32Array(count);
  const dropped = new Uint8Array(count);
  const queue = new CheapestFirst();
  /** Corner k and the one after it may become one. @param {number} k */
  const weigh = (k) => {
    const [b, c] = [k, next[k]];
    const way = collapsed(points[previous[b]], points[b], points[c], points[next[c]]);
    if (way && way.cost <= limit) queue.add({ ...way, k, versions: [versions[b], versions[c]] });
  };
  let left = count;
  /** @param {number} k */
  const drop = (k) => {
    dropped[k] = 1;
    left -= 1;
    next[previous[k]] = next[k];
    previous[next[k]] = previous[k];
  };
  points.forEach((_, k) => weigh(k));
  for (let best = queue.take(); best && left > LEAST_CORNERS; best = queue.take()) {
    const { k, at, versions: [mine, theirs] } = best;
    if (dropped[k] || dropped[next[k]] || versions[k] !== mine || versions[next[k]] !== theirs) continue;
    drop(next[k]);
    points[k] = at;
    // On a neighbour it is no corner of its own.
    const twin = [next[k], previous[k]].find((other) => distance(points[other], at) < 1e-9);
    if (twin !== undefined) drop(k);
    const middle = twin ?? k;
    const before = previous[previous[middle]];
    const touched = [before, previous[middle], middle, next[middle]];
    touched.forEach((place) => { versions[place] += 1; });
    new Set([previous[before], ...touched]).forEach(weigh);
  }
  return points.filter((_, k) => !dropped[k]);
}

/** Rings along the sides of cells of a size, with fewer corners, each with its area; as they are
 * where that would make them cross. @type {(rings: Point[][], cell: number) => Point[][]} */
export function simplifiedRings(rings, cell) {
  const simple = rings.map((ring) => {
    const length = ring.reduce((sum, point, k) => sum + distance(point, ring[k + 1] ?? ring[0]), 0);
    return simplifiedRing(ring, Math.max(cell, SIMPLIFY_SHARE * length));
  });
  return crosses(simple) ? rings : simple;
}

/** @typedef {{at: Point, cost: number, k: number, versions: [number, number]}} Collapse */

/** A queue that gives the cheapest first. */
class CheapestFirst {
  constructor() {
    /** @type {Collapse[]} */
    this.heap = [];
  }

  /** @type {(one: Collapse) => void} */
  add(one) {
    const { heap } = this;
    let place = heap.push(one) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (heap[above].cost <= one.cost) break;
      heap[place] = heap[above];
      place = above;
    }
    heap[place] = one;
  }

  /** @returns {Collapse | undefined} */
  take() {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (!last || !heap.length) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1].cost < heap[below].cost) below += 1;
      if (heap[below].cost >= last.cost) break;
      heap[place] = heap[below];
      place = below;
    }
    heap[place] = last;
    return first;
  }
}
