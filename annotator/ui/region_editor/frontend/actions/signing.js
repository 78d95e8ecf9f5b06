/**
 * Done: what keeps an image from being signed, and what is asked before.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { counted } from '../panels/wording.js';

export class Signing {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** So many undecided suggestions the person was asked about. */
    this.asked = 0;
  }

  /** Another image. */
  reset() {
    this.asked = 0;
  }

  /** What the button says besides "Done". */
  get undecided() {
    const { decided, total } = this.editor.document.progress;
    return total - decided;
  }

  get text() {
    const { undecided } = this;
    return undecided ? `${counted(undecided, 'suggestion')} undecided` : '';
  }

  get isAsking() {
    return this.undecided > 0 && this.asked >= this.undecided;
  }

  /** Whether the image may be signed now; if not, the person is told why. */
  isConfirmed() {
    const { editor: { pending, panels, data }, text, undecided } = this;
    const { draft } = panels.labels.line;
    if (draft) pending.tell(`Not done: the code line says ${draft} and was not stated. Press Enter in it, or Esc to discard it.`);
    else if (panels.remarks.draft) pending.tell('Not done: a note is not saved. Press Enter in it, or Esc to discard it.');
    else if (undecided && data.must_decide) pending.tell(`Not done: ${text}. This project requires a decision on each.`);
    else if (undecided > this.asked) {
      this.asked = undecided;
      pending.tell(`${text}. Press Done again to sign the image as it is.`);
    } else return true;
    return false;
  }
}
