/**
 * What the rater can do with maps: choose, compare, ask for the map against a rival, and cut
 * the selected suggestion anew at another share of the map's maximum.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { EditorData, MapSource, Region } from '../types.js'
 * @import { Question } from '../viewer/map_choice.js'
 */
import { partAround } from '../geometry/contours.js';
import { clamp, hundredths } from '../geometry/points.js';
import { bounds, sameRegion } from '../geometry/regions.js';
import { COMPARISONS } from '../viewer/map_layer.js';

const THRESHOLD_STEP = 0.05;
const [LEAST_THRESHOLD, MOST_THRESHOLD] = [0.1, 0.95];

export class MapActions {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** Maps that were asked for, by image. @type {Map<string, MapSource[]>} */
    this.asked = new Map();
  }

  get #layer() {
    return this.editor.viewer.maps;
  }

  /** Show the maps that are chosen now. */
  update() {
    const { document: { selected }, choice, data } = this.editor;
    this.#layer.show(choice.shown(data.maps, selected), choice.other(data.maps, selected));
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
    if (explained === null) return;
    this.#ask(editor.choice.ask(explained, against, editor.data.maps));
  }

  /** Compare with another map, computed if it is not here. @type {(label: string, against: string) => void} */
  compareWith(label, against) {
    const { editor } = this;
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

  /** The selected suggestion as its map is cut at the threshold now; null if it cannot be.
   * @returns {{id: string, region: Region} | null} */
  #cut() {
    const { document: { selected, selection }, editable, viewer } = this.editor;
    const around = selected?.proposed_region;
    if (!editable || !around || selected.proposed_before || selection.length !== 1) return null;
    const { source, store, threshold } = this.#layer;
    const grid = source?.label === selected.proposed_label ? store.gridOf(source) : null;
    const points = grid && partAround(grid, threshold * 255, bounds(around), viewer.view.image);
    if (!points) return null;
    /** @type {Region} */
    const outline = { type: 'polygon', points: points.map(([x, y]) => [hundredths(x), hundredths(y)]) };
    const region = around.type === 'polygon' ? outline : { ...bounds(outline), type: around.type };
    return { id: selected.id, region: /** @type {Region} */ (region) };
  }

  /** While the threshold is moved: the suggestion's outline follows. @type {(share: number) => void} */
  showThreshold(share) {
    this.#layer.threshold = clamp(Math.round(share * 100) / 100, LEAST_THRESHOLD, MOST_THRESHOLD);
    const cut = this.#cut();
    this.editor.viewer.preview(new Map(cut ? [[cut.id, cut.region]] : []));
    this.editor.refresh();
  }

  /** The threshold has been moved: the outline it drew is the suggestion's, still undecided. */
  takeThreshold() {
    const cut = this.#cut();
    this.editor.viewer.endPreview();
    const before = cut && this.editor.document.entries.get(cut.id);
    if (cut && before && !sameRegion(before.region, cut.region)) {
      this.editor.document.reshape(cut.id, cut.region, 'cut');
    }
    this.editor.refresh();
  }

  /** Cut tighter (1) or wider (-1). @type {(direction: 1 | -1) => void} */
  stepThreshold(direction) {
    this.showThreshold(this.#layer.threshold + direction * THRESHOLD_STEP);
    this.takeThreshold();
    const stays = this.editor.document.selected?.proposed_before ? '; the suggestion, of an earlier run, stays' : '';
    this.editor.announce(`Outline at ${Math.round(this.#layer.threshold * 100)} percent of the map${stays}`);
  }
}
