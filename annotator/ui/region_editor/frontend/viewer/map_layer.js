/**
 * How the excitation map lies over the image: which one, how strongly, in which colours, as
 * colours or as its outline, alone or beside another to compare with.
 *
 * @import { MapSource } from '../types.js'
 * @import { Ramp } from './colour_map.js'
 *
 * @typedef {'off' | 'swipe' | 'side'} Compare
 */
import { MapStore } from './map_store.js';

export const COMPARISONS = /** @type {Compare[]} */ (['off', 'swipe', 'side']);

export class MapLayer {
  /** @param {() => void} changed  called when a map has arrived or could not be had */
  constructor(changed) {
    this.store = new MapStore(changed);
    this.on = true;
    this.opacity = 0.55;
    /** @type {Ramp} */
    this.ramp = 'inferno';
    this.outlineOnly = false;
    /** Share of the map's maximum at which it is outlined: the selected region's. */
    this.threshold = 0.5;
    /** @type {MapSource | null} */
    this.source = null;
    /** The map to compare with. @type {MapSource | null} */
    this.other = null;
    /** @type {Compare} */
    this.compare = 'off';
    /** Where the swipe divides the stage, as a share of its width. */
    this.divider = 0.5;
  }

  /** @type {(source: MapSource | null, other: MapSource | null) => void} */
  show(source, other) {
    this.source = source;
    this.other = other;
    this.store.want(source);
    this.store.want(other);
  }

  get failure() {
    return this.store.failures.get(this.source?.content ?? '') ?? null;
  }

  get isLoading() {
    return this.store.loading.has(this.source?.content ?? '');
  }

  /** Whether two maps are shown at once. @returns {Compare} */
  get comparing() {
    return this.on && this.other ? this.compare : 'off';
  }

  close() {
    this.store.close();
  }
}
