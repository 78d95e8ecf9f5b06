/**
 * The image as the rater looks at it: loading it, zoom and pan, window, map, and the picture of
 * the regions. It changes nothing that is recorded.
 *
 * @import { Draft } from './overlay.js'
 * @import { Bounds, Entry, ImageSource, Point, Region } from '../types.js'
 *
 * @typedef {{entries: Entry[], selected: Entry | null, editable: boolean}} Scene
 */
import { MapLayer } from './map_layer.js';
import { Overlay } from './overlay.js';
import { Raster } from './raster.js';
import { Stage } from './stage.js';
import { View } from './view.js';

export class Viewer {
  /**
   * @param {object} parts
   * @param {() => Scene} parts.scene  what to draw
   * @param {() => void} parts.changed  another image or map is shown
   * @param {() => void} parts.looked  the same is looked at differently: zoom, pan, window
   */
  constructor({ scene, changed, looked }) {
    this.scene = scene;
    this.changed = changed;
    this.looked = looked;
    /** A region under the pointer's drag. @type {{id: string, region: Region} | null} */
    this.previewed = null;
    /** @type {Draft | null} */
    this.drafted = null;
    this.frame = 0;
    /** @type {ImageSource | null} */
    this.image = null;
    this.loading = new AbortController();
    this.view = new View();
    this.raster = new Raster();
    this.maps = new MapLayer(changed);
    this.overlay = new Overlay();
    const { view, raster, maps, overlay } = this;
    this.stage = new Stage({ view, raster, maps, overlay, moved: () => this.moved() });
  }

  /** Show an image, unless it is shown already (its URL may have changed, its pixels not).
   * @type {(image: ImageSource) => Promise<void>} */
  async load(image) {
    if (image.content === this.image?.content) return;
    this.loading.abort();
    this.loading = new AbortController();
    const { signal } = this.loading;
    this.image = image;
    this.stage.setReady(null);
    this.stage.say('Loading the image…');
    try {
      await this.raster.load(image, signal);
    } catch (fault) {
      if (signal.aborted) return;
      this.image = null;
      const { message } = /** @type {Error} */ (fault);
      this.stage.say(`The image could not be shown: ${message}. Go to another image and back.`);
      return;
    }
    this.stage.say('');
    this.view.showImage(this.raster);
    this.stage.setReady(image.content);
    this.changed();
  }

  /** Draw the scene in the next frame. */
  schedule() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.#render());
  }

  #render() {
    this.frame = 0;
    const { entries, selected, editable } = this.scene();
    this.overlay.render({
      entries,
      selected,
      preview: this.previewed,
      draft: this.drafted,
      view: this.view,
      editable: editable && selected?.decision !== 'rejected',
    });
    this.stage.repaint();
  }

  /** The same is looked at differently. */
  moved() {
    this.schedule();
    this.looked();
  }

  /** @type {(id: string, region: Region) => void} */
  preview(id, region) {
    this.previewed = { id, region };
    this.schedule();
  }

  endPreview() {
    this.previewed = null;
    this.schedule();
  }

  /** @type {(draft: Draft | null) => void} */
  draft(draft) {
    this.drafted = draft;
    this.schedule();
  }

  // ---- zoom and pan -----------------------------------------------------------------------

  /** @type {(dx: number, dy: number) => void} */
  panBy(dx, dy) {
    this.view.panBy(dx, dy);
    this.moved();
  }

  /** @type {(scale: number, at?: Point) => void} */
  zoomTo(scale, at) {
    this.view.zoomTo(scale, at);
    this.moved();
  }

  /** @type {(direction: 1 | -1) => void} */
  zoomStep(direction) {
    this.view.zoomStep(direction);
    this.moved();
  }

  fit() {
    this.view.fit();
    this.moved();
  }

  /** @type {(region: Bounds) => void} */
  reveal(region) {
    this.view.reveal(region);
    this.moved();
  }

  /** Show nothing but the image. @type {(bare: boolean) => void} */
  setBare(bare) {
    this.stage.setBare(bare);
  }

  // ---- window and level -------------------------------------------------------------------

  /** @type {(low: number, high: number) => void} */
  setWindow(low, high) {
    this.raster.setWindow(low, high);
    this.moved();
  }

  resetWindow() {
    this.setWindow(...(this.image?.window ?? this.raster.fullWindow));
  }

  useFullRange() {
    this.setWindow(...this.raster.fullWindow);
  }

  /** Use one of the image's presets. @type {(place: number) => void} */
  usePreset(place) {
    const preset = this.image?.presets[place];
    if (preset) this.setWindow(preset.low, preset.high);
  }

  invert() {
    this.raster.invert();
    this.moved();
  }

  // ---- the map ----------------------------------------------------------------------------

  /** @type {(on: boolean) => void} */
  setMapOn(on) {
    this.maps.on = on;
    this.changed();
  }

  /** @type {(opacity: number) => void} */
  setMapOpacity(opacity) {
    this.maps.opacity = opacity;
    this.changed();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.loading.abort();
    this.maps.close();
    this.stage.close();
  }
}
