/**
 * Choosing the face that is read: a click on one that was found, or a box drawn around one that
 * was missed.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Box, Pointer } from '../types.js'
 * @import { Tool } from './tools.js'
 */
import { distance } from '../geometry/points.js';
import { spanned } from '../geometry/regions.js';
import { DRAG_STARTS_PX } from './pointer.js';

/** @implements {Tool} */
export class FaceTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Pointer | null} */
    this.from = null;
  }

  /** @param {Pointer} at */
  press(at) {
    this.from = at;
  }

  /** @param {Pointer} at */
  drag(at) {
    if (this.#isDrag(at)) this.editor.viewer.draft({ frame: this.#spanned(at) });
  }

  /** @param {Pointer} at */
  release(at) {
    if (!this.from) return;
    if (this.#isDrag(at)) this.editor.faces.take(this.#spanned(at));
    else this.editor.faces.chooseAt(at.image);
    this.cancel();
  }

  cancel() {
    const held = this.from !== null;
    this.from = null;
    this.editor.viewer.draft(null);
    return held;
  }

  /** @type {(at: Pointer) => boolean} */
  #isDrag(at) {
    return this.from !== null && distance(this.from.screen, at.screen) >= DRAG_STARTS_PX;
  }

  /** @type {(at: Pointer) => Box} */
  #spanned(at) {
    const from = /** @type {Pointer} */ (this.from);
    return /** @type {Box} */ (spanned('box', from.image, at.image, this.editor.viewer.view.image));
  }
}
