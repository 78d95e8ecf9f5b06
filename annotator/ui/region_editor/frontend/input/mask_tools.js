/**
 * Tools that paint masks.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Stroke } from '../actions/mask_actions.js'
 * @import { Point, Pointer } from '../types.js'
 * @import { Tool } from './tools.js'
 */
import { distance } from '../geometry/points.js';

/** A line of the scissors is longer than this on the screen. */
const SHORTEST_CUT_PX = 6;

/** Paint, or erase, with a round brush; Alt, or the rubber of a pen, does the other.
 * @implements {Tool} */
export class BrushTool {
  /** @param {RegionEditor} editor  @param {0 | 1} value  1 paints */
  constructor(editor, value) {
    this.editor = editor;
    this.value = value;
    this.traces = true;
    /** @type {Stroke | null} */
    this.stroke = null;
    /** @type {Point} */
    this.last = [0, 0];
  }

  /** @param {Pointer} at */
  press(at) {
    const value = at.takes ? 1 - this.value : this.value;
    this.stroke = this.editor.masks.begin(value === 0);
    this.last = at.image;
    this.drag(at);
  }

  /** @param {Pointer} at */
  drag(at) {
    if (!this.stroke) return;
    this.editor.masks.brush(this.stroke, this.last, at.image);
    this.last = at.image;
    this.hover(at);
  }

  release() {
    const { stroke } = this;
    this.stroke = null;
    if (stroke) this.editor.masks.finish(stroke);
  }

  /** @param {Pointer | null} at */
  hover(at) {
    this.editor.viewer.showBrush(at && at.image, this.editor.masks.options.size / 2);
  }

  /** @param {number} steps */
  wheel(steps) {
    this.editor.masks.resizeBrush(steps);
  }

  cancel() {
    const held = this.stroke !== null;
    if (this.stroke) this.editor.masks.abandon();
    this.stroke = null;
    this.editor.viewer.showBrush(null);
    return held;
  }
}

/** Fill what is enclosed, or the pixels within the limits that are connected; with Alt take the
 * piece under the pointer away. @implements {Tool} */
export class FillTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
  }

  /** @param {Pointer} at */
  press(at) {
    this.editor.masks.fillAt(at.image, at.takes);
  }

  drag() {}

  release() {}

  cancel() {
    return false;
  }
}

/** Draw a line around what is cut away, kept or filled. @implements {Tool} */
export class ScissorsTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.traces = true;
    /** @type {Point[]} */
    this.line = [];
  }

  /** @param {Pointer} at */
  press(at) {
    this.line = [at.image];
  }

  /** @param {Pointer} at */
  drag(at) {
    if (!this.line.length) return;
    this.line.push(at.image);
    this.editor.viewer.draft({ line: this.line, closes: false });
  }

  release() {
    const { line, editor: { viewer: { view } } } = this;
    this.cancel();
    const farthest = Math.max(0, ...line.map((point) => distance(point, line[0]))) * view.scale;
    if (line.length > 2 && farthest >= SHORTEST_CUT_PX) this.editor.masks.cut(line);
  }

  cancel() {
    const held = this.line.length > 0;
    this.line = [];
    this.editor.viewer.draft(null);
    return held;
  }
}
