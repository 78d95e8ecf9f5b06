/**
 * What the rater can do with regions: select, decide, draw, change, stack, undo. Called by keys,
 * tools and panels; changes the document and has it drawn.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Entry, Region, Size } from '../types.js'
 */
import { encloses } from '../geometry/hits.js';
import { bounds, isDrawn, resized, translatedTogether } from '../geometry/regions.js';
import { shapeOf } from '../geometry/shapes/registry.js';
import { counted, SPOKEN } from '../panels/wording.js';

/** A duplicate lies this far from its original. */
const DUPLICATE_OFFSET_PX = 12;

export class RegionActions {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
  }

  get #document() {
    return this.editor.document;
  }

  // ---- selecting --------------------------------------------------------------------------

  /** @type {(ids: string[], reveal?: boolean) => void} */
  select(ids, reveal = true) {
    this.#document.select(...ids);
    const { selected } = this.#document;
    if (selected && reveal) this.editor.viewer.reveal(bounds(selected.region));
    this.#tellSelection();
  }

  /** Add to the selection, or take out of it. @type {(id: string) => void} */
  toggle(id) {
    this.#document.toggle(id);
    this.#tellSelection();
  }

  selectAll() {
    this.select(this.#document.shown.map(({ id }) => id), false);
  }

  /** Add what lies wholly inside a frame. @type {(frame: Region) => void} */
  selectInside(frame) {
    const { shown, selectedIds } = this.#document;
    const inside = shown.filter(({ region }) => encloses(bounds(frame), region)).map(({ id }) => id);
    this.select([...new Set([...selectedIds, ...inside])], false);
  }

  /** @type {(direction: 1 | -1) => void} */
  selectNeighbour(direction) {
    const id = this.#document.neighbour(direction);
    if (id) this.select([id]);
  }

  /** @type {(direction: 1 | -1) => void} */
  selectUndecided(direction) {
    const id = this.#document.nextUndecided(direction);
    if (id) this.select([id]);
    else this.editor.announce('Every suggestion shown on this image is decided.');
  }

  #tellSelection() {
    const { selection, selected } = this.#document;
    if (selection.length > 1) this.editor.announce(`${selection.length} regions selected`);
    else if (selected) this.editor.announce(`${selected.label}, ${SPOKEN[selected.decision]}`);
    this.editor.refresh();
  }

  /** Show no undecided suggestion scored below this. @type {(score: number) => void} */
  filterBelow(score) {
    this.#document.filterBelow(score);
    this.editor.refresh();
  }

  // ---- deciding ---------------------------------------------------------------------------

  /** Change what is selected. @type {(change: (ids: string[], entries: Entry[]) => unknown) => boolean} */
  #withSelection(change) {
    const { selection } = this.#document;
    if (!selection.length || !this.editor.editable) return false;
    this.changing(() => change(selection.map(({ id }) => id), selection));
    this.editor.refresh();
    return true;
  }

  /** Change regions; what is stated of their labels follows. @type {(change: () => unknown) => void} */
  changing(change) {
    const { history } = this.#document;
    const before = history.done.at(-1);
    change();
    const step = history.done.at(-1);
    if (step && step !== before) this.editor.labels.followRegions(step.changes.map(({ after }) => after), step);
  }

  accept() {
    const labels = new Set(this.#document.selection.map(({ label }) => label));
    this.#decide((ids) => this.#document.accept(...ids));
    const [label] = labels;
    if (labels.size === 1) this.editor.panels.intensity.ask(label);
  }

  reject() {
    this.#decide((ids) => this.#document.reject(...ids));
  }

  /** @type {(decide: (ids: string[]) => unknown) => void} */
  #decide(decide) {
    // With nothing selected the first press only shows what would be decided.
    if (this.#withSelection(decide) || this.editor.editable) this.selectUndecided(1);
  }

  reopen() {
    this.#withSelection((ids) => this.#document.reopen(...ids));
  }

  remove() {
    this.#withSelection((ids) => this.#document.remove(...ids));
  }

  /** @type {(label: string) => void} */
  relabel(label) {
    this.#withSelection((ids) => this.#document.relabel(label, ...ids));
  }

  // ---- drawing and changing ---------------------------------------------------------------

  /** @type {(regions: Map<string, Region>) => void} */
  reshapeAll(regions) {
    if (this.#refuses([...regions.values()])) return;
    this.changing(() => this.#document.reshapeAll(regions));
    this.editor.refresh();
  }

  /** A region was drawn. @type {(region: Region) => void} */
  add(region) {
    const { editor } = this;
    if (!editor.editable || !isDrawn(region) || this.#refuses([region])) return;
    this.changing(() => this.#document.add({ region, label: editor.labels.current }));
    // After anything larger than a point the next thing is to look at it.
    if (!shapeOf(region).comesInNumbers) editor.setTool('select');
    editor.announce(`${editor.labels.current} added`);
    editor.refresh();
  }

  /** Whether nobody can have meant one of them; it is told, and nothing changes.
   * @type {(regions: Region[]) => boolean} */
  #refuses(regions) {
    const problem = regions.map((region) => shapeOf(region).problem(region)).find(Boolean);
    if (problem) this.editor.pending.tell(`Not done: ${problem}.`);
    return Boolean(problem);
  }

  duplicate() {
    const { image } = this.editor.viewer.view;
    this.#withSelection((_, entries) => {
      const by = DUPLICATE_OFFSET_PX;
      const copies = translatedTogether(entries.map(({ region }) => region), by, by, image);
      this.#document.add(...copies.map((region, k) => ({ region, label: entries[k].label })));
      this.editor.announce(`${counted(copies.length, 'region')} duplicated`);
    });
  }

  /** @type {(dx: number, dy: number) => void} */
  nudge(dx, dy) {
    this.#nudgeTo('move', (regions, image) => translatedTogether(regions, dx, dy, image));
  }

  /** @type {(dw: number, dh: number) => void} */
  resizeBy(dw, dh) {
    this.#nudgeTo('resize', (regions, image) => regions.map((region) => resized(region, dw, dh, image)));
  }

  /** @type {(kind: 'move' | 'resize', change: (regions: Region[], image: Size) => Region[]) => void} */
  #nudgeTo(kind, change) {
    this.#withSelection((_, entries) => {
      const standing = entries.filter(({ decision }) => decision !== 'rejected');
      const changed = change(standing.map(({ region }) => region), this.editor.viewer.view.image);
      this.#document.reshapeAll(new Map(standing.map(({ id }, k) => [id, changed[k]])), kind);
    });
  }

  /** Lay the selected regions over (1) or under (-1) the others. @type {(direction: 1 | -1) => void} */
  restack(direction) {
    this.#document.restack(direction, ...this.#document.selectedIds);
    this.editor.announce(direction > 0 ? 'Brought to the front' : 'Sent to the back');
    this.editor.refresh();
  }

  // ---- undo -------------------------------------------------------------------------------

  undo() {
    this.#restore(true);
  }

  redo() {
    this.#restore(false);
  }

  /** @type {(back: boolean) => void} */
  #restore(back) {
    const { editor } = this;
    if (!editor.editable || editor.masks.stroke) return;
    const { selectedIds } = this.#document;
    const step = back ? this.#document.undo() : this.#document.redo();
    if (!step) return;
    // Whoever paints goes on with the label in use: a selected mask would be given the next one.
    if (editor.masks.isPainting) this.#document.select(...selectedIds);
    editor.sheet.restore(step.statements, back);
    editor.announce(back ? 'Undone' : 'Redone');
    editor.refresh();
  }
}
