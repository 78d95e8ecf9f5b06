/**
 * The single point.
 *
 * @import { Shape } from './shape.js'
 *
 * @typedef {{type: 'point', x: number, y: number}} Spot
 */
import { blank } from '../masks/bitmaps.js';
import { distance } from '../points.js';

/** @type {Shape<Spot>} */
export const point = {
  bounds: ({ x, y }) => ({ x, y, width: 0, height: 0 }),
  area: () => 0,
  rings: ({ x, y }) => [[[x, y]]],
  pixels: ({ x, y }) => blank({ x, y, width: 0, height: 0 }),
  contains: ({ x, y }, [px, py]) => px === x && py === y,
  isNear: ({ x, y }, at, reach) => distance([x, y], at) <= reach,
  isPixels: false,
  comesInNumbers: true,
  translated: (region, dx, dy) => ({ ...region, x: region.x + dx, y: region.y + dy }),
  stretched: (region) => region,
  handles: () => [],
  withHandleAt: (region) => region,
  withoutHandle: (region) => region,
  same: (a, b) => a.x === b.x && a.y === b.y,
  // A line without length, drawn with round ends, is a dot of the same size at every zoom.
  path: ({ x, y }) => `M${x} ${y}h0`,
  isDrawn: () => true,
  problem: () => null,
  form: () => 'point',
  ofPart: () => null,
};
