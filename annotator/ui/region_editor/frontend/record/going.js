/**
 * From image to image by the editor's line: what is shown next, signing, and the page's address,
 * which follows the image so that a reload comes back to it.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { EditorData } from '../types.js'
 * @import { LineError, Trouble } from './line.js'
 *
 * The page's address: which image it names, and naming another one.
 * @typedef {{image(): string | null, name(image: string, adds: boolean): void}} Address
 */

/** @type {(reason: string, isVerdict: boolean) => string} */
const unsigned = (reason, isVerdict) => (
  isVerdict ? `Not signed: ${reason}` : `${reason} It is not known whether the image is signed: press Done again.`);

export class Going {
  /** @param {RegionEditor} editor  @param {Address} address */
  constructor(editor, address) {
    this.editor = editor;
    this.address = address;
    /** Why the last step was not taken; empty if it was. */
    this.failure = '';
    this.steps = 0;
  }

  /** Whether the page, drawn anew, is behind: it names another image than the one that the
   * reader went on to since. @type {(data: EditorData) => boolean} */
  isAhead({ document }) {
    const here = this.editor.document.id;
    return document !== here && this.address.image() === here;
  }

  /** @type {(image: string) => Promise<void>} */
  async to(image) {
    await this.#step('image', { image }, true);
  }

  /** Read the image that is shown anew. */
  async reload() {
    await this.#step('image', { image: this.editor.document.id }, false);
  }

  /** The address was changed by the browser's own way back and forth. */
  follow() {
    const image = this.address.image();
    if (image && image !== this.editor.document.id) this.editor.goTo(image);
  }

  /** @type {(place: number) => Promise<void>} */
  async toFrame(place) {
    await this.#step('frame', { image: this.editor.document.id, place }, false);
  }

  /** Say that all is said of the image, once the record has all of it, and go on. */
  async sign() {
    const { outbox, document: { id, entries }, sheet, data: { next, reading_id: reading } } = this.editor;
    const { length } = outbox.refused;
    const hasSent = await outbox.hasSent(id);
    if (outbox.refused.length > length) await this.reload();
    if (!hasSent || outbox.refused.length > length) {
      this.#stay('Not signed: some of your changes to this image are not recorded yet. Press Done again once they are.');
      return;
    }
    const seen = [...entries.values(), ...sheet.states.values()].flatMap(({ last_act }) => last_act ?? []);
    const trouble = await this.#step('sign', { image: id, reading, then: next, seen }, true);
    if (trouble !== 'refused') return;
    // What the record says may be more than what is shown here.
    const { failure } = this;
    await this.reload();
    this.#stay(failure);
  }

  /** @type {(what: string, message: object, adds: boolean) => Promise<Trouble | null>} what kept it */
  async #step(what, message, adds) {
    this.steps += 1;
    const step = this.steps;
    try {
      const { line } = this.editor;
      const { content, reason } = await (what === 'sign' ? line.once(what, message) : line.inTurn(what, message));
      if (step !== this.steps) return null;
      if (!content) {
        this.#stay(`Signed. ${reason}`);
        return null;
      }
      this.failure = '';
      if (content.document !== this.address.image()) this.address.name(content.document, adds);
      this.editor.show(content);
      return null;
    } catch (fault) {
      const { message: reason, trouble, isVerdict } = /** @type {LineError} */ (fault);
      if (!trouble) throw fault;
      if (step === this.steps) this.#stay(what === 'sign' ? unsigned(reason, isVerdict) : reason);
      return step === this.steps ? trouble : null;
    }
  }

  /** @type {(failure: string) => void} */
  #stay(failure) {
    this.failure = failure;
    this.editor.stay(failure);
  }
}
