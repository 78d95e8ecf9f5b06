/**
 * The shapes there are. Nothing else in the editor asks of what type a region is.
 *
 * @import { Shape } from './shape.js'
 *
 * @typedef {Parameters<(typeof SHAPES)[keyof typeof SHAPES]['bounds']>[0]} Region
 */
import { box } from './box.js';
import { ellipse } from './ellipse.js';
import { mask } from './mask.js';
import { point } from './point.js';
import { polygon } from './polygon.js';
import { rotatedBox } from './rotated_box.js';

const SHAPES = { box, ellipse, polygon, point, mask, 'rotated-box': rotatedBox };

/** @type {(region: Region) => Shape<Region>} */
export const shapeOf = (region) => /** @type {Shape<any>} */ (SHAPES[region.type]);
