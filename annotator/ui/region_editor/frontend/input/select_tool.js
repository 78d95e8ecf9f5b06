/**
 * The select tool: click to select, drag to move or reshape, Shift-drag a frame to select
 * several; on nothing: pan.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Entry, Pointer, Region } from '../types.js'
 * @import { Tool } from './tools.js'
 */
import { distance } from '../geometry/points.js';
import { sameRegion, spanned, translatedTogether, withHandleAt, withoutHandle } from '../geometry/regions.js';
import { entryAt } from './aim.js';
import { DRAG_STARTS_PX } from './pointer.js';

/**
 * What a press took hold of.
 * @typedef {object} Grasp
 * @property {Pointer} from
 * @property {Pointer} last
 * @property {Entry[]} entries  regions that move; none: the image, or a frame with `frames`
 * @property {boolean} frames
 * @property {boolean} moving
 */

/** @implements {Tool} */
export class SelectTool {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Grasp | null} */
    this.grasp = null;
    /** The grip under the latest press, and the region that had it.
     * @type {{handle: string, entry: Entry} | null} */
    this.gripped = null;
  }

  /** @param {Pointer} at */
  press(at) {
    const { editor } = this;
    const { document } = editor;
    const entry = at.handle ? document.selected : entryAt(editor, at);
    this.grasp = { from: at, last: at, entries: [], frames: false, moving: false };
    this.gripped = at.handle && entry ? { handle: at.handle, entry } : null;
    if (at.handle && at.takes && this.#takeCorner(at.handle)) return;
    if (!entry) {
      this.grasp.frames = at.adds;
      return;
    }
    if (at.adds && !at.handle) editor.regions.toggle(entry.id);
    else if (!document.selectedIds.includes(entry.id)) editor.regions.select([entry.id], false);
    if (at.handle) this.grasp.entries = [entry];
    else this.grasp.entries = document.selection.filter(({ decision }) => decision !== 'rejected');
  }

  /** @param {Pointer} at */
  drag(at) {
    const { grasp, editor } = this;
    if (!grasp) return;
    grasp.moving ||= distance(at.screen, grasp.from.screen) >= DRAG_STARTS_PX;
    if (!grasp.moving) return;
    if (grasp.frames) {
      editor.viewer.draft({ frame: this.#frame(grasp, at) });
    } else if (!grasp.entries.length) {
      editor.viewer.panBy(at.screen[0] - grasp.last.screen[0], at.screen[1] - grasp.last.screen[1]);
    } else if (editor.editable) {
      editor.viewer.preview(this.#reshaped(grasp, at));
    }
    grasp.last = at;
  }

  /** @param {Pointer} at */
  release(at) {
    const { grasp, editor } = this;
    this.grasp = null;
    if (!grasp) return;
    editor.viewer.draft(null);
    if (grasp.frames && grasp.moving) editor.regions.selectInside(this.#frame(grasp, at));
    else if (!grasp.entries.length && !grasp.moving && !entryAt(editor, at)) editor.regions.select([]);
    if (!grasp.entries.length || !grasp.moving || !editor.editable) return;
    editor.viewer.endPreview();
    editor.regions.reshapeAll(this.#reshaped(grasp, at));
  }

  /** Double click on a corner takes it away, unless the region was changed or another selected
   * since it was pressed: the grip's name may then be another corner's. */
  twice() {
    const { gripped, editor: { document: { selected } } } = this;
    if (!gripped || selected?.id !== gripped.entry.id) return;
    if (sameRegion(selected.region, gripped.entry.region)) this.#takeCorner(gripped.handle);
  }

  cancel() {
    const held = this.grasp !== null;
    this.grasp = null;
    this.editor.viewer.draft(null);
    this.editor.viewer.endPreview();
    return held;
  }

  /** @type {(handle: string) => boolean} */
  #takeCorner(handle) {
    const { selected } = this.editor.document;
    if (!selected || !this.editor.editable) return false;
    const region = withoutHandle(selected.region, handle);
    if (region === selected.region) return false;
    this.editor.regions.reshapeAll(new Map([[selected.id, region]]));
    return true;
  }

  /** @type {(grasp: Grasp, at: Pointer) => Region} */
  #frame({ from }, at) {
    return spanned('box', from.image, at.image, this.editor.viewer.view.image);
  }

  /** @type {(grasp: Grasp, at: Pointer) => Map<string, Region>} */
  #reshaped({ entries, from }, at) {
    const { image } = this.editor.viewer.view;
    if (from.handle) {
      return new Map([[entries[0].id, withHandleAt(entries[0].region, from.handle, at.image, image)]]);
    }
    const [dx, dy] = [at.image[0] - from.image[0], at.image[1] - from.image[1]];
    const moved = translatedTogether(entries.map(({ region }) => region), dx, dy, image);
    return new Map(entries.map(({ id }, k) => [id, moved[k]]));
  }
}
