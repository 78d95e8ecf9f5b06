/**
 * Buttons for commands, and the keys written beside them.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { commandOf } from '../input/commands.js';
import { element, setAttributes } from './elements.js';
import { icon } from './icons.js';

/**
 * A button that runs a command; its key stands in its title, and beside its text if it has one.
 * @param {RegionEditor} editor  @param {string} id
 * @param {{picture: string, title?: string, text?: string, class?: string}} look
 */
export function commandButton(editor, id, { picture, title, text, class: name = 'tool' }) {
  const command = commandOf(id);
  const { title: usual } = command;
  const button = element('button', {
    type: 'button', class: name, 'data-command': id, 'data-title': title ?? text ?? usual,
  }, icon(picture), text, text && element('kbd', { 'aria-hidden': 'true' }));
  if (!text) setAttributes(button, { 'aria-label': title ?? usual });
  button.addEventListener('click', () => {
    editor.perform(command);
    // The next key is meant for the image, not for the button; a field that was opened keeps it.
    if (!editor.isTyping) editor.focus();
  });
  return button;
}

/** A key written in running text. @type {(editor: RegionEditor, id: string) => HTMLElement} */
export const keyHint = ({ keys }, id) =>
  element('kbd', { 'data-key-of': id, 'aria-hidden': 'true' }, keys.shown(id));

/** Write the keys as they are bound now. @type {(root: HTMLElement, editor: RegionEditor) => void} */
export function showKeys(root, { keys }) {
  for (const node of root.querySelectorAll('[data-command]')) {
    const { command: id = '', title = '' } = /** @type {HTMLElement} */ (node).dataset;
    const key = keys.shown(id);
    setAttributes(node, { title: key ? `${title} (${key})` : title, 'aria-keyshortcuts': keys.spoken(id) });
    const hint = node.querySelector('kbd');
    if (hint) hint.textContent = key;
  }
  for (const node of root.querySelectorAll('[data-key-of]')) {
    node.textContent = keys.shown(/** @type {HTMLElement} */ (node).dataset.keyOf ?? '');
  }
}
