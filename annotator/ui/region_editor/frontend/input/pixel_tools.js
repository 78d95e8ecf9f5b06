/**
 * Tools that look at the pixels and change nothing that is recorded.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Point, Pointer, Region } from '../types.js'
 * @import { Tool } from './tools.js'
 */
import { clampPoint } from '../geometry/points.js';
import { isDrawn, spanned } from '../geometry/regions.js';

/** Drag to set the window: right is wider, down is brighter. @implements {Tool} */
export class WindowTool {
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

/** Drag out a frame: the window is fitted to what is in it. @implements {Tool} */
export class WindowFrameTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Point | null} */
    this.from = null;
  }

  /** @param {Pointer} at */
  press(at) {
    this.from = at.image;
  }

  /** @param {Pointer} at */
  drag(at) {
    if (this.from) this.editor.viewer.draft({ frame: this.#frame(this.from, at.image) });
  }

  /** @param {Pointer} at */
  release(at) {
    const { from, editor } = this;
    this.cancel();
    const frame = from && this.#frame(from, at.image);
    if (!frame || !isDrawn(frame)) return;
    editor.viewer.fitWindow(frame);
    editor.setTool('select');
  }

  cancel() {
    const held = this.from !== null;
    this.from = null;
    this.editor.viewer.draft(null);
    return held;
  }

  /** @type {(a: Point, b: Point) => Region} */
  #frame(a, b) {
    return spanned('box', a, b, this.editor.viewer.view.image);
  }
}

/** Drag to measure; the line stays until another is drawn or Escape. @implements {Tool} */
export class RulerTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Point | null} */
    this.from = null;
  }

  /** @param {Pointer} at */
  press(at) {
    this.from = this.#onImage(at);
    this.editor.viewer.measure(null);
  }

  /** @param {Pointer} at */
  drag(at) {
    if (this.from) this.editor.viewer.measure([this.from, this.#onImage(at)]);
  }

  release() {
    this.from = null;
    const { ruler } = this.editor.viewer;
    if (ruler && 'text' in ruler) this.editor.announce(ruler.text);
  }

  cancel() {
    const measured = this.editor.viewer.ruler !== null;
    this.from = null;
    this.editor.viewer.measure(null);
    return measured;
  }

  /** @type {(at: Pointer) => Point} */
  #onImage(at) {
    return clampPoint(at.image, this.editor.viewer.view.image);
  }
}
