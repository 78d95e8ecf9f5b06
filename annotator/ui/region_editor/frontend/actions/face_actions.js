/**
 * What the rater can do about the face that the machine read: see which there are, and have
 * another one read. The faces are looked for when somebody asks.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Box, Point } from '../types.js'
 *
 * @typedef {{box: Box, isRead: boolean}} Face
 */

/** Boxes that overlap by more than this, as a share of what either covers, are one face. */
const SAME_FACE_IOU = 0.5;

/** Share of what two boxes cover that both cover. @type {(a: Box, b: Box) => number} */
export function overlap(a, b) {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (across <= 0 || down <= 0) return 0;
  return (across * down) / (a.width * a.height + b.width * b.height - across * down);
}

/** The faces to choose from: those found, and the one that is read if it is none of them.
 * @type {(found: Box[], read: Box | null) => Face[]} */
export function facesOf(found, read) {
  const best = read && found.reduce((/** @type {Box | null} */ nearest, box) => (
    overlap(box, read) > Math.max(SAME_FACE_IOU, nearest ? overlap(nearest, read) : 0) ? box : nearest), null);
  const faces = found.map((box) => ({ box, isRead: box === best }));
  return read && !best ? [...faces, { box: read, isRead: true }] : faces;
}

export class FaceActions {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** The question that the server has not answered; of what it was about.
     * @type {{box: Box | null} | null} */
    this.waiting = null;
    this.failure = '';
    /** All that were found on the image, once they were looked for. @type {Box[] | null} */
    this.found = null;
  }

  get isOffered() {
    return Boolean(this.editor.data.faces) && this.editor.editable;
  }

  get isOpen() {
    return this.editor.toolName === 'face';
  }

  /** @returns {Face[]} */
  get faces() {
    const { faces } = this.editor.data;
    return faces && this.found ? facesOf(this.found, faces.read) : [];
  }

  toggle() {
    if (this.isOpen) this.editor.setTool('select');
    else this.open();
  }

  open() {
    const { editor } = this;
    if (!this.isOffered) {
      editor.announce('No face can be chosen on this image');
      return;
    }
    editor.setTool('face');
    if (!this.found) void this.#ask(null);
  }

  /** @type {(place: number) => void} */
  chooseByNumber(place) {
    const face = this.faces[place];
    if (face) this.take(face.box, face.isRead);
  }

  /** The smallest face under a point, if there is one. @type {(at: Point) => void} */
  chooseAt([x, y]) {
    const under = this.faces.filter(({ box }) => (
      x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height));
    const size = (/** @type {Face} */ { box }) => box.width * box.height;
    const [face] = under.sort((a, b) => size(a) - size(b));
    if (face) this.take(face.box, face.isRead);
  }

  /** Have a face read. @type {(box: Box, isRead?: boolean) => void} */
  take(box, isRead = false) {
    if (this.waiting || !this.isOffered) return;
    if (isRead) this.editor.setTool('select');
    else void this.#ask(box);
  }

  /** Look for faces, or have one read. @type {(box: Box | null) => Promise<void>} */
  async #ask(box) {
    const { editor } = this;
    const image = editor.document.id;
    const question = { box };
    this.waiting = question;
    this.failure = '';
    editor.refresh();
    try {
      const { found } = await editor.line.beside(box ? 'face' : 'faces', box ? { image, box } : { image });
      if (this.waiting !== question) return;
      if (box) {
        // Maps of another face of the image are others.
        editor.maps.forget(image);
        await editor.going.reload();
        if (this.waiting !== question) return;
        editor.setTool('select');
        editor.announce('The face was read; its suggestions are shown');
      } else {
        this.found = found;
      }
    } catch (fault) {
      if (this.waiting !== question) return;
      this.failure = /** @type {Error} */ (fault).message;
      editor.announce(this.failure);
    }
    this.waiting = null;
    editor.refresh();
  }

  /** Another image: its faces are others. */
  reset() {
    this.waiting = null;
    this.failure = '';
    this.found = null;
    if (this.isOpen) this.editor.setTool('select');
  }

  /** What goes on, in words. */
  get state() {
    if (this.waiting) return this.waiting.box ? 'Reading the face…' : 'Looking for faces…';
    return this.failure;
  }
}
