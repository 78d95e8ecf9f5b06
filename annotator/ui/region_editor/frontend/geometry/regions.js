/**
 * What can be asked of regions, whatever their shapes. Nothing here touches the page, so the
 * same file runs under `node --test`.
 *
 * @import { Bounds, Point, Region, Size } from '../types.js'
 */
import { clamp, clampPoint, hundredths } from './points.js';
import { shapeOf } from './shapes/registry.js';
import { SMALLEST_SIDE_PX } from './shapes/shape.js';

/** @type {(region: Region) => Bounds} */
export const bounds = (region) => shapeOf(region).bounds(region);

/** Area in square pixels. @type {(region: Region) => number} */
export const area = (region) => shapeOf(region).area(region);

/** @type {(a: Region | null, b: Region | null) => boolean} */
export function sameRegion(a, b) {
  if (!a || !b || a === b) return a === b;
  return a.type === b.type && shapeOf(a).same(a, b);
}

/** Move regions together by (dx, dy), as far as the image's edge lets all of them go; they keep
 * their sizes. @type {(regions: Region[], dx: number, dy: number, image: Size) => Region[]} */
export function translatedTogether(regions, dx, dy, image) {
  const whole = regions.some((region) => shapeOf(region).isPixels);
  const nearest = whole ? Math.round : hundredths;
  let [right, down] = [nearest(dx), nearest(dy)];
  for (const { x, y, width, height } of regions.map(bounds)) {
    // A region that already reaches over an edge may stay there, but not go further.
    right = clamp(right, Math.min(0, -x), Math.max(0, image.width - x - width));
    down = clamp(down, Math.min(0, -y), Math.max(0, image.height - y - height));
  }
  if (whole) [right, down] = [Math.trunc(right), Math.trunc(down)];
  return regions.map((region) => shapeOf(region).translated(region, right, down));
}

/** Move one region. @type {(region: Region, dx: number, dy: number, image: Size) => Region} */
export const translated = (region, dx, dy, image) =>
  translatedTogether([region], dx, dy, image)[0];

/** @type {(region: Region) => import('./shapes/shape.js').Handle[]} */
export const handles = (region) => shapeOf(region).handles(region);

/** Drag a grip to a point. @type {(region: Region, handle: string, to: Point, image: Size) => Region} */
export const withHandleAt = (region, handle, to, image) =>
  shapeOf(region).withHandleAt(region, handle, to, image);

/** Take the corner at a grip away, if that can be. @type {(region: Region, handle: string) => Region} */
export const withoutHandle = (region, handle) => shapeOf(region).withoutHandle(region, handle);

/** Grow or shrink to the right and downwards.
 * @type {(region: Region, dw: number, dh: number, image: Size) => Region} */
export function resized(region, dw, dh, image) {
  const { x, y, width, height } = bounds(region);
  const wide = clamp(width + dw, SMALLEST_SIDE_PX, Math.max(SMALLEST_SIDE_PX, image.width - x));
  const high = clamp(height + dh, SMALLEST_SIDE_PX, Math.max(SMALLEST_SIDE_PX, image.height - y));
  return shapeOf(region).stretched(region, wide, high);
}

/** The box or ellipse spanned by two points, clipped to the image.
 * @template {'box' | 'ellipse'} T
 * @param {T} type  @param {Point} a  @param {Point} b  @param {Size} image */
export function spanned(type, a, b, image) {
  const [ax, ay] = clampPoint(a, image);
  const [bx, by] = clampPoint(b, image);
  return {
    type,
    x: Math.min(ax, bx),
    y: Math.min(ay, by),
    width: hundredths(Math.abs(bx - ax)),
    height: hundredths(Math.abs(by - ay)),
  };
}

/** Whether a drawn region is one at all, and not a slip of the hand.
 * @type {(region: Region) => boolean} */
export const isDrawn = (region) => shapeOf(region).isDrawn(region);
