/**
 * The region editor: holds the parts together. Data flows one way: Python's data and the
 * rater's acts change the document, the document is drawn, acts leave by the outbox.
 *
 * @import { EditorData, Entry, Pointer, Region, Size, Wire } from './types.js'
 * @import { KeyValueStore } from './record/outbox.js'
 */
import { CheatSheet } from './panels/cheat_sheet.js';
import { EditorDocument } from './record/document.js';
import { element } from './panels/elements.js';
import { bounds, isDrawn, regionAt, resized, translated } from './geometry/regions.js';
import { Inspector } from './panels/inspector.js';
import { Keyboard } from './input/keys.js';
import { LabelMenu } from './panels/label_menu.js';
import { MapChoice } from './viewer/map_choice.js';
import { MapControls } from './panels/map_controls.js';
import { CLOCK, Outbox } from './record/outbox.js';
import { PointerInput } from './input/pointer.js';
import { RegionList } from './panels/region_list.js';
import { StatusBar } from './panels/status_bar.js';
import { Toolbar } from './panels/toolbar.js';
import { createTools } from './input/tools.js';
import { Viewer } from './viewer/viewer.js';

/** How near, on the screen, an outline is hit by mouse and by finger. */
const [REACH_PX, REACH_TOUCH_PX] = [5, 16];
/** A duplicate lies this far from its original. */
const DUPLICATE_OFFSET_PX = 12;
/** After "next image" nothing can be changed for this long at most, so that a fast "accept"
 * never lands on the image that is being left. */
const LEAVING_MS = 1500;

export class RegionEditor {
  /** @param {EditorData} data  @param {Wire} wire  @param {KeyValueStore | null} store */
  constructor(data, wire, store) {
    this.data = data;
    this.wire = wire;
    this.toolName = 'select';
    this.newLabel = data.labels[0]?.code ?? '';
    this.leavingUntil = 0;
    this.panelsFrame = 0;
    /** @type {Set<string>} */
    this.prefetched = new Set();
    this.outbox = new Outbox({
      send: (parcel) => this.wire.state('outbox', parcel),
      changed: () => this.#refreshPanels(),
      store,
      clock: CLOCK,
    });
    this.document = new EditorDocument((acts) => this.outbox.add(acts));
    this.choice = new MapChoice();
    /** @type {Viewer} */
    this.viewer = new Viewer({
      scene: () => this.#scene(),
      changed: () => this.refresh(),
      looked: () => this.#showLook(),
    });
    this.tools = createTools(this);
    this.toolbar = new Toolbar(this);
    this.list = new RegionList(this);
    this.inspector = new Inspector(this);
    this.mapControls = new MapControls(this);
    this.status = new StatusBar(this);
    this.labelMenu = new LabelMenu(() => this.focus());
    this.sheet = new CheatSheet(() => this.focus());
    this.announcer = element('div', { class: 'unseen', 'aria-live': 'polite' });
    this.root = this.#arranged();
    this.pointer = new PointerInput(this, this.viewer.stage.node);
    this.keyboard = new Keyboard(this, this.root);
    this.setTool('select');
  }

  #arranged() {
    const side = element('aside', { class: 'side', 'aria-label': 'Regions and map' },
      this.list.node, this.inspector.node, this.mapControls.node);
    return element('div', {
      class: 'editor', tabindex: 0, role: 'application',
      'aria-label': 'Region editor. Press question mark for its keys.',
    }, this.toolbar.node, this.viewer.stage.node, side, this.status.node, this.labelMenu.node,
    this.sheet.node, this.announcer);
  }

  /** Python has run: take over what it says. @param {EditorData} data */
  update(data) {
    const isOther = data.document !== this.document.id;
    this.data = data;
    this.document.rater = data.rater;
    this.outbox.open(data.owner);
    this.outbox.receive(data.receipt);
    if (isOther) this.#leaveDocument();
    this.document.load(data.document, data.regions, this.outbox.pendingFor(data.document));
    this.choice.answer(data.why.answered, data.why.failure, data.maps);
    if (!data.labels.some((label) => label.code === this.newLabel)) {
      this.newLabel = data.labels[0]?.code ?? '';
    }
    void this.viewer.load(data.image).then(() => this.#prefetch());
    this.refresh();
  }

  #leaveDocument() {
    this.tool.cancel();
    this.leavingUntil = 0;
    this.choice.reset();
    this.labelMenu.close();
  }

  /** Have the browser fetch what comes next, while the rater looks at this. */
  #prefetch() {
    if (!this.viewer.raster.ready) return;
    for (const url of this.data.prefetch) {
      if (this.prefetched.has(url)) continue;
      this.prefetched.add(url);
      // Only a head start: if it fails, the image is fetched when it is opened.
      fetch(url, { priority: 'low' }).catch(() => this.prefetched.delete(url));
    }
  }

  // ---- what is so -------------------------------------------------------------------------

  get tool() {
    return this.tools[this.toolName];
  }

  get isLeaving() {
    return CLOCK.now() < this.leavingUntil;
  }

  get editable() {
    return !this.data.readonly && this.viewer.raster.ready && !this.isLeaving;
  }

  /** @type {(code: string) => string} */
  meaningOf(code) {
    const meaning = this.data.labels.find((label) => label.code === code)?.meaning ?? '';
    return meaning === code ? '' : meaning;
  }

  /** @type {(at: Pointer) => Entry | null} */
  entryAt(at) {
    const reach = (at.coarse ? REACH_TOUCH_PX : REACH_PX) / this.viewer.view.scale;
    const standing = this.document.shown.filter((entry) => entry.decision !== 'rejected');
    const rejected = this.document.shown.filter((entry) => entry.decision === 'rejected');
    return regionAt(standing, at.image, reach) ?? regionAt(rejected, at.image, reach);
  }

  // ---- drawing on the page ----------------------------------------------------------------

  /** @returns {import('./viewer/viewer.js').Scene} */
  #scene() {
    const { shown, selected } = this.document;
    return { entries: shown, selected, editable: this.editable };
  }

  /** Draw everything anew, in the next frame. */
  refresh() {
    this.viewer.schedule();
    this.#refreshPanels();
  }

  #showLook() {
    this.toolbar?.update();
    this.status?.update();
  }

  #refreshPanels() {
    if (this.panelsFrame) return;
    this.panelsFrame = requestAnimationFrame(() => {
      this.panelsFrame = 0;
      const { selected } = this.document;
      void this.viewer.maps.show(this.choice.shown(this.data.maps, selected));
      this.toolbar.update();
      this.list.update();
      this.inspector.update();
      this.mapControls.update();
      this.status.update();
    });
  }

  /** @type {(text: string) => void} */
  announce(text) {
    this.announcer.textContent = text;
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }

  /** @type {(at: Pointer | null) => void} */
  hoverAt(at) {
    this.status.pointAt(at);
    const isOver = at !== null && (at.handle !== null || this.entryAt(at) !== null);
    this.viewer.stage.node.dataset.over = isOver ? 'region' : 'image';
  }

  // ---- commands: regions ------------------------------------------------------------------

  /** @type {(id: string | null, reveal?: boolean) => void} */
  select(id, reveal = true) {
    this.document.select(id);
    const { selected } = this.document;
    if (selected && reveal) this.viewer.reveal(bounds(selected.region));
    if (selected) this.announce(`${selected.label}, ${selected.decision}`);
    this.refresh();
  }

  /** @type {(direction: 1 | -1) => void} */
  selectUndecided(direction) {
    const id = this.document.nextUndecided(direction);
    if (id) this.select(id);
    else this.announce('Every suggestion on this image is decided.');
  }

  /** Change the selected region. @type {(change: (entry: Entry) => unknown) => boolean} */
  #withSelected(change) {
    const { selected } = this.document;
    if (!selected || !this.editable) return false;
    change(selected);
    this.refresh();
    return true;
  }

  accept() {
    this.#decide((entry) => this.document.accept(entry.id));
  }

  reject() {
    this.#decide((entry) => this.document.reject(entry.id));
  }

  /** @type {(decide: (entry: Entry) => unknown) => void} */
  #decide(decide) {
    // With nothing selected the first press only shows what would be decided.
    if (this.#withSelected(decide) || this.editable) this.selectUndecided(1);
  }

  reopen() {
    this.#withSelected((entry) => this.document.reopen(entry.id));
  }

  removeSelected() {
    this.#withSelected((entry) => this.document.remove(entry.id));
  }

  /** @type {(id: string, region: Region) => void} */
  reshape(id, region) {
    this.document.reshape(id, region);
    this.refresh();
  }

  /** @type {(region: Region) => void} */
  addDrawn(region) {
    if (!this.editable || !isDrawn(region)) return;
    this.document.add(region, this.newLabel);
    this.setTool('select');
    this.announce(`${this.newLabel} added`);
  }

  duplicate() {
    this.#withSelected(({ region, label }) => {
      const [by, { image }] = [DUPLICATE_OFFSET_PX, this.viewer.view];
      this.document.add(translated(region, by, by, image), label);
    });
  }

  /** @type {(dx: number, dy: number) => void} */
  nudge(dx, dy) {
    this.#nudgeTo((region, image) => translated(region, dx, dy, image));
  }

  /** @type {(dw: number, dh: number) => void} */
  resizeBy(dw, dh) {
    this.#nudgeTo((region, image) => resized(region, dw, dh, image));
  }

  /** @type {(change: (region: Region, image: Size) => Region) => void} */
  #nudgeTo(change) {
    this.#withSelected(({ id, region, decision }) => {
      if (decision === 'rejected') return;
      this.document.reshape(id, change(region, this.viewer.view.image), true);
    });
  }

  undo() {
    if (this.editable && this.document.undo()) this.refresh();
  }

  redo() {
    if (this.editable && this.document.redo()) this.refresh();
  }

  // ---- commands: labels -------------------------------------------------------------------

  /** Label of the regions drawn from now on. @type {(code: string) => void} */
  setNewLabel(code) {
    this.newLabel = code;
    this.refresh();
  }

  /** Give the selected region a label; with none selected, the regions drawn next.
   * @type {(code: string) => void} */
  label(code) {
    this.#withSelected((entry) => this.document.relabel(entry.id, code));
    this.setNewLabel(code);
  }

  /** @type {(place: number) => void} */
  labelByNumber(place) {
    const label = this.data.labels[place];
    if (label) this.label(label.code);
  }

  /** @type {(forNewRegions?: boolean) => void} */
  openLabelMenu(forNewRegions = false) {
    const { selected } = this.document;
    if (!this.editable) return;
    if (forNewRegions || !selected) {
      this.labelMenu.open('Label of new regions', this.data.labels, this.newLabel,
        (code) => this.setNewLabel(code));
    } else {
      this.labelMenu.open('Label of this region', this.data.labels, selected.label,
        (code) => this.label(code));
    }
  }

  finishOrLabel() {
    if (!this.tool.finish?.()) this.openLabelMenu();
  }

  // ---- commands: tools and maps ------------------------------------------------------------

  /** @type {(name: string) => void} */
  setTool(name) {
    this.tool.cancel();
    this.toolName = name;
    this.viewer.stage.node.dataset.tool = name;
    this.refresh();
  }

  escape() {
    if (this.sheet.isOpen) this.sheet.toggle();
    else if (this.tool.cancel()) this.refresh();
    else if (this.toolName !== 'select') this.setTool('select');
    else this.select(null);
  }

  /** @type {(held: boolean) => void} */
  holdPan(held) {
    this.pointer.spaceHeld = held;
    this.viewer.stage.node.classList.toggle('panning', held);
  }

  toggleMap() {
    this.viewer.setMapOn(!this.viewer.maps.on);
  }

  /** @type {(place: number | null) => void} */
  pinMap(place) {
    this.choice.pinned = place;
    this.refresh();
  }

  /** Why this label rather than that one? @type {(against: string) => void} */
  askWhy(against) {
    const { selected } = this.document;
    if (!selected) return;
    const explained = selected.proposed_label ?? selected.label;
    const question = this.choice.ask(explained, against, this.data.maps);
    this.viewer.setMapOn(true);
    if (question) this.wire.trigger('why', question);
    this.refresh();
    this.focus();
  }

  // ---- commands: going --------------------------------------------------------------------

  /** Go to another image. Acts were sent when they were made and travel along once more.
   * @type {(to: 'next' | 'previous') => void} */
  navigate(to) {
    const possible = to === 'next' ? this.data.can_next : this.data.can_previous;
    if (!possible || this.isLeaving) return;
    this.leavingUntil = CLOCK.now() + LEAVING_MS;
    this.tool.cancel();
    this.wire.trigger('navigate', to);
  }

  toggleHelp() {
    this.sheet.toggle();
  }

  /** The page lets go of the editor. Unacknowledged acts stay in the browser's storage. */
  close() {
    cancelAnimationFrame(this.panelsFrame);
    this.viewer.close();
    this.outbox.close();
    this.keyboard.close();
    this.root.remove();
  }
}
