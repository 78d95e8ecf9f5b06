/**
 * Fitting the selected region to the edges on the image: the server has the pixels for it. Nothing
 * is taken over of a region or an image that is no longer as it was when it was asked.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { sameRegion } from '../geometry/regions.js';

export class EdgeActions {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** What is being fitted. @type {string | null} */
    this.waiting = null;
  }

  fit() {
    const { editor } = this;
    const { selected, selection } = editor.document;
    if (!editor.editable) return;
    if (this.waiting) editor.pending.tell('Still looking for the edges of another region; press it again after that.');
    else if (!selected || selection.length !== 1) editor.pending.tell('Select one region to fit it to the edges near it.');
    else if (selected.decision === 'rejected') editor.pending.tell('A rejected suggestion is not fitted; press U to take it up again.');
    else void this.#fit(selected);
  }

  /** @type {(entry: import('../types.js').Entry) => Promise<void>} */
  async #fit({ id, region }) {
    const { editor } = this;
    const image = editor.document.id;
    this.waiting = id;
    editor.pending.tell('Looking for edges…');
    editor.refresh();
    let said = '';
    try {
      const { region: fitted } = await editor.line.beside('fit', { image, region });
      if (editor.document.id === image) said = this.#take(id, region, fitted);
    } catch (fault) {
      if (editor.document.id === image) said = /** @type {Error} */ (fault).message;
    }
    this.waiting = null;
    if (editor.document.id === image) editor.pending.tell(said);
    editor.refresh();
  }

  /** @type {(id: string, before: import('../types.js').Region, fitted: import('../types.js').Region) => string} */
  #take(id, before, fitted) {
    const { editor } = this;
    const now = editor.document.entries.get(id);
    if (!editor.editable || !now || !sameRegion(now.region, before)) return 'The region was changed meanwhile; it is left as it is.';
    if (sameRegion(before, fitted)) return 'The region follows the edges near it already.';
    editor.regions.reshapeAll(new Map([[id, fitted]]));
    editor.announce('Fitted to the edges');
    return '';
  }
}
