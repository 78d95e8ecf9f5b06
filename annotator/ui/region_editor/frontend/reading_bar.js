/**
 * The bar in the page's side: the round of the reading, how far the reader is, and what can be
 * asked. It follows the editor on the same page, which tells it of each image.
 *
 * @import { RegionEditor } from './editor.js'
 * @import { ReadingBar } from './types.js'
 *
 * @typedef {{bar: ReadingBar | null, document: string, owner: string, editor: RegionEditor}} Told
 */
import { mounting } from './mounting.js';
import { element } from './panels/elements.js';

class Bar {
  /** @param {ParentNode} parent */
  constructor(parent) {
    this.said = '';
    this.node = element('section', { class: 'reading-bar', 'aria-label': 'Your reading' });
    parent.append(this.node);
    this.ends = new AbortController();
    window.addEventListener('annotator-image', (event) => {
      this.#show(/** @type {CustomEvent<Told>} */ (event).detail);
    }, { signal: this.ends.signal });
  }

  update() {
    window.dispatchEvent(new CustomEvent('annotator-image-wanted'));
  }

  /** @type {(told: Told) => void} */
  #show({ bar, document, owner, editor }) {
    const said = JSON.stringify([bar, document]);
    // What is being written stays while nothing else is so.
    if (said === this.said) return;
    this.said = said;
    if (!bar) {
      this.node.replaceChildren();
      return;
    }
    const { round, done, total, unit, questions, can_reopen: canReopen, askable } = bar;
    const waiting = questions === 1 ? '1 question is waiting' : `${questions} questions are waiting`;
    this.node.replaceChildren(
      ...round.map((line) => element('p', {}, line)),
      ...(canReopen ? [this.#reopening(document, editor)] : []),
      ...(total ? [element('progress', { max: total, value: done, 'aria-label': `Images ${unit}` }),
        element('p', {}, `${done} of ${total} ${unit}`)] : []),
      ...(questions ? [element('a', { href: `queue?project=${owner}`, target: '_self' }, waiting)] : []),
      ...(askable.length ? [this.#asking(document, askable, editor)] : []),
    );
  }

  /** @type {(image: string, editor: RegionEditor) => HTMLElement} */
  #reopening(image, editor) {
    const reason = element('input', { type: 'text', autocomplete: 'off', 'aria-label': 'Reason' });
    return form('Open it again', 'Open the reading again', [element('label', {}, 'Reason', reason)], async () => {
      await editor.line.once('reopen', { image, reason: reason.value });
      await editor.going.reload();
      return '';
    });
  }

  /** @type {(image: string, askable: ReadingBar['askable'], editor: RegionEditor) => HTMLElement} */
  #asking(image, askable, editor) {
    const act = element('select', {}, ...askable.map((one) => element('option', { value: one.act }, one.words)));
    const text = element('textarea', { rows: 3 });
    const fields = [element('label', {}, 'Region', act), element('label', {}, 'Question', text)];
    return form('Ask about a region', 'Send it to its rater', fields, async () => {
      await editor.line.once('question', { image, act: act.value, text: text.value.trim() });
      text.value = '';
      return 'The question is in the queue of its rater.';
    });
  }

  close() {
    this.ends.abort();
    this.node.remove();
  }
}

/** A form that folds away and says what came of it.
 * @type {(title: string, button: string, fields: HTMLElement[], send: () => Promise<string>) => HTMLElement} */
function form(title, button, fields, send) {
  const state = element('p', { role: 'status' });
  const node = element('form', {}, ...fields, element('button', { type: 'submit' }, button), state);
  node.addEventListener('submit', (event) => {
    event.preventDefault();
    send().then((said) => { state.textContent = said; }, (fault) => { state.textContent = fault.message; });
  });
  return element('details', {}, element('summary', {}, title), node);
}

/** Takes what Streamlit hands to a component. */
export default mounting((/** @type {any} */ { parentElement }) => new Bar(parentElement));
