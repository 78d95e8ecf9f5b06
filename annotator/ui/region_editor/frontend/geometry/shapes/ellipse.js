/**
 * The upright ellipse, given by the box around it.
 *
 * @import { Bounds, Point } from '../../types.js'
 * @import { Shape } from './shape.js'
 *
 * @typedef {{type: 'ellipse'} & Bounds} Ellipse
 */
import { blank } from '../masks/bitmaps.js';
import { pixelFrame } from '../masks/edges.js';
import { inFrame } from './box.js';
import { boundsOf, hasExtent } from './shape.js';

/** Sides of the polygon that stands for an ellipse; as in Python. */
const SIDES = 64;

/** @type {(ellipse: Ellipse) => Point[][]} */
const rings = ({ x, y, width, height }) => [Array.from({ length: SIDES }, (_, k) => {
  const angle = (2 * Math.PI * k) / SIDES;
  return [x + (width / 2) * (1 + Math.cos(angle)), y + (height / 2) * (1 + Math.sin(angle))];
})];

/** @type {(ellipse: Ellipse) => number} */
const area = ({ width, height }) => (Math.PI * width * height) / 4;

/** @type {(ellipse: Ellipse, point: Point) => boolean} */
const contains = ({ x, y, width, height }, [px, py]) => (
  ((px - x) / width - 0.5) ** 2 + ((py - y) / height - 0.5) ** 2 <= 0.25);

/** @type {Shape<Ellipse>} */
export const ellipse = {
  ...inFrame(rings),
  area,
  pixels(region, image) {
    const bitmap = blank(pixelFrame([[[region.x, region.y], [region.x + region.width, region.y + region.height]]], image));
    bitmap.pixels.forEach((_, k) => {
      const [row, column] = [Math.floor(k / bitmap.width), k % bitmap.width];
      if (contains(region, [bitmap.x + column + 0.5, bitmap.y + row + 0.5])) bitmap.pixels[k] = 1;
    });
    return bitmap;
  },
  contains,
  path({ x, y, width, height }) {
    const [rx, ry] = [width / 2, height / 2];
    return `M${x} ${y + ry}a${rx} ${ry} 0 1 0 ${width} 0a${rx} ${ry} 0 1 0 ${-width} 0Z`;
  },
  isDrawn: (region) => hasExtent(region) && area(region) >= 1,
  form: () => 'ellipse',
  ofPart: ([outer]) => ({ type: 'ellipse', ...boundsOf(outer) }),
};
