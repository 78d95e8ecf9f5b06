/**
 * The excitation map over the image: fetched as grey values, painted once, kept by content.
 *
 * @import { MapSource } from '../types.js'
 */
import { paint } from './colour_map.js';
import { decoded, fetchPixels } from './raster.js';

const MAPS_KEPT = 24;

export class MapLayer {
  /** @param {() => void} changed  called when a map has arrived or could not be had */
  constructor(changed) {
    this.changed = changed;
    this.opacity = 0.55;
    this.on = true;
    /** @type {MapSource | null} */
    this.source = null;
    /** @type {Map<string, HTMLCanvasElement>} */
    this.painted = new Map();
    /** @type {string | null} */
    this.failure = null;
    this.loading = new AbortController();
  }

  /** @type {(source: MapSource | null) => Promise<void>} */
  async show(source) {
    if (source?.content === this.source?.content) return;
    this.source = source;
    this.failure = null;
    this.loading.abort();
    this.loading = new AbortController();
    const { signal } = this.loading;
    if (source && !this.painted.has(source.content)) {
      try {
        await this.#load(source, signal);
      } catch (fault) {
        if (signal.aborted) return;
        this.failure = `The map could not be loaded: ${/** @type {Error} */ (fault).message}.`;
      }
    }
    if (!signal.aborted) this.changed();
  }

  /** @type {(source: MapSource, signal: AbortSignal) => Promise<void>} */
  async #load({ url, content }, signal) {
    const response = await fetchPixels(url, signal);
    const context = await decoded(await response.blob());
    const { width, height } = context.canvas;
    const image = context.getImageData(0, 0, width, height);
    paint(image.data);
    context.putImageData(image, 0, 0);
    signal.throwIfAborted();
    this.painted.set(content, context.canvas);
    if (this.painted.size > MAPS_KEPT) {
      this.painted.delete(/** @type {string} */ (this.painted.keys().next().value));
    }
  }

  /** The painted map, or null where there is nothing to show. */
  get picture() {
    if (!this.on || !this.source || this.opacity === 0) return null;
    return this.painted.get(this.source.content) ?? null;
  }

  close() {
    this.loading.abort();
  }
}
