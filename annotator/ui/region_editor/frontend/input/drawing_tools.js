/**
 * Tools that draw regions.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { RotatedBox } from '../geometry/shapes/rotated_box.js'
 * @import { Point, Pointer, Region } from '../types.js'
 * @import { Tool } from './tools.js'
 */
import { clampPoint, distance, simplified } from '../geometry/points.js';
import { crosses, crossing, withoutLoops } from '../geometry/crossings.js';
import { isDrawn, spanned } from '../geometry/regions.js';
import { turnedTo } from '../geometry/shapes/rotated_box.js';
import { DRAG_STARTS_PX } from './pointer.js';

/** Clicking this near to the first corner closes a polygon. */
const [CLOSES_WITHIN_PX, CLOSES_WITHIN_TOUCH_PX] = [10, 22];
/** A freehand outline keeps what differs by more than this on the screen. */
const FREEHAND_TOLERANCE_PX = 1.2;

/** Drag out a box or an ellipse. @implements {Tool} */
export class SpanTool {
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
    if (from) this.editor.regions.add(this.#spanned(from, at.image));
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

/** Drag out a box, then turn it: it follows the pointer until a click. @implements {Tool} */
export class TurnedSpanTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Point | null} */
    this.from = null;
    /** The box that is turned. @type {RotatedBox | null} */
    this.box = null;
  }

  /** @param {Pointer} at */
  press(at) {
    if (!this.box) this.from = at.image;
  }

  /** @param {Pointer} at */
  drag(at) {
    if (this.from) this.#show(this.#spanned(this.from, at.image));
    else this.hover(at);
  }

  /** @param {Pointer} at */
  release(at) {
    const { from, box } = this;
    if (!from) {
      if (box) this.#show(turnedTo(box, at.image, this.editor.viewer.view.image));
      this.finish();
      return;
    }
    const drawn = this.#spanned(from, at.image);
    this.cancel();
    if (!isDrawn(drawn)) return;
    this.box = drawn;
    this.#show(drawn);
    this.editor.announce('Turn the box by moving the pointer; click to set it.');
  }

  /** @param {Pointer | null} at */
  hover(at) {
    const { box, editor: { viewer: { view } } } = this;
    if (at && box && !this.from) this.#show(turnedTo(box, at.image, view.image));
  }

  finish() {
    const { box } = this;
    this.cancel();
    if (box) this.editor.regions.add(box);
    return box !== null;
  }

  cancel() {
    const held = this.from !== null || this.box !== null;
    this.from = null;
    this.box = null;
    this.editor.viewer.draft(null);
    return held;
  }

  /** @param {RotatedBox} box */
  #show(box) {
    if (this.box) this.box = box;
    this.editor.viewer.draft({ region: box });
  }

  /** @type {(a: Point, b: Point) => RotatedBox} */
  #spanned(a, b) {
    const { x, y, width, height } = spanned('box', a, b, this.editor.viewer.view.image);
    return { type: 'rotated-box', cx: x + width / 2, cy: y + height / 2, width, height, angle: 0 };
  }
}

/** Click corner after corner. @implements {Tool} */
export class PolygonTool {
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
      this.#corner(clampPoint(at.image, editor.viewer.view.image));
    }
    this.hover(at);
  }

  /** A corner to which the outline would cross itself is not set. @param {Point} at */
  #corner(at) {
    const { corners } = this;
    const last = corners[corners.length - 1];
    const isCrossed = corners.slice(1, -1).some((to, k) => crossing(corners[k], to, last, at));
    if (isCrossed) this.editor.pending.tell('This corner was not set: the outline would cross itself.');
    else corners.push(at);
  }

  drag() {}

  release() {}

  /** @param {Pointer | null} at */
  hover(at) {
    if (at && this.corners.length) this.editor.viewer.draft({ line: [...this.corners, at.image], closes: true });
  }

  twice() {
    this.finish();
  }

  finish() {
    const { corners } = this;
    if (corners.length >= 3 && crosses([corners])) {
      this.editor.pending.tell('Not closed: the outline would cross itself. Set further corners, or press Esc to begin again.');
      return true;
    }
    const drawing = this.cancel();
    if (corners.length >= 3) this.editor.regions.add({ type: 'polygon', points: corners });
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
export class FreehandTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.traces = true;
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
    const line = simplified(this.stroke, FREEHAND_TOLERANCE_PX / this.editor.viewer.view.scale);
    this.cancel();
    const points = withoutLoops(line);
    if (points.length >= 3) this.editor.regions.add({ type: 'polygon', points });
    if (points !== line) this.editor.announce('The line crossed itself: its smaller loops were cut off.');
  }

  cancel() {
    const held = this.stroke.length > 0;
    this.stroke = [];
    this.editor.viewer.draft(null);
    return held;
  }
}

/** Press where the point is. @implements {Tool} */
export class PointTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Point | null} */
    this.at = null;
  }

  /** @param {Pointer} at */
  press(at) {
    this.drag(at);
  }

  /** @param {Pointer} at */
  drag(at) {
    this.at = clampPoint(at.image, this.editor.viewer.view.image);
    this.editor.viewer.draft({ region: this.#spot(this.at) });
  }

  release() {
    const { at } = this;
    this.cancel();
    if (at) this.editor.regions.add(this.#spot(at));
  }

  cancel() {
    const held = this.at !== null;
    this.at = null;
    this.editor.viewer.draft(null);
    return held;
  }

  /** @type {(at: Point) => Region} */
  #spot([x, y]) {
    return { type: 'point', x, y };
  }
}
