/**
 * The row of tools above the image. It holds no state: `update` shows the editor's.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { toolEntry, TOOLS } from '../input/tools.js';
import { cssColour } from '../viewer/label_colours.js';
import { commandButton } from './command_button.js';
import { element, setAttributes } from './elements.js';
import { zoomText } from './wording.js';

export class Toolbar {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.tools = TOOLS.filter(({ isAside }) => !isAside).map(({ name, title, icon = name }) => (
      commandButton(editor, `tool-${name}`, { picture: icon, title })));
    this.newLabel = element('button', { type: 'button', class: 'chooser' });
    this.newLabel.addEventListener('click', () => editor.labels.openMenu(true));
    this.undo = commandButton(editor, 'undo', { picture: 'undo' });
    this.redo = commandButton(editor, 'redo', { picture: 'redo' });
    this.zoom = element('button', {
      type: 'button', class: 'zoom', 'data-command': 'actual', 'data-title': 'Actual pixels',
    });
    this.zoom.addEventListener('click', () => editor.viewer.zoomTo(1));
    this.bare = commandButton(editor, 'bare-stay', { picture: 'eye', title: 'Hide all but the image' });
    this.flag = commandButton(editor, 'flag', { picture: 'flag', title: 'Flag for a second look' });
    this.previous = commandButton(editor, 'previous-image', { picture: 'previous' });
    this.next = commandButton(editor, 'next-image', { picture: 'next' });
    this.sign = commandButton(editor, 'sign', { picture: 'sign', text: 'Done', class: 'sign' });
    this.undecided = element('small', { class: 'undecided' });
    this.doneText = /** @type {Text} */ ([...this.sign.childNodes].find((node) => node.nodeType === Node.TEXT_NODE));
    this.sign.append(this.undecided);
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
        commandButton(editor, 'zoom-out', { picture: 'minus' }),
        this.zoom,
        commandButton(editor, 'zoom-in', { picture: 'plus' }),
        commandButton(editor, 'fit', { picture: 'fit' }),
        this.bare,
      ),
      element('span', { class: 'grow' }),
      group(this.flag, this.previous, this.caption, this.next, this.sign),
      group(commandButton(editor, 'help', { picture: 'help', title: 'Keys' })),
    );
  }

  update() {
    const { editor } = this;
    const { data, document: { history } } = editor;
    for (const button of this.tools) {
      const tool = button.dataset.command?.replace('tool-', '') ?? '';
      const { group, states = false } = toolEntry(tool);
      const isInUse = tool === editor.toolName || (group === 'Mask' && editor.masks.isPainting);
      setAttributes(button, { 'aria-pressed': String(isInUse) });
      button.disabled = states && !editor.editable;
    }
    this.undo.disabled = !history.done.length || !editor.editable;
    this.redo.disabled = !history.undone.length || !editor.editable;
    this.zoom.textContent = zoomText(editor.viewer.view.scale);
    setAttributes(this.bare, { 'aria-pressed': String(editor.viewer.look.bare) });
    setAttributes(this.flag, { 'aria-pressed': String(editor.remarks.isFlagged) });
    this.flag.disabled = !editor.editable;
    this.previous.disabled = !data.previous;
    this.next.disabled = !data.next;
    this.sign.hidden = !data.can_sign;
    const { signing } = editor;
    this.sign.disabled = !editor.editable;
    this.undecided.textContent = signing.text;
    this.doneText.data = signing.isAsking ? 'Done anyway' : 'Done';
    setAttributes(this.sign, { 'data-asking': signing.isAsking });
    this.caption.textContent = data.caption;
    this.caption.title = data.caption;
    const { current } = editor.labels;
    this.newLabel.textContent = current;
    this.newLabel.title = `Label of new regions: ${current}`;
    this.newLabel.style.setProperty('--label-colour', editor.masks.isPainting ? cssColour(editor.masks.colourOf(current)) : '');
    this.newLabel.hidden = data.readonly;
    setAttributes(this.newLabel, { 'aria-label': this.newLabel.title });
  }
}
