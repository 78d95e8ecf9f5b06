/**
 * The row of tools above the image. It holds no state: `update` shows the editor's.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { keyOf } from '../input/commands.js';
import { element, setAttributes } from './elements.js';
import { icon } from './icons.js';

/** Windows that every image has; presets count from 0. */
const [DEFAULT_WINDOW, FULL_RANGE] = [-2, -1];

export class Toolbar {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    const tools = ['select', 'box', 'polygon', 'ellipse', 'freehand', 'window'];
    const titles = ['Select and move', 'Box', 'Polygon', 'Ellipse', 'Freehand', 'Window and level'];
    this.tools = tools.map((tool, k) => this.#button(tool, titles[k], `tool-${tool}`,
      () => editor.setTool(tool)));
    this.newLabel = element('button', { type: 'button', class: 'chooser' });
    this.newLabel.addEventListener('click', () => editor.openLabelMenu(true));
    this.undo = this.#button('undo', 'Undo', 'undo', () => editor.undo());
    this.redo = this.#button('redo', 'Redo', 'redo', () => editor.redo());
    this.zoom = element('button', {
      type: 'button', class: 'zoom', title: `Actual pixels (${keyOf('actual')})`,
    });
    this.zoom.addEventListener('click', () => editor.viewer.zoomTo(1));
    this.presets = element('select', { 'aria-label': 'Window preset' });
    this.presets.addEventListener('change', () => {
      const chosen = Number(this.presets.value);
      if (chosen === DEFAULT_WINDOW) editor.viewer.resetWindow();
      else if (chosen === FULL_RANGE) editor.viewer.useFullRange();
      else editor.viewer.usePreset(chosen);
      editor.focus();
    });
    this.offered = '';
    this.invert = this.#button('invert', 'Invert grey values', 'invert', () => editor.viewer.invert());
    this.previous = this.#button('previous', 'Previous image', 'previous-image',
      () => editor.navigate('previous'));
    this.next = this.#button('next', 'Next image', 'next-image', () => editor.navigate('next'));
    this.caption = element('span', { class: 'caption' });
    this.node = this.#arranged();
  }

  #arranged() {
    const { editor } = this;
    const group = (/** @type {Node[]} */ ...nodes) => element('div', { class: 'group' }, ...nodes);
    return element('div', { class: 'toolbar', role: 'toolbar', 'aria-label': 'Tools' },
      group(...this.tools, this.newLabel),
      group(this.undo, this.redo),
      group(
        this.#button('minus', 'Zoom out', 'zoom-out', () => editor.viewer.zoomStep(-1)),
        this.zoom,
        this.#button('plus', 'Zoom in', 'zoom-in', () => editor.viewer.zoomStep(1)),
        this.#button('fit', 'Fit the image', 'fit', () => editor.viewer.fit()),
      ),
      group(this.presets, this.invert),
      element('span', { class: 'grow' }),
      group(this.previous, this.caption, this.next),
      group(this.#button('help', 'Keys', 'help', () => editor.toggleHelp())),
    );
  }

  /** @type {(picture: string, title: string, command: string, run: () => void) => HTMLButtonElement} */
  #button(picture, title, command, run) {
    const key = keyOf(command);
    const button = element('button', {
      type: 'button', class: 'tool', title: `${title} (${key})`, 'aria-label': title,
      'aria-keyshortcuts': key, 'data-command': command,
    }, icon(picture));
    button.addEventListener('click', () => {
      run();
      // The next key is meant for the image, not for the button.
      this.editor.focus();
    });
    return button;
  }

  update() {
    const { editor } = this;
    const { data, document } = editor;
    for (const button of this.tools) {
      const tool = button.dataset.command?.replace('tool-', '') ?? '';
      setAttributes(button, { 'aria-pressed': String(tool === editor.toolName) });
      const draws = tool !== 'select' && tool !== 'window';
      button.disabled = draws && !editor.editable;
    }
    this.undo.disabled = !document.done.length || !editor.editable;
    this.redo.disabled = !document.undone.length || !editor.editable;
    this.zoom.textContent = `${Math.round(editor.viewer.view.scale * 100)} %`;
    this.previous.disabled = !data.can_previous;
    this.next.disabled = !data.can_next;
    this.caption.textContent = data.caption;
    this.newLabel.textContent = editor.newLabel;
    this.newLabel.title = `Label of new regions: ${editor.newLabel}`;
    this.newLabel.hidden = !editor.editable;
    setAttributes(this.newLabel, { 'aria-label': this.newLabel.title });
    this.#offerPresets();
    setAttributes(this.invert, { 'aria-pressed': String(editor.viewer.raster.inverted) });
  }

  /** Offer the window presets of the image. */
  #offerPresets() {
    const { presets } = this.editor.data.image;
    this.presets.hidden = !presets.length && !this.editor.data.image.window;
    const offer = JSON.stringify(presets);
    if (offer === this.offered) return;
    this.offered = offer;
    this.presets.replaceChildren(
      element('option', { value: DEFAULT_WINDOW }, 'Default window'),
      element('option', { value: FULL_RANGE }, 'Full range'),
      ...presets.map(({ name }, k) => element('option', { value: k }, name)),
    );
  }
}
