/**
 * Everything around the image, arranged: tools above, regions and labels beside, the state
 * below.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { Banner } from './banner.js';
import { CheatSheet } from './cheat_sheet.js';
import { element } from './elements.js';
import { FrameBar } from './frame_bar.js';
import { Inspector } from './inspector.js';
import { IntensityPrompt } from './intensity_prompt.js';
import { KeyNote } from './key_note.js';
import { LabelsPanel } from './labels_panel.js';
import { MapControls } from './map_controls.js';
import { MaskPanel } from './mask_panel.js';
import { PixelsPanel } from './pixels_panel.js';
import { RegionList } from './region_list.js';
import { RemarksPanel } from './remarks_panel.js';
import { StatusBar } from './status_bar.js';
import { Tabs } from './tabs.js';
import { Toolbar } from './toolbar.js';

/** Places of tabs. */
const [MAP, , NOTES, MASK] = [0, 1, 2, 3];
const LABELS = 1;

export class Panels {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.toolbar = new Toolbar(editor);
    this.list = new RegionList(editor);
    this.labels = new LabelsPanel(editor);
    this.inspector = new Inspector(editor);
    this.intensity = new IntensityPrompt(editor);
    this.map = new MapControls(editor);
    this.pixels = new PixelsPanel(editor);
    this.mask = new MaskPanel(editor);
    this.remarks = new RemarksPanel(editor);
    this.frames = new FrameBar(editor);
    this.status = new StatusBar(editor);
    this.keyNote = new KeyNote(editor);
    this.keys = new CheatSheet(editor);
    this.banner = new Banner(editor);
    this.stated = new Tabs('Regions and labels', [
      { name: 'Regions', panel: this.list.node }, { name: 'Labels', panel: this.labels.node }]);
    this.looked = new Tabs('Map, pixels, notes and mask', [
      { name: 'Map', panel: this.map.node }, { name: 'Pixels', panel: this.pixels.node },
      { name: 'Notes', panel: this.remarks.node }, { name: 'Mask', panel: this.mask.node }], true);
    this.stated.node.classList.add('stated');
    this.looked.node.classList.add('looked');
    this.side = element('aside', { class: 'side', 'aria-label': 'Regions, labels and map' },
      this.stated.node, this.inspector.node, this.looked.node);
    this.announcer = element('div', { class: 'unseen', 'aria-live': 'polite' });
    this.root = this.#arranged();
    this.root.addEventListener('pointerdown', (event) => this.intensity.pressed(event), { capture: true });
  }

  #arranged() {
    const { editor } = this;
    const viewing = element('div', { class: 'viewing' }, editor.viewer.stage.node,
      this.frames.node, this.intensity.node, this.keyNote.node);
    return element('div', {
      class: 'editor', tabindex: 0, role: 'application',
      'aria-label': 'Region editor. Press question mark for its keys.',
    }, this.toolbar.node, viewing, this.side, this.status.node, this.status.refused.node, this.banner.node,
    editor.labelMenu.node, this.keys.node, this.announcer);
  }

  update() {
    const { data, masks, document } = this.editor;
    this.toolbar.update();
    this.list.update();
    this.labels.update();
    this.inspector.update();
    this.intensity.update();
    this.map.update();
    this.pixels.update();
    this.mask.update();
    this.remarks.update();
    this.frames.update();
    this.status.update();
    this.keyNote.update();
    this.banner.update();
    this.stated.note(0, this.list.note);
    this.stated.note(LABELS, this.labels.note);
    this.looked.note(MAP, '', data.maps.length > 0);
    this.looked.note(NOTES, this.remarks.note);
    this.looked.note(MASK, '', masks.isPainting || document.selection.some(({ region }) => region.type === 'mask'));
  }

  /** The same is looked at differently: zoom, pan, window. */
  showLook() {
    this.toolbar.update();
    this.pixels.update();
    this.status.update();
  }

  openMask() {
    this.looked.showPanel(this.mask.node);
    // On a small window the panels are scrolled under the image.
    const { top } = this.side.getBoundingClientRect();
    this.side.scrollTop += this.looked.node.getBoundingClientRect().top - top;
  }

  /** @type {(kind: 'note' | 'skip') => void} */
  openRemark(kind) {
    this.looked.showPanel(this.remarks.node);
    this.remarks.open(kind);
  }

  openCodeLine() {
    this.stated.showPanel(this.labels.node);
    this.labels.line.open();
  }

  openWhy() {
    this.looked.showPanel(this.map.node);
    this.map.rival.focus({ preventScroll: true });
  }
}
