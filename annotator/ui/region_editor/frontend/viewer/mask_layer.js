/**
 * Masks over the image, on a canvas of their own: while one is painted, only what changes is
 * drawn anew.
 *
 * @import { Bounds } from '../types.js'
 * @import { Bitmap } from '../geometry/masks/bitmaps.js'
 * @import { Look, Placing } from './mask_shades.js'
 * @import { View } from './view.js'
 *
 * @typedef {{bitmap: Bitmap} & Look} ShownMask
 */
import { around, shared } from '../geometry/masks/bitmaps.js';
import { element } from '../panels/elements.js';
import { shade } from './mask_shades.js';

export class MaskLayer {
  /** @param {View} view */
  constructor(view) {
    this.view = view;
    this.canvas = element('canvas', { class: 'masks', hidden: true });
    /** The lowest first. @type {ShownMask[]} */
    this.shown = [];
    this.panes = 1;
    this.ratio = 1;
    /** What was drawn, to know whether anything is to be drawn anew. @type {unknown[]} */
    this.last = [];
    /** Device pixels that are to be drawn in the next frame. @type {Bounds | null} */
    this.dirty = null;
    this.frame = 0;
  }

  /** Show these masks, on a stage with a canvas like this one.
   * @type {(shown: ShownMask[], like: HTMLCanvasElement, ratio: number, panes: number) => void} */
  show(shown, like, ratio, panes) {
    const { scale, down, tx, ty } = this.view;
    const now = [like.width, like.height, ratio, panes, scale, down, tx, ty,
      ...shown.flatMap(({ bitmap, fill, line, thick, dashed }) => (
        [bitmap.pixels, bitmap.x, bitmap.y, bitmap.width, fill, line, thick, dashed]))];
    if (now.length === this.last.length && now.every((value, k) => value === this.last[k])) return;
    const { canvas } = this;
    // Without a mask before and now there is nothing to draw, and nothing to lay over the image.
    const isEmpty = !shown.length;
    if (isEmpty && canvas.hidden) return;
    canvas.hidden = isEmpty;
    this.last = isEmpty ? [] : now;
    Object.assign(this, { shown, ratio, panes });
    if (canvas.width !== like.width || canvas.height !== like.height) {
      Object.assign(canvas, { width: like.width, height: like.height });
    }
    this.dirty = { x: 0, y: 0, width: Math.ceil(canvas.width / panes), height: canvas.height };
    this.#paint();
  }

  /** @returns {Placing} */
  get #placing() {
    const { view: { scale, down, tx, ty }, ratio } = this;
    return { across: scale * ratio, down: down * ratio, left: tx * ratio, top: ty * ratio };
  }

  /** Pixels of a shown mask have changed there: drawn in the next frame. @type {(changed: Bounds) => void} */
  touch({ x, y, width, height }) {
    const { across, down, left, top } = this.#placing;
    const margin = 4 * this.ratio;
    const corner = [Math.floor(x * across + left - margin), Math.floor(y * down + top - margin)];
    const end = [Math.ceil((x + width) * across + left + margin), Math.ceil((y + height) * down + top + margin)];
    const touched = { x: corner[0], y: corner[1], width: end[0] - corner[0], height: end[1] - corner[1] };
    this.dirty = this.dirty ? around(this.dirty, touched) : touched;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { canvas, panes, dirty } = this;
    const half = Math.ceil(canvas.width / panes);
    const frame = dirty && shared(dirty, { x: 0, y: 0, width: half, height: canvas.height });
    this.dirty = null;
    const context = canvas.getContext('2d');
    if (!context || !frame) return;
    const image = new ImageData(frame.width, frame.height);
    const target = new Uint32Array(image.data.buffer);
    const placing = this.#placing;
    this.shown.forEach((mask) => shade(target, frame, placing, mask.bitmap, mask));
    context.putImageData(image, frame.x, frame.y);
    if (panes > 1) context.putImageData(image, frame.x + half, frame.y);
  }

  close() {
    cancelAnimationFrame(this.frame);
  }
}
