/**
 * The line below the image: where the pointer is, the window, and whether work is saved.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { said } from '../viewer/pixel_scale.js';
import { element, setAttributes } from './elements.js';
import { RefusedPanel } from './refused_panel.js';
import { counted } from './wording.js';

export class StatusBar {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.place = element('span', { class: 'place' });
    this.window = element('span', { class: 'window' });
    this.size = element('span', { class: 'size' });
    this.saved = element('span', { class: 'saved', role: 'status' });
    this.retry = element('button', { type: 'button', class: 'plain' }, 'Retry now');
    this.retry.addEventListener('click', () => editor.outbox.retry());
    this.refused = new RefusedPanel(editor);
    this.node = element('footer', { class: 'status' },
      this.size, this.window, this.place, element('span', { class: 'grow' }), this.refused.button,
      this.saved, this.retry);
  }

  /** @type {(at: import('../types.js').Pointer | null) => void} */
  pointAt(at) {
    const { raster } = this.editor.viewer;
    const values = at ? raster.valuesAt(at.image) : null;
    if (!at || !values) {
      this.place.textContent = '';
      return;
    }
    const [x, y] = at.image;
    const mm = raster.scale.inMillimetres(at.image);
    const place = `x ${Math.floor(x)}   y ${Math.floor(y)}`;
    const length = mm ? `   ${mm[0].toFixed(1)}, ${mm[1].toFixed(1)} mm` : '';
    const value = raster.isColour ? `red ${values[0]} green ${values[1]} blue ${values[2]}`
      : `value ${raster.scale.valueText(values[0])}`;
    this.place.textContent = `${place}${length}   ${value}`;
  }

  update() {
    const { viewer: { raster } } = this.editor;
    if (raster.ready) {
      const { center, width } = raster.scale.centred(...raster.window);
      // A photograph has no window that anybody would read off.
      this.window.textContent = raster.isColour ? '' : `W ${said(width)}   L ${said(center)}`;
      this.size.textContent = `${raster.width} × ${raster.height} px`;
    }
    this.showSaved();
    this.refused.update();
  }

  showSaved() {
    const { outbox } = this.editor;
    const { state, failure } = outbox;
    const acts = counted(outbox.acts.length, 'change');
    const kept = outbox.isKept ? `${acts} kept in this browser` : `${acts}: do not close this page`;
    const text = {
      saved: 'Saved', saving: 'Saving…',
      unsaved: failure ? `Not saved · ${kept}` : `Offline · ${kept}`,
      conflict: 'Saved, but for what was changed elsewhere',
      'signed-out': `Sign in again; ${acts} ${outbox.acts.length === 1 ? 'is' : 'are'} kept in this browser`,
    }[state];
    const saved = `Recorded under the name ${this.editor.data.rater}.`;
    setAttributes(this.saved, {
      'data-state': state, title: failure ?? (state === 'unsaved' ? 'The server does not answer; trying again.' : saved),
    });
    if (this.saved.textContent !== text) this.saved.textContent = text;
    this.retry.hidden = state !== 'unsaved' && state !== 'signed-out';
  }
}
