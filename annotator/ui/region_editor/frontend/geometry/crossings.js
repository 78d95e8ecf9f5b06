/**
 * Outlines that cross themselves: found, and mended. Pure.
 *
 * Outlines may touch, as those along the edges of pixels do; one that crosses itself does not
 * tell inside from outside.
 *
 * @import { Point } from '../types.js'
 */
import { boundsOf, signedArea } from './shapes/shape.js';

/** Twice the area of a triangle, positive where it runs clockwise on the screen.
 * @type {(a: Point, b: Point, c: Point) => number} */
const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

/** Where two segments cross each other inside both; null where they do not.
 * @type {(a: Point, b: Point, c: Point, d: Point) => Point | null} */
export function crossing(a, b, c, d) {
  const [p, q] = [turn(c, d, a), turn(c, d, b)];
  if (p * q >= 0 || turn(a, b, c) * turn(a, b, d) >= 0) return null;
  const t = p / (p - q);
  return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
}

/** Whether a corner lies on an edge, and the outline goes through it there to the other side.
 * @type {(before: Point, corner: Point, after: Point, a: Point, b: Point) => boolean} */
function passes(before, corner, after, a, b) {
  if (turn(a, b, corner) !== 0) return false;
  const along = (corner[0] - a[0]) * (b[0] - a[0]) + (corner[1] - a[1]) * (b[1] - a[1]);
  const length = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2;
  return along > 0 && along < length && turn(a, b, before) * turn(a, b, after) < 0;
}

/** Whether two outlines that meet at a corner of both go through each other there.
 * @type {(at: Point, one: [Point, Point], two: [Point, Point]) => boolean} */
function interlaces(at, [a, b], [c, d]) {
  const angle = (/** @type {Point} */ [x, y]) => Math.atan2(y - at[1], x - at[0]);
  const begin = angle(a);
  const after = (/** @type {Point} */ point) => (angle(point) - begin + 4 * Math.PI) % (2 * Math.PI);
  const [end, ...others] = [after(b), after(c), after(d)];
  const isBetween = others.map((place) => place > 1e-12 && place < end - 1e-12);
  const isBeyond = others.map((place) => place > end + 1e-12 && place < 2 * Math.PI - 1e-12);
  return (isBetween[0] && isBeyond[1]) || (isBetween[1] && isBeyond[0]);
}

/** Whether any of the rings crosses itself or another. @type {(rings: Point[][]) => boolean} */
export function crosses(rings) {
  const edges = rings.flatMap((ring) => ring.map((from, k) => ({
    from, to: ring[k + 1] ?? ring[0], after: ring[(k + 2) % ring.length],
    box: boundsOf([from, ring[k + 1] ?? ring[0]]),
  })));
  edges.sort((a, b) => a.box.x - b.box.x);
  return edges.some((one, k) => {
    for (let other = k + 1; other < edges.length; other += 1) {
      const two = edges[other];
      if (two.box.x > one.box.x + one.box.width) return false;
      if (two.box.y > one.box.y + one.box.height || one.box.y > two.box.y + two.box.height) continue;
      if (crossing(one.from, one.to, two.from, two.to)
        || passes(one.from, one.to, one.after, two.from, two.to)
        || passes(two.from, two.to, two.after, one.from, one.to)
        || (one.to[0] === two.to[0] && one.to[1] === two.to[1]
          && interlaces(one.to, [one.from, one.after], [two.from, two.after]))) return true;
    }
    return false;
  });
}

/** Where a closed line first crosses itself. @type {(ring: Point[]) => {first: number, last: number, at: Point} | null} */
function firstCrossing(ring) {
  for (let last = 2; last < ring.length; last += 1) {
    for (let first = 0; first < last - 1; first += 1) {
      const at = crossing(ring[first], ring[first + 1], ring[last], ring[last + 1] ?? ring[0]);
      if (at) return { first, last, at };
    }
  }
  return null;
}

/** A closed line without the loops it made: wherever it crosses itself, the smaller part is cut
 * off. @type {(ring: Point[]) => Point[]} */
export function withoutLoops(ring) {
  let kept = ring;
  for (let found = firstCrossing(kept); found; found = firstCrossing(kept)) {
    const { first, last, at } = found;
    const loop = [at, ...kept.slice(first + 1, last + 1)];
    const rest = [...kept.slice(0, first + 1), at, ...kept.slice(last + 1)];
    kept = Math.abs(signedArea(loop)) > Math.abs(signedArea(rest)) ? loop : rest;
  }
  return kept;
}
