/**
 * What the rater can do with masks: paint, erase, fill, cut, grow, shrink, smooth, keep or take
 * away islands, and make outlines of them and back. Each is one step to undo.
 *
 * A label has one mask on an image: without a mask selected, painting goes on with the mask of
 * the label in use, or begins one.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Allows } from '../geometry/masks/brush.js'
 * @import { Bitmap } from '../geometry/masks/bitmaps.js'
 * @import { Bounds, Entry, Mask, Point, Region } from '../types.js'
 * @import { PaintedMask } from '../viewer/viewer.js'
 *
 * A mask while it is painted: the whole image's pixels, and where they may have changed.
 * @typedef {object} Stroke
 * @property {Entry | null} entry  null: a mask begins with it
 * @property {string} label
 * @property {Bitmap} bitmap
 * @property {Bounds | null} touched
 * @property {0 | 1} value
 *
 * @typedef {object} Options
 * @property {number} size  of the brush: its diameter in image pixels
 * @property {boolean} limited  only values within the limits are painted
 * @property {[number, number] | null} limits  in stored values; null: those of the window in use
 * @property {number} amount  pixels to grow, shrink or smooth by
 * @property {number} least  pixels of an island that stays
 * @property {'inside' | 'outside' | 'fill'} cuts  what the scissors do
 */
import { uppermostFirst } from '../geometry/hits.js';
import { around, pack, takeOut, unpack, windowOf } from '../geometry/masks/bitmaps.js';
import { stroke as brushStroke } from '../geometry/masks/brush.js';
import { filledOn, piecesOf } from '../geometry/masks/edges.js';
import { islandAt, largestIsland, touchesEdge, withIslands } from '../geometry/masks/islands.js';
import { grown, shrunk, smoothed, withoutHoles } from '../geometry/masks/morphology.js';
import { clamp } from '../geometry/points.js';
import { area } from '../geometry/regions.js';
import { maskOf } from '../geometry/shapes/mask.js';
import { polygonOf } from '../geometry/shapes/polygon.js';
import { shapeOf } from '../geometry/shapes/registry.js';
import { toolEntry } from '../input/tools.js';
import { counted } from '../panels/wording.js';
import { GREY, labelColour } from '../viewer/label_colours.js';

const KEPT_AS = 'brush';
const [SMALLEST_BRUSH_PX, LARGEST_BRUSH_PX] = [1, 800];
/** A key or a notch of the wheel makes the brush larger by this share. */
const BRUSH_STEP = 0.15;
/** @type {Options} */
const USUAL = { size: 15, limited: false, limits: null, amount: 2, least: 20, cuts: 'inside' };
/** Run lengths of more letters than these, of millions of pieces, do not fit into a message. */
const MOST_LETTERS = 3 * 2 ** 20;
/** Decisions of masks that painting goes on with, and that others take pixels from. */
const STANDING = ['added', 'accepted', 'edited'];

export class MaskActions {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Options} */
    this.options = { ...USUAL, ...editor.preferences.get(KEPT_AS, {}), limited: false, limits: null };
    /** @type {Stroke | null} */
    this.stroke = null;
  }

  /** @type {(change: Partial<Options>) => void} */
  set(change) {
    Object.assign(this.options, change);
    this.editor.preferences.set(KEPT_AS, this.options);
    this.editor.refresh();
  }

  /** Whether a tool for masks is in use. */
  get isPainting() {
    return toolEntry(this.editor.toolName).group === 'Mask';
  }

  /** The mask that is worked on: the one selected, else that of the label in use. @returns {Entry | null} */
  get target() {
    const { document, labels } = this.editor;
    const { selection } = document;
    const isPaintable = (/** @type {Entry} */ { region, decision }) => region.type === 'mask' && decision !== 'rejected';
    if (selection.length) {
      const chosen = selection[selection.length - 1];
      if (selection.length === 1 && isPaintable(chosen)) return chosen;
    }
    return [...document.entries.values()].findLast((entry) => (
      isPaintable(entry) && entry.label === labels.current && STANDING.includes(entry.decision))) ?? null;
  }

  /** @type {(label: string) => [number, number, number]} */
  colourOf(label) {
    return labelColour(this.editor.data.labels.findIndex(({ code }) => code === label));
  }

  /** Masks as they are seen, the lowest first, and the stroke that goes on. @returns {PaintedMask[]} */
  painted() {
    const { stroke, target, isPainting, editor: { document, viewer } } = this;
    const chosen = new Set(document.selectedIds);
    /** @type {PaintedMask[]} */
    const shown = uppermostFirst(document.shown, document.heights).reverse().flatMap(({ id, label, decision, region: recorded }) => {
      const region = viewer.previewed.get(id) ?? recorded;
      if (region.type !== 'mask') return [];
      const bitmap = stroke?.entry?.id === id ? stroke.bitmap : unpack(region);
      const colour = decision === 'rejected' ? GREY : this.colourOf(label);
      return { bitmap, colour, decision, isStrong: chosen.has(id) || (isPainting && target?.id === id) };
    });
    if (stroke && !stroke.entry) {
      shown.push({ bitmap: stroke.bitmap, colour: this.colourOf(stroke.label), decision: 'added', isStrong: true });
    }
    return shown;
  }

  // ---- the brush --------------------------------------------------------------------------

  /** @type {(steps: number) => void} */
  resizeBrush(steps) {
    const { size } = this.options;
    const step = Math.max(1, Math.round(size * BRUSH_STEP)) * Math.sign(steps);
    this.set({ size: clamp(size + step, SMALLEST_BRUSH_PX, LARGEST_BRUSH_PX) });
    this.editor.announce(`Brush of ${this.options.size} pixels`);
  }

  toggleLimits() {
    this.set({ limited: !this.options.limited });
    this.editor.announce(this.options.limited ? 'Paints only values within the limits' : 'Paints any value');
  }

  /** The values that are painted within limits. @returns {[number, number]} */
  get limits() {
    const [low, high] = this.options.limits ?? this.editor.viewer.raster.window;
    return [Math.round(low), Math.round(high)];
  }

  /** Take the limits over from the window in use. */
  limitToWindow() {
    this.set({ limited: true, limits: this.editor.viewer.raster.window });
  }

  /** Which pixels may be painted. @returns {Allows} */
  get #allows() {
    const { options: { limited }, limits: [low, high], editor: { viewer: { raster } } } = this;
    if (!limited) return null;
    const { samples, width, channels, isColour } = raster;
    return (x, y) => {
      const at = (y * width + x) * channels;
      const value = isColour ? (samples[at] + samples[at + 1] + samples[at + 2]) / 3 : samples[at];
      return value >= low && value <= high;
    };
  }

  /** Begin a stroke; null where there is nothing to erase from. @type {(erases: boolean) => Stroke | null} */
  begin(erases) {
    const { editor, target: entry } = this;
    if (!editor.editable) return null;
    if (erases && !entry) {
      editor.pending.tell(`There is no mask of ${editor.labels.current} to erase from. Select a mask, or choose its label.`);
      return null;
    }
    this.stroke = this.#opened(entry, erases ? 0 : 1);
    editor.viewer.schedule();
    return this.stroke;
  }

  /** @type {(entry: Entry | null, value?: 0 | 1) => Stroke} */
  #opened(entry, value = 1) {
    const { width, height } = this.editor.viewer.view.image;
    const frame = { x: 0, y: 0, width, height };
    const bitmap = windowOf(entry ? unpack(/** @type {Mask} */ (entry.region)) : { ...frame, width: 0, pixels: new Uint8Array() }, frame);
    return { entry, label: entry?.label ?? this.editor.labels.current, bitmap, touched: null, value };
  }

  /** Go on with a stroke, from one place to another. @type {(stroke: Stroke, from: Point, to: Point) => void} */
  brush(stroke, from, to) {
    const { value } = stroke;
    const changed = brushStroke(stroke.bitmap, from, to, this.options.size / 2, value, value ? this.#allows : null);
    if (!changed) return;
    stroke.touched = stroke.touched ? around(stroke.touched, changed) : changed;
    this.editor.viewer.masks.touch(changed);
  }

  /** A stroke is over: it is one step. @type {(stroke: Stroke) => void} */
  finish(stroke) {
    this.stroke = null;
    this.#take(stroke);
    this.editor.refresh();
  }

  /** A stroke is called off. */
  abandon() {
    this.stroke = null;
    this.editor.viewer.schedule();
  }

  /** Record what was painted. Returns whether anything changed. @type {(stroke: Stroke) => boolean} */
  #take({ entry, label, bitmap, touched }) {
    if (!touched) return false;
    const region = maskOf(pack(bitmap, entry ? around(touched, /** @type {Mask} */ (entry.region)) : touched));
    if (!region && !entry) return false;
    return this.#record(entry, region, label);
  }

  /** @type {(entry: Entry | null, region: Mask | null, label: string) => boolean} */
  #record(entry, region, label) {
    const { regions, document, pending } = this.editor;
    if (region && region.counts.length > MOST_LETTERS) {
      pending.tell('Not done: the mask would have too many pieces to be recorded. Narrow the limits, or paint a smaller area.');
      return false;
    }
    const changes = region ? this.#withoutOverlap(region, label, entry) : new Map();
    if (entry) changes.set(entry.id, region);
    const before = document.history.done.at(-1);
    regions.changing(() => document.repaint(changes, ...(entry || !region ? [] : [{ region, label }])));
    if (entry && !region) this.editor.announce(`The mask of ${label} has no pixels left and was deleted`);
    return document.history.done.at(-1) !== before;
  }

  /** What is left of other labels' masks where masks may not overlap.
   * @type {(painted: Mask, label: string, entry: Entry | null) => Map<string, Region | null>} */
  #withoutOverlap(painted, label, entry) {
    /** @type {Map<string, Region | null>} */
    const left = new Map();
    if (this.editor.data.masks_may_overlap !== false) return left;
    for (const other of this.editor.document.entries.values()) {
      const { region } = other;
      if (other.id === entry?.id || region.type !== 'mask' || !STANDING.includes(other.decision)) continue;
      if (other.label === label) continue;
      const pixels = windowOf(unpack(region), region);
      if (takeOut(pixels, unpack(painted))) left.set(other.id, maskOf(pack(pixels)));
    }
    return left;
  }

  // ---- fill and scissors --------------------------------------------------------------------

  /** Fill at a place: what the mask encloses, or within the limits what is connected; or take
   * the piece there away. @type {(at: Point, takes: boolean) => void} */
  fillAt([px, py], takes) {
    const { editor } = this;
    const stroke = this.#opened(this.target);
    const { bitmap } = stroke;
    const [x, y] = [Math.floor(px), Math.floor(py)];
    if (x < 0 || y < 0 || x >= bitmap.width || y >= bitmap.height || !editor.editable) return;
    const seed = y * bitmap.width + x;
    const isIn = bitmap.pixels[seed] === 1;
    if (isIn !== takes) {
      editor.pending.tell(takes ? 'There is no mask at this place to take away.' : 'This place is in the mask already.');
      return;
    }
    const allows = takes ? null : this.#allows;
    const open = allows ? { ...bitmap, pixels: bitmap.pixels.map((value, k) => (
      !value && allows(k % bitmap.width, Math.floor(k / bitmap.width)) ? 0 : 1)) } : bitmap;
    if (open.pixels[seed] !== bitmap.pixels[seed]) {
      editor.pending.tell('The value at this place is outside the limits: nothing was filled.');
      return;
    }
    const area = islandAt(open, seed);
    if (!takes && !allows && touchesEdge(area)) {
      editor.pending.tell('Nothing encloses this place: paint a closed line around it, or fill only values within limits.');
      return;
    }
    if (takes) takeOut(bitmap, area);
    else area.pixels.forEach((value, k) => { if (value) bitmap.pixels[k] = 1; });
    this.#take({ ...stroke, touched: { ...bitmap } });
    editor.refresh();
  }

  /** Cut along a line that closes itself, as the option says. @type {(line: Point[]) => void} */
  cut(line) {
    const { editor, target, options: { cuts } } = this;
    if (!editor.editable) return;
    if (!target && cuts !== 'fill') {
      editor.pending.tell(`There is no mask of ${editor.labels.current} to cut. Select a mask, or choose its label.`);
      return;
    }
    const stroke = this.#opened(target);
    const { bitmap } = stroke;
    const inside = filledOn([line], editor.viewer.view.image);
    if (cuts === 'inside') takeOut(bitmap, inside);
    else {
      const whole = windowOf(inside, bitmap);
      bitmap.pixels.forEach((value, k) => {
        bitmap.pixels[k] = cuts === 'fill' ? value | whole.pixels[k] : value & whole.pixels[k];
      });
    }
    this.#take({ ...stroke, touched: cuts === 'fill' ? inside : { ...bitmap } });
    editor.refresh();
  }

  // ---- the whole mask -----------------------------------------------------------------------

  /** Change the mask that is worked on. @type {(change: (bitmap: Bitmap) => Bitmap, done: string, nothing: string) => void} */
  #change(change, done, nothing) {
    const { editor, target } = this;
    if (!target || !editor.editable) {
      editor.pending.tell(`There is no mask of ${editor.labels.current} to change. Select a mask, or choose its label.`);
      return;
    }
    const region = maskOf(pack(change(unpack(/** @type {Mask} */ (target.region)))));
    const isChanged = this.#record(target, region, target.label);
    editor.announce(isChanged ? done : nothing);
    editor.refresh();
  }

  grow() {
    const { options: { amount }, editor: { viewer: { view } } } = this;
    this.#change((bitmap) => grown(bitmap, amount, view.image), `Grown by ${amount} px`, 'The mask cannot grow further');
  }

  shrink() {
    const { options: { amount }, editor: { viewer: { view } } } = this;
    this.#change((bitmap) => shrunk(bitmap, amount, view.image), `Shrunk by ${amount} px`, 'The mask stays as it is');
  }

  smooth() {
    const { options: { amount }, editor: { viewer: { view } } } = this;
    this.#change((bitmap) => smoothed(bitmap, amount, view.image), 'Smoothed', 'The mask is smooth already');
  }

  fillHoles() {
    this.#change(withoutHoles, 'Holes filled', 'The mask has no holes');
  }

  keepLargest() {
    this.#change(largestIsland, 'The largest island was kept', 'The mask is one island');
  }

  removeSmall() {
    const { least } = this.options;
    this.#change((bitmap) => withIslands(bitmap, (size) => size >= least),
      `Islands under ${least} px were removed`, `No island has less than ${least} px`);
  }

  // ---- outlines and masks -------------------------------------------------------------------

  /** Make masks of the selected outlines: the pixels whose centre is inside. */
  toMasks() {
    const { document, viewer: { view: { image } } } = this.editor;
    /** @type {Map<string, Region>} */
    const masks = new Map();
    for (const { id, region } of document.selection) {
      const mask = region.type !== 'mask' ? maskOf(pack(shapeOf(region).pixels(region, image))) : null;
      if (mask) masks.set(id, mask);
    }
    this.#convert(masks, [], 'Select an outline with an area to make a mask of it.', 'made a mask');
  }

  /** Make polygons of the selected mask, exactly: one for each of its pieces. */
  toPolygons() {
    const { target, editor: { document } } = this;
    const mask = document.selection.length ? document.selected : target;
    const pieces = mask?.region.type === 'mask' ? piecesOf(unpack(mask.region)).map(polygonOf) : [];
    const [largest, ...others] = pieces.sort((a, b) => area(b) - area(a));
    const first = mask && largest ? new Map([[mask.id, largest]]) : new Map();
    this.#convert(first, others.map((region) => ({ region, label: mask?.label ?? '' })),
      'Select a mask to make polygons of it.', 'made polygons');
  }

  /** @type {(regions: Map<string, Region>, drawn: {region: Region, label: string}[], nothing: string, done: string) => void} */
  #convert(regions, drawn, nothing, done) {
    const { editor } = this;
    if (!regions.size || !editor.editable) {
      editor.pending.tell(nothing);
      return;
    }
    /** @type {string[]} */
    let begun = [];
    editor.regions.changing(() => { begun = editor.document.repaint(regions, ...drawn); });
    editor.document.select(...regions.keys(), ...begun);
    editor.announce(`${counted(regions.size + begun.length, 'region')}: ${done}`);
    editor.refresh();
  }
}
