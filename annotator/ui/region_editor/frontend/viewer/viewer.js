/**
 * The image as the rater looks at it: loading it, zoom and pan, window, map, and the picture of
 * the regions. It changes nothing that is recorded.
 *
 * @import { Face } from '../actions/face_actions.js'
 * @import { Draft } from './overlay.js'
 * @import { Ramp } from './colour_map.js'
 * @import { Compare } from './map_layer.js'
 * @import { Bitmap } from '../geometry/masks/bitmaps.js'
 * @import { ShownMask } from './mask_layer.js'
 * @import { Bounds, Decision, ImageSource, Entry, Point, Region } from '../types.js'
 *
 * @typedef {{entries: Entry[], selection: Entry[], heights: Map<string, number>,
 *   faces: Face[], editable: boolean, masks: PaintedMask[]}} Scene
 * @typedef {{window: [number, number] | null, inverted: boolean}} Look
 *
 * The pixels of a region, or those that are being painted.
 * @typedef {{bitmap: Bitmap, colour: number[], decision: Decision, isStrong: boolean}} PaintedMask
 * @typedef {{on: boolean, opacity: number, ramp: Ramp, outlineOnly: boolean, threshold: number,
 *   compare: Compare, divider: number}} MapLook
 */
import { bounds } from '../geometry/regions.js';
import { canvasColour } from './label_colours.js';
import { MapLayer } from './map_layer.js';
import { MaskLayer } from './mask_layer.js';
import { Overlay } from './overlay.js';
import { Raster } from './raster.js';
import { Stage } from './stage.js';
import { View } from './view.js';

/** Opacity of masks, and how wide their lines are; of the one that is worked on. */
const [WASH, STRONG_WASH, LINE_PX, STRONG_LINE_PX] = [0.28, 0.4, 2, 3];

export class Viewer {
  /**
   * @param {object} parts
   * @param {() => Scene} parts.scene  what to draw
   * @param {() => void} parts.changed  another image or map is shown
   * @param {() => void} parts.looked  the same is looked at differently: zoom, pan, window
   * @param {() => void} parts.painted  image and regions are on the page as they are now
   * @param {() => void} parts.failed  the image cannot be had
   */
  constructor({ scene, changed, looked, painted, failed }) {
    this.scene = scene;
    this.changed = changed;
    this.looked = looked;
    this.failed = failed;
    /** Whether the regions were drawn since they last became others. */
    this.isDrawn = false;
    /** Outlines under the pointer's drag, by region. @type {Map<string, Region>} */
    this.previewed = new Map();
    /** @type {Draft | null} */
    this.drafted = null;
    /** A measured line; it stays until another is drawn. @type {Draft | null} */
    this.ruler = null;
    this.frame = 0;
    /** Whether the next frame is to draw the image, too. */
    this.repaints = false;
    /** @type {ImageSource | null} */
    this.image = null;
    this.loading = new AbortController();
    this.view = new View();
    this.raster = new Raster();
    this.maps = new MapLayer(changed);
    this.overlay = new Overlay();
    const { view, raster, maps } = this;
    this.look = { view, raster, maps, bare: false, smooth: true };
    this.masks = new MaskLayer(view);
    this.stage = new Stage(this.look, this.masks.canvas, this.overlay, () => this.moved());
    this.stage.painted = () => {
      if (this.isDrawn) painted();
    };
  }

  /** Show an image, unless it is shown already (its URL may have changed, its pixels not).
   * @type {(image: ImageSource) => Promise<void>} */
  async load(image) {
    if (image.content === this.image?.content) return;
    const kept = this.#keptFor(image);
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
      this.stage.say(`The image could not be shown: ${message}.`);
      this.failed();
      return;
    }
    this.stage.say('');
    this.ruler = null;
    if (kept === null) this.view.showImage(this.raster, this.raster.scale.aspect);
    else this.raster.lookThrough(kept);
    this.stage.setReady(image.content);
    this.changed();
  }

  /** From one frame of a file to another, zoom and pan stay, and the window if it was changed;
   * null for any other image. @type {(image: ImageSource) => Look | null} */
  #keptFor({ series, width, height }) {
    const { image, raster } = this;
    const isNeighbour = series && series === image?.series && width === image.width && height === image.height;
    return isNeighbour ? { window: raster.ownWindow, inverted: raster.inverted } : null;
  }

  /** Load an image that could not be had once more. @type {(image: ImageSource) => void} */
  retry(image) {
    if (this.image === null) void this.load(image);
  }

  /** Draw the scene in the next frame, and the image and its map too unless they are as they were.
   * @type {(asBefore?: boolean) => void} */
  schedule(asBefore = false) {
    this.repaints ||= !asBefore;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.#render());
  }

  #render() {
    this.frame = 0;
    this.isDrawn = this.raster.ready;
    const scene = this.scene();
    this.overlay.render({
      ...scene, previews: this.previewed, draft: this.drafted, ruler: this.ruler, view: this.view,
    });
    this.stage.arrange();
    const { canvas, ratio, panes } = this.stage;
    this.masks.show(this.raster.ready ? scene.masks.map((mask) => shownMask(mask, ratio)) : [], canvas, ratio, panes);
    if (this.repaints) this.stage.repaint();
    this.repaints = false;
  }

  /** The same is looked at differently. */
  moved() {
    this.schedule();
    this.looked();
  }

  /** Draw regions otherwise than they are recorded, while they are dragged.
   * @type {(regions: Map<string, Region>) => void} */
  preview(regions) {
    this.previewed = regions;
    this.schedule(true);
  }

  endPreview() {
    this.preview(new Map());
  }

  /** @type {(draft: Draft | null) => void} */
  draft(draft) {
    this.drafted = draft;
    this.schedule(true);
  }

  /** Show how large the brush is, and where; null: it is not over the image. Costs no frame.
   * @type {(at: Point | null, radius?: number) => void} */
  showBrush(at, radius = 0) {
    this.overlay.showBrush(at && this.view.toScreen(at), radius * this.view.scale, radius * this.view.down);
  }

  /** Measure from one point to another; null takes the ruler away.
   * @type {(ends: [Point, Point] | null) => void} */
  measure(ends) {
    this.ruler = ends && { measured: ends, text: this.raster.scale.lengthText(...ends) };
    this.schedule(true);
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
    this.raster.resetWindow();
    this.moved();
  }

  useFullRange() {
    this.setWindow(...this.raster.fullWindow);
  }

  /** Windows on offer, those of the file first. */
  get windows() {
    return this.raster.scale.windows;
  }

  /** @type {(place: number) => void} */
  useWindow(place) {
    const wanted = this.windows[place];
    if (wanted) this.setWindow(wanted.low, wanted.high);
  }

  /** Fit the window to what is in a part of the image. @type {(region: Region) => void} */
  fitWindow(region) {
    const { x, y, width, height } = bounds(region);
    const fitting = this.raster.windowOf({ left: x, top: y, right: x + width, bottom: y + height });
    if (fitting) this.setWindow(...fitting);
  }

  invert() {
    this.raster.invert();
    this.moved();
  }

  toggleSmoothing() {
    this.look.smooth = !this.look.smooth;
    this.moved();
  }

  // ---- the map ----------------------------------------------------------------------------

  /** Let the map lie otherwise over the image. @type {(change: Partial<MapLook>) => void} */
  setMap(change) {
    Object.assign(this.maps, change);
    this.changed();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.loading.abort();
    this.maps.close();
    this.masks.close();
    this.stage.close();
  }
}

/** @type {(mask: PaintedMask, ratio: number) => ShownMask} */
function shownMask({ bitmap, colour, decision, isStrong }, ratio) {
  const isRejected = decision === 'rejected';
  return {
    bitmap,
    fill: isRejected ? 0 : canvasColour(colour, isStrong ? STRONG_WASH : WASH),
    line: canvasColour(colour, isRejected ? 0.75 : 1),
    thick: Math.max(1, Math.round((isStrong ? STRONG_LINE_PX : LINE_PX) * ratio)),
    dashed: isRejected || decision === 'undecided',
  };
}
