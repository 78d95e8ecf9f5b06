/**
 * The polygon, with holes or without. Its grips are numbered through all its outlines: `v<k>`
 * moves corner k, `m<k>` inserts a corner after it.
 *
 * @import { Point } from '../../types.js'
 * @import { Handle, Shape } from './shape.js'
 *
 * @typedef {{type: 'polygon', points: Point[], holes?: Point[][]}} Polygon
 */
import { crosses } from '../crossings.js';
import { filledOn } from '../masks/edges.js';
import { clampPoint, distance, hundredths, toRing } from '../points.js';
import { simplifiedRings } from '../simplifying.js';
import { boundsOf, hasExtent, isEnclosed, pathOf, signedArea } from './shape.js';

/** @type {(polygon: Polygon) => Point[][]} */
const rings = ({ points, holes = [] }) => [points, ...holes];

/** @type {(rings: Point[][]) => Polygon} */
export const polygonOf = ([points, ...holes]) => (
  { type: 'polygon', points, ...(holes.length ? { holes } : {}) });

/** @type {(polygon: Polygon, place: (point: Point) => Point) => Polygon} */
const mapped = (polygon, place) => polygonOf(rings(polygon).map((ring) => ring.map(place)));

/** @type {(polygon: Polygon) => number} */
const area = ({ points, holes = [] }) => (
  Math.abs(signedArea(points)) - holes.reduce((sum, hole) => sum + Math.abs(signedArea(hole)), 0));

/** Change the ring that a grip belongs to; a ring made null is left out.
 * @type {(polygon: Polygon, handle: string, change: (ring: Point[], corner: number, isHole: boolean) => Point[] | null) => Polygon} */
function withRing(polygon, handle, change) {
  let corner = Number(handle.slice(1));
  return polygonOf(rings(polygon).flatMap((ring, place) => {
    const at = corner;
    corner -= ring.length;
    if (at < 0 || at >= ring.length) return [ring];
    const changed = change(ring, at, place > 0);
    return changed ? [changed] : [];
  }));
}

/** @type {(ring: Point[], from: number) => Handle[]} */
const corners = (ring, from) => ring.map((at, k) => ({ id: `v${from + k}`, at, inserts: false }));

/** @type {(ring: Point[], from: number) => Handle[]} */
const middles = (ring, from) => ring.map(([x, y], k) => {
  const [u, v] = ring[k + 1] ?? ring[0];
  return { id: `m${from + k}`, at: [(x + u) / 2, (y + v) / 2], inserts: true, edge: distance([x, y], [u, v]) };
});

/** @type {(polygon: Polygon) => Handle[]} */
function handles(polygon) {
  let from = 0;
  const begun = rings(polygon).map((ring) => {
    from += ring.length;
    return /** @type {const} */ ([ring, from - ring.length]);
  });
  return [...begun.flatMap(([ring, k]) => middles(ring, k)), ...begun.flatMap(([ring, k]) => corners(ring, k))];
}

/** @type {Shape<Polygon>} */
export const polygon = {
  bounds: ({ points }) => boundsOf(points),
  area,
  rings,
  pixels: (region, image) => filledOn(rings(region), image),
  contains: (region, point) => isEnclosed(rings(region), point),
  isNear: (region, point, reach) => rings(region).some((ring) => toRing(point, ring) <= reach),
  isPixels: false,
  comesInNumbers: false,
  translated: (region, dx, dy) => mapped(region, ([x, y]) => [x + dx, y + dy]),
  stretched(region, width, height) {
    const from = boundsOf(region.points);
    const [kx, ky] = [from.width ? width / from.width : 1, from.height ? height / from.height : 1];
    return mapped(region, ([x, y]) => (
      [hundredths(from.x + (x - from.x) * kx), hundredths(from.y + (y - from.y) * ky)]));
  },
  handles,
  withHandleAt: (region, handle, to, image) => withRing(region, handle, (ring, corner) => {
    const at = clampPoint(to, image);
    return handle.startsWith('m') ? ring.toSpliced(corner + 1, 0, at) : ring.with(corner, at);
  }),
  // A triangle stays as it is; the hole that is one goes.
  withoutHandle(region, handle) {
    if (!handle.startsWith('v')) return region;
    const isLast = Number(handle.slice(1)) < region.points.length && region.points.length <= 3;
    return isLast ? region : withRing(region, handle, (ring, corner) => (
      ring.length > 3 ? ring.toSpliced(corner, 1) : null));
  },
  same(a, b) {
    const [p, q] = [rings(a), rings(b)];
    return p.length === q.length && p.every((ring, k) => ring.length === q[k].length
      && ring.every(([x, y], place) => x === q[k][place][0] && y === q[k][place][1]));
  },
  path: (region) => pathOf(rings(region)),
  isDrawn: (region) => hasExtent(boundsOf(region.points)) && area(region) >= 1,
  problem(region) {
    const { width, height } = boundsOf(region.points);
    if (!width || !height) return 'the polygon would lie on one line and enclose nothing';
    if (crosses(rings(region))) return 'the outline would cross itself';
    return area(region) > 1e-9 * width * height ? null : 'the polygon would lie on one line and enclose nothing';
  },
  form({ points, holes = [] }) {
    const count = points.length + holes.reduce((sum, hole) => sum + hole.length, 0);
    const but = holes.length ? `, ${holes.length} ${holes.length === 1 ? 'hole' : 'holes'}` : '';
    return `${count} corners${but}`;
  },
  // Not rounded: it encloses as much as the part does.
  ofPart: (parts, cell) => polygonOf(simplifiedRings(parts, cell)),
};
