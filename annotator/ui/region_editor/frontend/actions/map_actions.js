/**
 * What the rater can do with maps: choose, compare, ask for the map against a rival, and cut
 * the selected suggestion anew at another share of the map's maximum (its level).
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Grid } from '../geometry/contours.js'
 * @import { EditorData, Entry, MapSource, Region } from '../types.js'
 * @import { Question } from '../viewer/map_choice.js'
 */
import { partAround } from '../geometry/contours.js';
import { clamp, hundredths } from '../geometry/points.js';
import { area, bounds, sameRegion } from '../geometry/regions.js';
import { shapeOf } from '../geometry/shapes/registry.js';
import { COMPARISONS } from '../viewer/map_layer.js';

/** Levels that a map can be cut at, and how far a key goes. */
const LEVELS = Array.from({ length: 91 }, (_, k) => hundredths(0.05 + k / 100));
const STEP = 0.05;
/** What a map is outlined at where nobody says what its regions were cut at. */
const USUAL_LEVEL = 0.5;

export class MapActions {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** Maps that were asked for, by image. @type {Map<string, MapSource[]>} */
    this.asked = new Map();
    /** Levels that outlines on this image were cut at; null: none gives this outline.
     * @type {Map<string, number | null>} */
    this.levels = new Map();
    /** The region whose outline follows the slider. @type {{id: string, level: number} | null} */
    this.moving = null;
  }

  get #layer() {
    return this.editor.viewer.maps;
  }

  /** Show the maps that are chosen now. */
  update() {
    const { document: { selected }, choice, data } = this.editor;
    this.#layer.show(choice.shown(data.maps, selected), choice.other(data.maps, selected));
    const usual = data.regions.find(({ cut_level }) => typeof cut_level === 'number')?.cut_level;
    this.#layer.threshold = this.level ?? usual ?? USUAL_LEVEL;
  }

  toggle() {
    this.editor.viewer.setMap({ on: !this.#layer.on });
  }

  toggleOutline() {
    this.editor.viewer.setMap({ on: true, outlineOnly: !this.#layer.outlineOnly });
  }

  /** Keep a map whatever is selected; null: follow the selection. @type {(place: number | null) => void} */
  pin(place) {
    this.editor.choice.pinned = place;
    this.editor.refresh();
  }

  // ---- why this label rather than that --------------------------------------------------------

  /** The label whose map is shown. */
  get explained() {
    const { selected } = this.editor.document;
    return selected ? selected.proposed_label ?? selected.label : this.#layer.source?.label ?? null;
  }

  /** Why this label rather than that one? @type {(against: string) => void} */
  askWhy(against) {
    const { explained, editor } = this;
    if (explained === null || !editor.pending.allows('Why')) return;
    this.#ask(editor.choice.ask(explained, against, editor.data.maps));
  }

  /** Compare with another map, computed if it is not here. @type {(label: string, against: string) => void} */
  compareWith(label, against) {
    const { editor } = this;
    if (!editor.pending.allows('Compare')) return;
    if (this.#layer.compare === 'off') this.#layer.compare = 'swipe';
    this.#ask(editor.choice.askOther(label, against, editor.data.maps));
  }

  /** @type {(question: Question | null) => void} */
  #ask(question) {
    this.#layer.on = true;
    if (question) void this.#compute(question);
    this.editor.refresh();
    this.editor.focus();
  }

  /** @type {(question: Question) => Promise<void>} */
  async #compute({ label, against, number }) {
    const { editor } = this;
    const image = editor.document.id;
    let failure = null;
    try {
      const { map } = await editor.line.beside('why', { image, label, against });
      this.asked.set(image, [...this.asked.get(image) ?? [], map]);
    } catch (fault) {
      failure = /** @type {Error} */ (fault).message;
    }
    editor.data.maps = this.withAsked(editor.data);
    editor.choice.answer(number, failure, editor.data.maps);
    editor.refresh();
  }

  /** An image's maps with those that were asked for. @type {(data: EditorData) => MapSource[]} */
  withAsked({ document, maps }) {
    const is = (/** @type {MapSource} */ a) => (/** @type {MapSource} */ b) => a.label === b.label && a.against === b.against;
    return [...maps, ...(this.asked.get(document) ?? []).filter((map) => !maps.some(is(map)))];
  }

  /** What was asked for is there no more, of one image or of all. @type {(image?: string) => void} */
  forget(image) {
    if (image === undefined) this.asked.clear();
    else this.asked.delete(image);
  }

  /** @type {(how: import('../viewer/map_layer.js').Compare) => void} */
  compareBy(how) {
    const { document: { selected }, viewer: { view } } = this.editor;
    if (how === 'swipe' && this.#layer.compare !== 'swipe' && selected) {
      // Where there is something to compare.
      const { x, y, width } = bounds(selected.region);
      this.divideAt(clamp(view.toScreen([x + width / 2, y])[0] / view.stage.width, 0.1, 0.9));
    }
    this.editor.viewer.setMap({ on: true, compare: how });
    this.editor.announce({ off: 'One map', swipe: 'Two maps, divided', side: 'Two maps, side by side' }[how]);
  }

  cycleComparison() {
    const next = (COMPARISONS.indexOf(this.#layer.compare) + 1) % COMPARISONS.length;
    this.compareBy(COMPARISONS[next]);
  }

  /** @type {(share: number) => void} */
  divideAt(share) {
    this.editor.viewer.setMap({ divider: clamp(share, 0, 1) });
  }

  // ---- cutting the map elsewhere ----------------------------------------------------------

  /** Another image. */
  reset() {
    this.levels.clear();
    this.moving = null;
    this.editor.viewer.endPreview();
  }

  /** The share of its map's maximum that the selected region is cut at, while the slider is moved
   * that of the slider; null where none or several are selected, or the region was not cut from a map.
   * @returns {number | null} */
  get level() {
    const { selected, selection } = this.editor.document;
    if (!selected || selection.length !== 1) return null;
    return this.moving?.id === selected.id ? this.moving.level : this.#levelOf(selected);
  }

  /** @type {(entry: Entry) => number | null} */
  #levelOf(entry) {
    const { proposed_region, proposed_before, cut_level } = entry;
    if (!proposed_region || proposed_before || typeof cut_level !== 'number') return null;
    const key = this.#keyOf(entry.id, entry.region);
    const known = this.levels.get(key);
    if (known !== undefined) return known;
    if (sameRegion(entry.region, proposed_region)) return cut_level;
    if (!this.#gridOf(entry)) return null;
    // Cut elsewhere before the page was loaded, or drawn by hand: then no level gives it.
    const found = LEVELS.find((level) => sameRegion(this.#cut(entry, level), entry.region));
    this.levels.set(key, found ?? null);
    return found ?? null;
  }

  /** @type {(id: string, region: Region) => string} */
  #keyOf(id, region) {
    return JSON.stringify([this.#layer.source?.content, id, region]);
  }

  /** The map that the region can be cut from, if it is the one shown. @type {(entry: Entry) => Grid | null} */
  #gridOf({ proposed_label }) {
    const { source, store } = this.#layer;
    return source?.label === proposed_label ? store.gridOf(source) : null;
  }

  /** A suggestion as its map is cut at a level; null if nothing of it reaches that.
   * @type {(entry: Entry, level: number) => Region | null} */
  #cut(entry, level) {
    const around = entry.proposed_region;
    const grid = this.#gridOf(entry);
    const part = around && grid && partAround(grid, level * 255, bounds(around), this.editor.viewer.view.image);
    return part ? shapeOf(around).ofPart(part.rings, part.cell) : null;
  }

  /** While the slider is moved: the selected suggestion's outline follows. @type {(share: number) => void} */
  moveLevel(share) {
    const { editor } = this;
    const { selected } = editor.document;
    if (!selected || this.level === null || !editor.editable) return;
    this.moving = { id: selected.id, level: clamp(hundredths(share), LEVELS[0], LEVELS[LEVELS.length - 1]) };
    const region = this.#cut(selected, this.moving.level);
    editor.viewer.preview(new Map(region ? [[selected.id, region]] : []));
    editor.refresh();
  }

  /** The slider was let go: the outline it drew is the suggestion's, still undecided. */
  takeLevel() {
    const { moving, editor } = this;
    const { selected } = editor.document;
    this.moving = null;
    editor.viewer.endPreview();
    if (moving && selected?.id === moving.id && editor.editable) {
      const region = this.#cut(selected, moving.level);
      if (region) this.#take(selected, region, moving.level);
    }
    editor.refresh();
  }

  /** @type {(entry: Entry, region: Region, level: number) => void} */
  #take({ id, region: before }, region, level) {
    this.levels.set(this.#keyOf(id, region), level);
    if (!sameRegion(before, region)) this.editor.document.reshape(id, region, 'cut');
  }

  /** Cut the selected region tighter (1) or wider (-1): at the next level where it is.
   * @type {(direction: 1 | -1) => void} */
  stepLevel(direction) {
    const { editor, level } = this;
    const { selected } = editor.document;
    if (!selected || level === null || !editor.editable) {
      editor.pending.tell(selected ? 'The outline of this region is not cut from the map that is shown.' : 'Select a suggestion to cut it.');
      return;
    }
    const size = area(selected.region);
    const next = LEVELS.filter((other) => (other - level) * direction > STEP - 1e-6)
      .sort((a, b) => direction * (a - b))
      .map((other) => ({ other, region: this.#cut(selected, other) }))
      .find(({ region }) => region && (area(region) - size) * direction < 0);
    if (!next?.region) {
      editor.announce(direction > 0 ? 'It cannot be cut tighter' : 'It cannot be cut wider');
      return;
    }
    this.#take(selected, next.region, next.other);
    editor.announce(`Outline at ${Math.round(next.other * 100)} percent of the map`);
    editor.refresh();
  }
}
