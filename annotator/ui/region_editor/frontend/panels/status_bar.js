/**
 * The line below the image: where the pointer is, the window, and whether work is saved.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { element, setAttributes } from './elements.js';

/** @type {Record<import('../record/outbox.js').SaveState, string>} */
const SAID = { saved: 'Saved', saving: 'Saving…', unsaved: 'Not saved' };

export class StatusBar {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.place = element('span', { class: 'place' });
    this.window = element('span');
    this.size = element('span');
    this.saved = element('span', { class: 'saved', role: 'status' });
    this.retry = element('button', { type: 'button', class: 'plain' }, 'Retry now');
    this.retry.addEventListener('click', () => editor.outbox.retry());
    this.node = element('footer', { class: 'status' },
      this.size, this.window, this.place, element('span', { class: 'grow' }), this.saved, this.retry);
  }

  /** @type {(at: import('../types.js').Pointer | null) => void} */
  pointAt(at) {
    const value = at ? this.editor.viewer.raster.valueAt(at.image) : '';
    const [x, y] = at?.image ?? [0, 0];
    this.place.textContent = value ? `x ${Math.floor(x)}   y ${Math.floor(y)}   value ${value}` : '';
  }

  update() {
    const { outbox, viewer: { raster } } = this.editor;
    if (raster.ready) {
      const [low, high] = raster.window;
      this.window.textContent = `W ${Math.round(high - low)}   L ${Math.round((low + high) / 2)}`;
      this.size.textContent = `${raster.width} × ${raster.height} px`;
    }
    const { state } = outbox;
    setAttributes(this.saved, { 'data-state': state });
    const acts = outbox.acts.length === 1 ? '1 act' : `${outbox.acts.length} acts`;
    const why = outbox.failure ?? 'the server does not answer; trying again';
    const kept = outbox.store ? ` ${acts} kept in this browser.` : ' Do not close this page.';
    const isUnsaved = state === 'unsaved';
    this.saved.textContent = isUnsaved ? `Not saved: ${why.replace(/\.$/, '')}.${kept}` : SAID[state];
    this.retry.hidden = !isUnsaved;
  }
}
