/**
 * What a press, a drag and a release on the image do, one object a tool. A tool only reads the
 * pointer and asks the editor; it never touches the page.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Entry, Point, Pointer, Region } from '../types.js'
 *
 * @typedef {object} Tool
 * @property {(at: Pointer) => void} press
 * @property {(at: Pointer) => void} drag
 * @property {(at: Pointer) => void} release
 * @property {(at: Pointer) => void} [hover]
 * @property {(at: Pointer) => void} [twice]  double click
 * @property {() => boolean} [finish]  Enter; true if there was something to finish
 * @property {() => boolean} cancel  Escape; true if there was something to cancel
 */
import {
  clampPoint, distance, simplified, spanned, translated, withHandleAt, withoutCorner,
} from '../geometry/regions.js';

/** The pointer must travel this far on the screen before a press becomes a drag. */
const DRAG_STARTS_PX = 3;
/** Clicking this near to the first corner closes a polygon. */
const [CLOSES_WITHIN_PX, CLOSES_WITHIN_TOUCH_PX] = [10, 22];
/** A freehand outline keeps what differs by more than this on the screen. */
const FREEHAND_TOLERANCE_PX = 1.2;

/** Select, move, reshape; on nothing: pan. @implements {Tool} */
class SelectTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {{from: Pointer, last: Pointer, entry: Entry | null, handle: string | null,
     *   moving: boolean} | null} */
    this.grasp = null;
  }

  /** @param {Pointer} at */
  press(at) {
    const { editor } = this;
    const { selected } = editor.document;
    const entry = at.handle ? selected : editor.entryAt(at);
    if (entry && entry.id !== selected?.id) editor.select(entry.id, false);
    this.grasp = { from: at, last: at, entry, handle: at.handle, moving: false };
  }

  /** @param {Pointer} at */
  drag(at) {
    const { grasp, editor } = this;
    if (!grasp) return;
    grasp.moving ||= distance(at.screen, grasp.from.screen) >= DRAG_STARTS_PX;
    if (!grasp.moving) return;
    if (!grasp.entry) {
      editor.viewer.panBy(at.screen[0] - grasp.last.screen[0], at.screen[1] - grasp.last.screen[1]);
    } else if (editor.editable) {
      editor.viewer.preview(grasp.entry.id, this.#reshaped(grasp.entry, grasp.handle, grasp.from, at));
    }
    grasp.last = at;
  }

  /** @param {Pointer} at */
  release(at) {
    const { grasp, editor } = this;
    this.grasp = null;
    if (!grasp) return;
    if (!grasp.entry && !grasp.moving) editor.select(null);
    if (!grasp.entry || !grasp.moving || !editor.editable) return;
    editor.viewer.endPreview();
    editor.reshape(grasp.entry.id, this.#reshaped(grasp.entry, grasp.handle, grasp.from, at));
  }

  /** Double click on a corner takes it away. @param {Pointer} at */
  twice(at) {
    const { selected } = this.editor.document;
    if (!selected || !at.handle?.startsWith('v') || !this.editor.editable) return;
    this.editor.reshape(selected.id, withoutCorner(selected.region, Number(at.handle.slice(1))));
  }

  cancel() {
    const held = this.grasp !== null;
    this.grasp = null;
    this.editor.viewer.endPreview();
    return held;
  }

  /** @type {(entry: Entry, handle: string | null, from: Pointer, at: Pointer) => Region} */
  #reshaped({ region }, handle, from, at) {
    const { image } = this.editor.viewer.view;
    if (handle) return withHandleAt(region, handle, at.image, image);
    const [dx, dy] = [at.image[0] - from.image[0], at.image[1] - from.image[1]];
    return translated(region, dx, dy, image);
  }
}

/** Drag out a box or an ellipse. @implements {Tool} */
class SpanTool {
  /** @param {RegionEditor} editor  @param {'box' | 'ellipse'} type */
  constructor(editor, type) {
    this.editor = editor;
    this.type = type;
    /** @type {Point | null} */
    this.from = null;
  }

  /** @param {Pointer} at */
  press(at) {
    this.from = at.image;
  }

  /** @param {Pointer} at */
  drag(at) {
    if (this.from) this.editor.viewer.draft({ region: this.#spanned(this.from, at.image) });
  }

  /** @param {Pointer} at */
  release(at) {
    const { from } = this;
    this.cancel();
    if (from) this.editor.addDrawn(this.#spanned(from, at.image));
  }

  cancel() {
    const held = this.from !== null;
    this.from = null;
    this.editor.viewer.draft(null);
    return held;
  }

  /** @type {(a: Point, b: Point) => Region} */
  #spanned(a, b) {
    return spanned(this.type, a, b, this.editor.viewer.view.image);
  }
}

/** Click corner after corner. @implements {Tool} */
class PolygonTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Point[]} */
    this.corners = [];
  }

  /** @param {Pointer} at */
  press(at) {
    const { corners, editor } = this;
    const reach = at.coarse ? CLOSES_WITHIN_TOUCH_PX : CLOSES_WITHIN_PX;
    const near = (/** @type {Point} */ corner) =>
      distance(editor.viewer.view.toScreen(corner), at.screen) <= reach;
    if (corners.length >= 3 && near(corners[0])) {
      this.finish();
      return;
    }
    // The second click of a double click adds no corner.
    const last = corners[corners.length - 1];
    if (!last || distance(editor.viewer.view.toScreen(last), at.screen) >= DRAG_STARTS_PX) {
      corners.push(clampPoint(at.image, editor.viewer.view.image));
    }
    this.hover(at);
  }

  drag() {}

  release() {}

  /** @param {Pointer} at */
  hover(at) {
    if (this.corners.length) this.editor.viewer.draft({ line: [...this.corners, at.image], closes: true });
  }

  twice() {
    this.finish();
  }

  finish() {
    const { corners } = this;
    const drawing = this.cancel();
    if (corners.length >= 3) this.editor.addDrawn({ type: 'polygon', points: corners });
    return drawing;
  }

  cancel() {
    const drawing = this.corners.length > 0;
    this.corners = [];
    this.editor.viewer.draft(null);
    return drawing;
  }
}

/** Draw an outline in one stroke. @implements {Tool} */
class FreehandTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Point[]} */
    this.stroke = [];
  }

  /** @param {Pointer} at */
  press(at) {
    this.stroke = [clampPoint(at.image, this.editor.viewer.view.image)];
  }

  /** @param {Pointer} at */
  drag(at) {
    if (!this.stroke.length) return;
    this.stroke.push(clampPoint(at.image, this.editor.viewer.view.image));
    this.editor.viewer.draft({ line: this.stroke, closes: false });
  }

  release() {
    const points = simplified(this.stroke, FREEHAND_TOLERANCE_PX / this.editor.viewer.view.scale);
    this.cancel();
    if (points.length >= 3) this.editor.addDrawn({ type: 'polygon', points });
  }

  cancel() {
    const held = this.stroke.length > 0;
    this.stroke = [];
    this.editor.viewer.draft(null);
    return held;
  }
}

/** Drag to set the window: right is wider, down is brighter. @implements {Tool} */
class WindowTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {{screen: Point, window: [number, number]} | null} */
    this.from = null;
  }

  /** @param {Pointer} at */
  press(at) {
    this.from = { screen: at.screen, window: this.editor.viewer.raster.window };
  }

  /** @param {Pointer} at */
  drag(at) {
    if (!this.from) return;
    const { screen, window: [low, high] } = this.from;
    const [darkest, brightest] = this.editor.viewer.raster.fullWindow;
    const perPixel = (brightest - darkest) / 512;
    const width = Math.max(1, high - low + (at.screen[0] - screen[0]) * 2 * perPixel);
    const level = (low + high) / 2 - (at.screen[1] - screen[1]) * perPixel;
    this.editor.viewer.setWindow(level - width / 2, level + width / 2);
  }

  release() {
    this.from = null;
  }

  cancel() {
    const held = this.from !== null;
    if (this.from) this.editor.viewer.setWindow(...this.from.window);
    this.from = null;
    return held;
  }
}

/** @type {(editor: RegionEditor) => Record<string, Tool>} */
export const createTools = (editor) => ({
  select: new SelectTool(editor),
  box: new SpanTool(editor, 'box'),
  ellipse: new SpanTool(editor, 'ellipse'),
  polygon: new PolygonTool(editor),
  freehand: new FreehandTool(editor),
  window: new WindowTool(editor),
});
