/**
 * The region editor: holds the parts together. Data flows one way: Python's data and the
 * rater's acts change the document, the document is drawn, acts leave by the outbox.
 *
 * @import { Act, EditorData, LabelAct, Pointer, RegionAct, RemarkAct, Wire } from './types.js'
 * @import { Channel } from './record/open_tabs.js'
 * @import { KeyValueStore } from './record/outbox.js'
 * @import { Ramp } from './viewer/colour_map.js'
 */
import { EdgeActions } from './actions/edge_actions.js';
import { FaceActions } from './actions/face_actions.js';
import { LabelActions } from './actions/label_actions.js';
import { MapActions } from './actions/map_actions.js';
import { MaskActions } from './actions/mask_actions.js';
import { RegionActions } from './actions/region_actions.js';
import { Signing } from './actions/signing.js';
import { entryAt } from './input/aim.js';
import { COMMANDS } from './input/commands.js';
import { KeyBindings } from './input/key_bindings.js';
import { Keyboard, takesText } from './input/keyboard.js';
import { PendingKeys } from './input/pending_keys.js';
import { PointerInput } from './input/pointer.js';
import { createTools, toolEntry } from './input/tools.js';
import { showKeys } from './panels/command_button.js';
import { LabelMenu } from './panels/label_menu.js';
import { Panels } from './panels/panels.js';
import { scoreOf } from './panels/wording.js';
import { Preferences } from './preferences.js';
import { EditorDocument } from './record/document.js';
import { FrameSteps } from './record/frame_steps.js';
import { Going } from './record/going.js';
import { labelFacts } from './record/label_facts.js';
import { LabelSheet } from './record/label_sheet.js';
import { Line } from './record/line.js';
import { OpenTabs } from './record/open_tabs.js';
import { CLOCK, Outbox } from './record/outbox.js';
import { Remarks } from './record/remarks.js';
import { MapChoice } from './viewer/map_choice.js';
import { Prefetch } from './viewer/prefetch.js';
import { Viewer } from './viewer/viewer.js';

/** An arrow key goes this far over the image, with Shift ten times as far. */
const PAN_STEP_PX = 24;

export class RegionEditor {
  /** @param {EditorData} data  @param {Wire} wire  @param {KeyValueStore | null} store
   *  @param {Channel | null} channel */
  constructor(data, wire, store, channel) {
    this.data = data;
    this.toolName = 'select';
    this.panelsFrame = 0;
    this.pending = new PendingKeys({
      announce: (text) => this.announce(text), changed: () => this.refresh(), now: CLOCK.now,
    });
    this.prefetch = new Prefetch();
    this.preferences = new Preferences(store);
    this.keys = new KeyBindings(COMMANDS, this.preferences);
    this.line = new Line({
      fetch: wire.fetch,
      renew: () => wire.renew(this.document.id),
      opened: () => this.#lineOpened(),
      now: CLOCK.now,
    });
    this.outbox = new Outbox({
      send: async (acts) => (await this.line.inTurn('acts', { acts })).verdicts,
      changed: () => {
        this.panels?.status.showSaved(); // not a frame later
        this.#refreshPanels();
      },
      refused: (acts) => this.#refused(acts),
      store,
      clock: CLOCK,
    });
    const tell = (/** @type {Act[]} */ acts) => this.outbox.add(acts);
    this.document = new EditorDocument(tell);
    this.sheet = new LabelSheet(tell, () => this.document.head, this.document.history);
    this.remarks = new Remarks(tell, () => this.document.head);
    this.tabs = new OpenTabs(channel, () => this.#refreshPanels());
    this.choice = new MapChoice();
    /** @type {Viewer} */
    this.viewer = new Viewer({
      scene: () => this.#scene(),
      changed: () => this.refresh(),
      looked: () => this.panels?.showLook(),
      painted: () => this.pending.paint(),
      failed: () => this.pending.fail(),
    });
    this.viewer.maps.ramp = this.preferences.get('ramp', this.viewer.maps.ramp);
    this.regions = new RegionActions(this);
    this.labels = new LabelActions(this);
    this.maps = new MapActions(this);
    this.masks = new MaskActions(this);
    this.faces = new FaceActions(this);
    this.edges = new EdgeActions(this);
    this.going = new Going(this, wire.address);
    this.signing = new Signing(this);
    this.steps = new FrameSteps((place) => this.#leave(() => this.going.toFrame(place), true), CLOCK.now);
    this.tools = createTools(this);
    this.labelMenu = new LabelMenu(() => this.focus());
    this.panels = new Panels(this);
    this.root = this.panels.root;
    this.pointer = new PointerInput(this, this.viewer.stage.node);
    this.keyboard = new Keyboard(this, this.root);
    this.setTool('select');
    this.showKeys();
  }

  /** The page was drawn, at first or anew. @param {EditorData} data */
  update(data) {
    const isBehind = this.going.isAhead(data) || data.document === this.document.id;
    this.outbox.open(data.owner, data.rater);
    this.document.rater = data.rater;
    this.line.open(data.line);
    if (!isBehind) this.show(data);
    // What the page knows of the image may be older than what was acknowledged here since.
    else this.#reload();
  }

  /** Show an image with all that the record says of it. @param {EditorData} data */
  show(data) {
    const isOther = data.document !== this.document.id;
    const isSameFile = Boolean(data.image.series) && data.image.series === this.data.image.series;
    this.data = { ...data, height: data.height ?? this.data.height, maps: this.maps.withAsked(data) };
    this.document.rater = data.rater;
    this.document.readingId = data.reading_id;
    const isLoaded = data.image.content === this.viewer.image?.content;
    if (isOther || this.pending.isLeaving || !isLoaded) this.#arrive(isOther);
    this.#load(data);
    this.tabs.open(data.owner, data.document);
    this.labels.update();
    void this.viewer.load(data.image).then(() => {
      if (this.viewer.raster.ready) this.prefetch.fetch(this.data.prefetch);
    });
    this.refresh();
    this.tellBar();
    if (!isOther) return;
    // Keys belong to the image whose name the page shows: it shows this one's from here on.
    this.panels.toolbar.update();
    this.steps.arrived(isSameFile ? data.frames : null);
  }

  /** What stands beside the editor is drawn by whoever listens. */
  tellBar() {
    const detail = { bar: this.data.bar, document: this.data.document, owner: this.data.owner, editor: this };
    window.dispatchEvent(new CustomEvent('annotator-image', { detail }));
  }

  /** Another token is here: the server may be another one. */
  #lineOpened() {
    this.maps.forget();
    this.outbox.retry();
  }

  /** Acts were set aside: what the record says holds. @type {(acts: Act[]) => void} */
  #refused(acts) {
    this.announce(acts.length === 1 ? '1 change was refused' : `${acts.length} changes were refused`);
    if (acts.some((act) => act.document === this.document.id)) this.#reload();
  }

  /** What the record says of the image is asked anew; what is done meanwhile goes on top. */
  #reload() {
    if (!this.pending.isLeaving) void this.going.reload();
  }

  /** The record as the server has it, with what it does not have yet on top.
   * @type {(data: EditorData) => void} */
  #load({ document, regions, label_values, remarks }) {
    const pending = this.outbox.pendingFor(document);
    const isRegion = (/** @type {Act} */ act) => act.kind === 'region' || act.kind === undefined;
    this.document.load(document, regions, /** @type {RegionAct[]} */ (pending.filter(isRegion)));
    this.sheet.load(label_values, /** @type {LabelAct[]} */ (pending.filter(({ kind }) => kind === 'label')));
    this.remarks.load(remarks, /** @type {RemarkAct[]} */ (pending.filter(({ kind }) => kind === 'remark')));
  }

  /** The page is about to show an image's name, or the same image with more on it.
   * @type {(isOther: boolean) => void} */
  #arrive(isOther) {
    this.viewer.isDrawn = false;
    this.pending.arrive(isOther);
    if (!isOther) return;
    this.tool.cancel();
    this.signing.reset();
    this.maps.reset();
    const { isTyping } = this;
    const typed = [this.labelMenu.abandon(), this.panels.labels.line.abandon(), this.panels.remarks.abandon()]
      .filter((text) => text !== null);
    if (typed.length) {
      this.pending.discardTyping(typed.filter(Boolean).join(' '), isTyping);
      this.focus();
    }
    this.choice.reset();
    this.faces.reset();
  }

  // ---- what is so -------------------------------------------------------------------------

  get tool() {
    return this.tools[this.toolName];
  }

  get editable() {
    return !this.data.readonly && this.pending.isPainted;
  }

  /** The vocabulary of FACS, once it is loaded. */
  get facs() {
    return this.panels?.labels.line.grammar ?? null;
  }

  /** What holds of each label, by its value and its regions. */
  get facts() {
    return labelFacts(this.document.entries.values(), this.sheet.states, this.labels.face);
  }

  /** Whether the person writes into a field of the editor. */
  get isTyping() {
    const root = /** @type {ShadowRoot | Document} */ (this.root.getRootNode());
    return takesText(root.activeElement);
  }

  /** @type {(code: string) => string} */
  meaningOf(code) {
    const meaning = this.data.labels.find((label) => label.code === code)?.meaning ?? '';
    return meaning === code ? '' : meaning;
  }

  // ---- drawing on the page ----------------------------------------------------------------

  /** @returns {import('./viewer/viewer.js').Scene} */
  #scene() {
    const { shown, selection, heights } = this.document;
    const faces = this.faces.isOpen ? this.faces.faces : [];
    const entries = shown.map((entry) => ({ ...entry, score: scoreOf(entry, this.data.labels) }));
    return { entries, selection, heights, faces, editable: this.editable, masks: this.masks.painted() };
  }

  /** Draw everything anew, in the next frame. */
  refresh() {
    this.viewer.schedule();
    this.#refreshPanels();
  }

  #refreshPanels() {
    if (this.panelsFrame) return;
    this.panelsFrame = requestAnimationFrame(() => {
      this.panelsFrame = 0;
      this.maps.update();
      this.panels.update();
    });
  }

  /** Write the keys as they are bound now. */
  showKeys() {
    showKeys(this.root, this);
  }

  /** @type {(text: string) => void} */
  announce(text) {
    this.panels.announcer.textContent = text;
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }

  /** @type {(at: Pointer | null) => void} */
  hoverAt(at) {
    this.panels.status.pointAt(at);
    if (!at) this.tool.hover?.(null);
    // Whoever paints hits no region: looking for one would cost the stroke its frames.
    const isOver = at !== null && !this.masks.isPainting && (at.handle !== null || entryAt(this, at) !== null);
    this.viewer.stage.node.dataset.over = isOver ? 'region' : 'image';
  }

  // ---- commands of the editor itself ---------------------------------------------------------

  /** A key or a button was pressed. @type {(command: import('./input/commands.js').Command) => void} */
  perform(command) {
    this.pending.submit(command, () => {
      this.panels.intensity.dismiss();
      command.run(this);
    });
  }

  /** @type {(name: string) => void} */
  setTool(name) {
    this.tool.cancel();
    this.toolName = name;
    Object.assign(this.viewer.stage.node.dataset, { tool: name, cursor: toolEntry(name).cursor ?? '' });
    if (this.masks.isPainting) this.panels.openMask();
    this.refresh();
  }

  escape() {
    if (this.panels.keys.isOpen) this.panels.keys.toggle();
    else if (this.pending.attend() || this.pending.discard()) this.refresh();
    else if (this.tool.cancel()) this.refresh();
    else if (this.toolName !== 'select') this.setTool('select');
    else if (this.viewer.ruler) this.viewer.measure(null);
    else if (this.viewer.look.bare) this.viewer.setBare(false);
    else this.regions.select([]);
  }

  /** Move what is selected by image pixels; with nothing selected, go that way over the image.
   * @type {(dx: number, dy: number) => void} */
  nudgeOrPan(dx, dy) {
    if (this.document.selection.length) this.regions.nudge(dx, dy);
    else this.viewer.panBy(-dx * PAN_STEP_PX, -dy * PAN_STEP_PX);
  }

  /** @type {(held: boolean) => void} */
  holdPan(held) {
    this.pointer.spaceHeld = held;
    this.viewer.stage.node.classList.toggle('panning', held);
  }

  /** @type {(ramp: Ramp) => void} */
  setRamp(ramp) {
    this.viewer.setMap({ ramp });
    this.preferences.set('ramp', ramp);
  }

  toggleHelp() {
    this.panels.keys.toggle();
  }

  toggleFlag() {
    if (!this.editable) return;
    this.remarks.toggleFlag();
    this.announce(this.remarks.isFlagged ? 'Flagged for a second look' : 'No longer flagged');
    this.refresh();
  }

  /** @type {(kind: 'note' | 'skip') => void} */
  openRemark(kind) {
    if (!this.data.readonly) this.panels.openRemark(kind);
  }

  // ---- going --------------------------------------------------------------------------------

  /** Go to another image. @type {(to: 'next' | 'previous') => void} */
  navigate(to) {
    const image = this.data[to];
    if (image) this.goTo(image);
  }

  /** @type {(image: string) => void} */
  goTo(image) {
    this.#leave(() => this.going.to(image));
  }

  /** Go to another frame of the same file. @type {(place: number) => void} */
  goToFrame(place) {
    if (this.data.frames) this.steps.to(place, this.data.frames);
    this.#refreshPanels();
  }

  /** @type {(step: number) => void} */
  stepFrame(step) {
    if (this.data.frames) this.steps.by(step, this.data.frames);
    this.#refreshPanels();
  }

  /** What a number key stands for. @type {(place: number) => void} */
  takeNumber(place) {
    if (this.faces.isOpen) this.faces.chooseByNumber(place);
    else this.labels.giveByNumber(place);
  }

  /** Say that all is said of this image, and go on. */
  sign() {
    if (this.data.can_sign && this.editable && this.signing.isConfirmed()) this.#leave(() => this.going.sign());
  }

  /** @type {(go: () => Promise<void>, toFrame?: boolean) => boolean} */
  #leave(go, toFrame = false) {
    if (!this.pending.leave(toFrame)) return false;
    this.tool.cancel();
    void go();
    return true;
  }

  /** The image that was asked for does not come: this one stays. @type {(why: string) => void} */
  stay(why) {
    this.pending.stay(why);
    this.steps.arrived(null);
    this.refresh();
  }

  /** The page lets go of the editor. Unacknowledged acts stay in the browser's storage. */
  close() {
    cancelAnimationFrame(this.panelsFrame);
    this.viewer.close();
    this.outbox.close();
    this.tabs.close();
    this.keyboard.close();
    this.root.remove();
  }
}
