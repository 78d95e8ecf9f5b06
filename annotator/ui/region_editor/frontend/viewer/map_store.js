/**
 * The image's excitation maps: fetched once as grey values, kept by content, painted and
 * outlined when asked for.
 *
 * @import { MapSource, Size } from '../types.js'
 * @import { Grid } from '../geometry/contours.js'
 * @import { Ramp } from './colour_map.js'
 */
import { isoLines } from '../geometry/contours.js';
import { painted } from './colour_map.js';
import { canvasOf, decoded, fetchPixels } from './raster.js';

const MAPS_KEPT = 24;

/** @typedef {{grid: Grid, pictures: Map<Ramp, HTMLCanvasElement>, lines: Map<string, Path2D>}} Kept */

export class MapStore {
  /** @param {() => void} changed  called when a map has arrived or could not be had */
  constructor(changed) {
    this.changed = changed;
    /** @type {Map<string, Kept>} */
    this.kept = new Map();
    /** @type {Map<string, string>} */
    this.failures = new Map();
    /** @type {Set<string>} */
    this.loading = new Set();
    this.ends = new AbortController();
  }

  /** Fetch a map unless it is here. @type {(source: MapSource | null) => void} */
  want(source) {
    if (!source || this.kept.has(source.content) || this.loading.has(source.content)) return;
    this.loading.add(source.content);
    this.failures.delete(source.content);
    void this.#load(source).catch((/** @type {Error} */ fault) => {
      if (this.ends.signal.aborted) return;
      this.failures.set(source.content, `The map could not be loaded: ${fault.message}.`);
    }).finally(() => {
      this.loading.delete(source.content);
      if (!this.ends.signal.aborted) this.changed();
    });
  }

  /** @type {(source: MapSource) => Promise<void>} */
  async #load({ url, content }) {
    const response = await fetchPixels(url, this.ends.signal);
    const grid = await greyValues(await response.blob());
    this.kept.set(content, { grid, pictures: new Map(), lines: new Map() });
    if (this.kept.size > MAPS_KEPT) {
      this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
    }
  }

  /** @type {(source: MapSource | null) => Grid | null} */
  gridOf(source) {
    return (source && this.kept.get(source.content)?.grid) ?? null;
  }

  /** @type {(source: MapSource | null, ramp: Ramp) => HTMLCanvasElement | null} */
  pictureOf(source, ramp) {
    const kept = source && this.kept.get(source.content);
    if (!kept) return null;
    const known = kept.pictures.get(ramp);
    if (known) return known;
    const { width, height, values } = kept.grid;
    const context = canvasOf(width, height);
    context.putImageData(new ImageData(painted(values, ramp), width, height), 0, 0);
    kept.pictures.set(ramp, context.canvas);
    return context.canvas;
  }

  /** Lines where the map crosses a share of its maximum, in image pixels.
   * @type {(source: MapSource | null, share: number, image: Size) => Path2D | null} */
  linesOf(source, share, image) {
    const kept = source && this.kept.get(source.content);
    if (!kept) return null;
    const key = String(share);
    const known = kept.lines.get(key);
    if (known) return known;
    const path = new Path2D();
    for (const [[ax, ay], [bx, by]] of isoLines(kept.grid, share * 255, image)) {
      path.moveTo(ax, ay);
      path.lineTo(bx, by);
    }
    kept.lines.clear();
    kept.lines.set(key, path);
    return path;
  }

  close() {
    this.ends.abort();
  }
}

/** A grey picture's values. @type {(blob: Blob) => Promise<Grid>} */
async function greyValues(blob) {
  const context = await decoded(blob);
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  const values = new Uint8Array(width * height);
  for (let k = 0; k < values.length; k += 1) values[k] = data[4 * k];
  return { values, width, height };
}
