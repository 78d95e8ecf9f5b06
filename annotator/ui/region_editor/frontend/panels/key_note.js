/**
 * At the image: which keys wait for its picture, what was refused or ignored and why, and the
 * way to load a picture again that could not be had.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { element } from './elements.js';

export class KeyNote {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    // Spoken by the announcer, one sentence a key.
    this.text = element('p');
    this.again = element('button', { type: 'button', class: 'plain' }, 'Load the picture again');
    this.again.addEventListener('click', () => {
      editor.viewer.retry(editor.data.image);
      editor.refresh();
      editor.focus();
    });
    this.node = element('div', { class: 'key-note' }, this.text, this.again);
  }

  update() {
    const { pending, root } = this.editor;
    this.text.textContent = pending.text;
    this.text.hidden = !pending.text;
    this.again.hidden = !pending.failed;
    this.node.hidden = !pending.text && !pending.failed;
    root.dataset.state = pending.state;
  }
}
