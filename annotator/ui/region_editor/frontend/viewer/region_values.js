/**
 * Mean, standard deviation, least and greatest of the stored values inside a region. Pure.
 *
 * @import { Region } from '../types.js'
 * @import { Raster } from './raster.js'
 *
 * @typedef {{mean: number, deviation: number, minimum: number, maximum: number}} Spread
 */
import { shapeOf } from '../geometry/shapes/registry.js';

/** @type {WeakMap<Region, {samples: Raster['samples'], spread: Spread | null}>} */
const known = new WeakMap();

/** Of the pixels whose centre is inside, the deviation as of a whole population; null for colours
 * and where there is no pixel. @type {(region: Region, raster: Pick<Raster, 'samples' | 'width' | 'height' | 'channels' | 'isColour'>) => Spread | null} */
export function valuesOf(region, raster) {
  if (raster.isColour) return null;
  const before = known.get(region);
  if (before?.samples === raster.samples) return before.spread;
  const spread = measured(region, raster);
  known.set(region, { samples: raster.samples, spread });
  return spread;
}

/** @type {typeof valuesOf} */
function measured(region, { samples, width, height, channels }) {
  const bitmap = shapeOf(region).pixels(region, { width, height });
  let [count, sum, squares, minimum, maximum] = [0, 0, 0, Infinity, -Infinity];
  for (let row = 0; row < bitmap.height; row += 1) {
    const from = row * bitmap.width;
    const at = (bitmap.y + row) * width + bitmap.x;
    for (let k = bitmap.pixels.indexOf(1, from); k >= 0 && k < from + bitmap.width; k += 1) {
      if (!bitmap.pixels[k]) continue;
      const value = samples[(at + k - from) * channels];
      count += 1;
      sum += value;
      squares += value * value;
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
  }
  if (!count) return null;
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)), minimum, maximum };
}
