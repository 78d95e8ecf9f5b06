/**
 * The keyboard: from key events to commands. The editor listens while the focus is in it or
 * nowhere, and then no one else hears the key: Streamlit's own R (rerun) and C (clear cache)
 * must not fire under a rater's hands.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Command } from './commands.js'
 */
import { chordOf } from './chords.js';
import { commandOf } from './commands.js';

const ON_SHEET = ['help', 'escape'];

const MODIFIERS = ['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'Tab'];
const WORDLESS_INPUTS = ['range', 'checkbox'];

/** Whether the element takes typed text, so that letters are not commands.
 * @type {(target: EventTarget | null | undefined) => boolean} */
export function takesText(target) {
  if (!(target instanceof HTMLElement)) return false;
  const isField = target instanceof HTMLInputElement && !WORDLESS_INPUTS.includes(target.type);
  return isField || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
    || target.isContentEditable;
}

/** Whether Enter, Space or the arrows mean something to the focused control itself.
 * @type {(target: EventTarget | undefined, key: string) => boolean} */
function controlUses(target, key) {
  const role = target instanceof HTMLElement ? target.getAttribute('role') : null;
  if ((role === 'tab' || role === 'slider') && key.startsWith('Arrow')) return true;
  if (target instanceof HTMLButtonElement) return key === 'Enter' || key === ' ';
  return target instanceof HTMLInputElement && (key === ' ' || key.startsWith('Arrow'));
}

export class Keyboard {
  /** @param {RegionEditor} editor  @param {HTMLElement} root */
  constructor(editor, root) {
    this.editor = editor;
    this.root = root;
    /** By their place on the keyboard: with Shift let go first, a key ends as another character.
     * @type {Map<string, Command>} */
    this.held = new Map();
    this.listening = new AbortController();
    const { signal } = this.listening;
    window.addEventListener('keydown', (event) => this.#down(event), { capture: true, signal });
    // What is typed into a field of the editor stays there too.
    root.addEventListener('keydown', (event) => event.stopPropagation(), { signal });
    window.addEventListener('keyup', (event) => this.#up(event), { capture: true, signal });
    window.addEventListener('blur', () => this.#releaseAll(), { signal });
  }

  /** Whether a key is meant for this editor. @type {(event: KeyboardEvent) => boolean} */
  #isOurs(event) {
    if (event.composedPath().includes(this.root)) return true;
    const focused = document.activeElement;
    return focused === null || focused === document.body;
  }

  /** @type {(event: KeyboardEvent) => void} */
  #down(event) {
    if (!this.#isOurs(event) || event.isComposing) return;
    const target = event.composedPath()[0];
    if (takesText(target) || this.editor.panels.keys.isListening) return;
    if (controlUses(target, event.key)) return;
    const { pending } = this.editor;
    const isSwallowed = !MODIFIERS.includes(event.key) && event.key !== 'Escape' && pending.swallows();
    if (isSwallowed || this.#answersIntensity(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const command = this.editor.keys.commandOf(event);
    if (!command) {
      if (!event.ctrlKey && !event.metaKey && event.key.length === 1) event.stopImmediatePropagation();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat && !(command.repeats && (pending.isPainted || command.needs === 'frame'))) return;
    // Under the open sheet nothing is decided unseen.
    if (this.editor.panels.keys.isOpen && !ON_SHEET.includes(command.id)) return;
    if (command.release) this.held.set(event.code, command);
    this.editor.perform(command);
  }

  /** Whether a key scores what was accepted last; after an accept that waits for the picture it
   * waits as well, and turns out to be a score or a command once that is done.
   * @type {(event: KeyboardEvent) => boolean} */
  #answersIntensity(event) {
    const { panels, pending, data, keys } = this.editor;
    const { intensity } = panels;
    if (panels.keys.isOpen) return false;
    const command = keys.commandOf(event);
    const followsAccept = pending.waiting.at(-1)?.title === commandOf('accept').title;
    if (!followsAccept || !data.facs_url || event.repeat || !/^[a-e]$/.test(chordOf(event))) return intensity.take(event);
    pending.submit({ title: event.key.toUpperCase(), needs: 'turn' }, () => {
      if (intensity.take(event) || !command) return;
      if (command.needs === 'field') pending.lose(command.title);
      else command.run(this.editor);
    });
    return true;
  }

  /** @type {(event: KeyboardEvent) => void} */
  #up(event) {
    const command = this.held.get(event.code);
    if (!command) return;
    this.held.delete(event.code);
    command.release?.(this.editor);
  }

  #releaseAll() {
    this.held.forEach((command) => command.release?.(this.editor));
    this.held.clear();
  }

  close() {
    this.listening.abort();
    this.#releaseAll();
  }
}
