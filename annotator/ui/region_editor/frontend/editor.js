/**
 * The region editor: holds the parts together. Data flows one way: Python's data and the
 * rater's acts change the document, the document is drawn, acts leave by the outbox.
 *
 * @import { Act, EditorData, Entry, LabelAct, Pointer, RegionAct, RemarkAct, Wire } from './types.js'
 * @import { Channel } from './record/open_tabs.js'
 * @import { Held, KeyValueStore } from './record/outbox.js'
 * @import { Ramp } from './viewer/colour_map.js'
 */
import { FaceActions } from './actions/face_actions.js';
import { LabelActions } from './actions/label_actions.js';
import { MapActions } from './actions/map_actions.js';
import { RegionActions } from './actions/region_actions.js';
import { regionAt } from './geometry/hits.js';
import { COMMANDS } from './input/commands.js';
import { KeyBindings } from './input/key_bindings.js';
import { Keyboard, takesText } from './input/keyboard.js';
import { PointerInput } from './input/pointer.js';
import { createTools } from './input/tools.js';
import { showKeys } from './panels/command_button.js';
import { LabelMenu } from './panels/label_menu.js';
import { Panels } from './panels/panels.js';
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
import { Viewer } from './viewer/viewer.js';

/** How near, on the screen, an outline is hit by mouse and by finger. */
const [REACH_PX, REACH_TOUCH_PX] = [5, 16];
/** An arrow key goes this far over the image, with Shift ten times as far. */
const PAN_STEP_PX = 24;

export class RegionEditor {
  /** @param {EditorData} data  @param {Wire} wire  @param {KeyValueStore | null} store
   *  @param {Channel | null} channel */
  constructor(data, wire, store, channel) {
    this.data = data;
    this.toolName = 'select';
    /** Whether another image was asked for: nothing can be changed until it, or a refusal, is
     * here, so that a fast "accept" never lands on the image that is being left. */
    this.isLeaving = false;
    this.panelsFrame = 0;
    /** @type {Set<string>} */
    this.prefetched = new Set();
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
      changed: () => this.#refreshPanels(),
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
    });
    this.viewer.maps.ramp = this.preferences.get('ramp', this.viewer.maps.ramp);
    this.regions = new RegionActions(this);
    this.labels = new LabelActions(this);
    this.maps = new MapActions(this);
    this.faces = new FaceActions(this);
    this.going = new Going(this, wire.address);
    this.steps = new FrameSteps((place) => this.#leave(() => this.going.toFrame(place)), CLOCK.now);
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
    else this.#leave(() => this.going.reload());
  }

  /** Show an image with all that the record says of it. @param {EditorData} data */
  show(data) {
    const isOther = data.document !== this.document.id;
    const isSameFile = Boolean(data.image.series) && data.image.series === this.data.image.series;
    this.data = { ...data, height: data.height ?? this.data.height, maps: this.maps.withAsked(data) };
    this.document.rater = data.rater;
    this.document.readingId = data.reading_id;
    this.isLeaving = false;
    if (isOther) this.#leaveDocument();
    this.#load(data);
    this.tabs.open(data.owner, data.document);
    this.labels.update();
    void this.viewer.load(data.image).then(() => this.#prefetch());
    if (isOther) this.steps.arrived(isSameFile ? data.frames : null);
    this.refresh();
    this.tellBar();
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
    if (acts.some((act) => act.document === this.document.id)) this.#leave(() => this.going.reload());
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

  #leaveDocument() {
    this.tool.cancel();
    this.choice.reset();
    this.faces.reset();
    this.labelMenu.close();
  }

  /** Have the browser fetch what comes next, while the rater looks at this. */
  #prefetch() {
    if (!this.viewer.raster.ready) return;
    for (const url of this.data.prefetch) {
      if (this.prefetched.has(url)) continue;
      this.prefetched.add(url);
      // Only a head start: if it fails, the image is fetched when it is opened. What nobody
      // reads stays half fetched, and who asks for it then has to wait for it.
      fetch(url, { priority: 'low' }).then((response) => response.arrayBuffer())
        .catch(() => this.prefetched.delete(url));
    }
  }

  // ---- what is so -------------------------------------------------------------------------

  get tool() {
    return this.tools[this.toolName];
  }

  get editable() {
    return !this.data.readonly && this.viewer.raster.ready && !this.isLeaving;
  }

  /** The vocabulary of FACS, once it is loaded. */
  get facs() {
    return this.panels?.labels.line.grammar ?? null;
  }

  /** Where the halves of the face meet, and which labels are scored by side.
   * @returns {import('./record/label_facts.js').Face} */
  get face() {
    const takesSide = (/** @type {string} */ code) => this.facs?.labels.get(code)?.sides.includes('L') ?? false;
    return { midline: this.data.midline ?? null, takesSide };
  }

  /** What holds of each label, by its value and its regions. */
  get facts() {
    return labelFacts(this.document.entries.values(), this.sheet.states, this.face);
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

  /** @type {(at: Pointer) => Entry | null} */
  entryAt(at) {
    const reach = (at.coarse ? REACH_TOUCH_PX : REACH_PX) / this.viewer.view.scale;
    const { shown, heights } = this.document;
    const standing = shown.filter((entry) => entry.decision !== 'rejected');
    const rejected = shown.filter((entry) => entry.decision === 'rejected');
    return regionAt(standing, at.image, reach, heights) ?? regionAt(rejected, at.image, reach, heights);
  }

  // ---- drawing on the page ----------------------------------------------------------------

  /** @returns {import('./viewer/viewer.js').Scene} */
  #scene() {
    const { shown, selection, heights } = this.document;
    const faces = this.faces.isOpen ? this.faces.faces : [];
    return { entries: shown, selection, heights, faces, editable: this.editable };
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
    const isOver = at !== null && (at.handle !== null || this.entryAt(at) !== null);
    this.viewer.stage.node.dataset.over = isOver ? 'region' : 'image';
  }

  // ---- commands of the editor itself ---------------------------------------------------------

  /** @type {(name: string) => void} */
  setTool(name) {
    this.tool.cancel();
    this.toolName = name;
    this.viewer.stage.node.dataset.tool = name;
    this.refresh();
  }

  escape() {
    if (this.panels.keys.isOpen) this.panels.keys.toggle();
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
    if (this.editable) this.panels.openRemark(kind);
  }

  openCodeLine() {
    this.panels.openCodeLine();
  }

  openWhy() {
    this.panels.openWhy();
  }

  /** A clash with another page: the rater has said what shall hold.
   * @type {(held: Held, mine: boolean) => void} */
  settle(held, mine) {
    const { conflict: { current }, acts } = held;
    const act = acts[acts.length - 1];
    this.outbox.letGo(held);
    if (act.kind === 'label' && current) {
      const state = { ...act, ...current, last_act: current.id ?? null };
      this.sheet.settle(act.label, /** @type {import('./types.js').LabelState} */ (state), mine);
    } else if (act.kind === 'region' && current) {
      this.document.settle(act.region_id, /** @type {RegionAct} */ ({ ...act, ...current }), mine);
    }
    this.refresh();
  }

  // ---- going --------------------------------------------------------------------------------

  /** Go to another image. @type {(to: 'next' | 'previous') => void} */
  navigate(to) {
    const image = this.data[to];
    if (image) this.#leave(() => this.going.to(image));
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
    if (this.data.can_sign && this.editable) this.#leave(() => this.going.sign());
  }

  /** @type {(go: () => Promise<void>) => boolean} */
  #leave(go) {
    if (this.isLeaving) return false;
    this.isLeaving = true;
    this.tool.cancel();
    void go();
    return true;
  }

  /** The image that was asked for does not come: this one stays. */
  arrived() {
    this.isLeaving = false;
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
