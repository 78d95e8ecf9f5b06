/**
 * Which face the machine read, and the choice of another one.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { commandButton } from './command_button.js';
import { element, setAttributes } from './elements.js';

export class FacesPanel {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.said = '';
    this.how = element('span', { class: 'face-how' });
    this.choose = commandButton(editor, 'faces', { picture: 'face', text: 'Choose', class: 'act' });
    this.list = element('div', { class: 'face-list', role: 'group', 'aria-label': 'Faces of the image' });
    this.state = element('p', { class: 'face-state', role: 'status' });
    this.hint = element('p', { class: 'face-hint' },
      'Click a face or press its number. One that was missed: draw a box around it.');
    this.node = element('div', { class: 'face-choice', role: 'group', 'aria-label': 'Face that is read' },
      element('div', { class: 'face-row' }, this.how, this.choose), this.list, this.hint, this.state);
  }

  update() {
    const { faces, data } = this.editor;
    this.node.hidden = !data.faces || data.readonly;
    if (!data.faces) return;
    const { read, how } = data.faces;
    this.how.textContent = read ? `Face: ${how}` : 'No face was found';
    setAttributes(this.choose, { 'aria-pressed': String(faces.isOpen), 'aria-expanded': String(faces.isOpen) });
    this.hint.hidden = !faces.isOpen || faces.waiting !== null;
    this.list.hidden = !faces.isOpen;
    this.#list();
    const none = faces.isOpen && faces.found && !faces.faces.length ? 'No face was found.' : '';
    const text = faces.state || none;
    if (this.state.textContent !== text) this.state.textContent = text;
    setAttributes(this.node, { 'aria-busy': String(faces.waiting !== null) });
  }

  #list() {
    const { faces } = this.editor.faces;
    const said = JSON.stringify(faces);
    if (said === this.said) return;
    this.said = said;
    this.list.replaceChildren(...faces.map(({ isRead }, place) => this.#button(place, isRead)));
  }

  /** @type {(place: number, isRead: boolean) => HTMLButtonElement} */
  #button(place, isRead) {
    const button = element('button', { type: 'button', class: 'face-button', 'aria-pressed': String(isRead) },
      element('b', {}, String(place + 1)), `Face ${place + 1}`, isRead && element('i', {}, 'read now'));
    button.addEventListener('click', () => {
      this.editor.faces.chooseByNumber(place);
      this.editor.focus();
    });
    return button;
  }
}
