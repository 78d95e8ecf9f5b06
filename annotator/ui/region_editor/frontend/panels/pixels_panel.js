/**
 * How the pixels are shown: window and level by number, by preset, by a frame; inversion;
 * smoothing; and the ruler.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { said } from '../viewer/pixel_scale.js';
import { commandButton } from './command_button.js';
import { element, setAttributes } from './elements.js';

const [DEFAULT_WINDOW, FULL_RANGE, OTHER] = ['default', 'full', 'other'];
/** Windows this near to a preset, in stored values, are that preset. */
const NEAR = 0.51;

export class PixelsPanel {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.width = this.#number('Window');
    this.center = this.#number('Level');
    this.unit = element('span', { class: 'unit' });
    this.presets = element('select', { 'aria-label': 'Window preset' });
    this.presets.addEventListener('change', () => this.#choose(this.presets.value));
    this.numbers = element('div', { class: 'numbers' },
      element('label', {}, 'Window', this.width), element('label', {}, 'Level', this.center), this.unit);
    const act = (/** @type {string} */ id, /** @type {string} */ picture, /** @type {string} */ text) =>
      commandButton(editor, id, { picture, text, class: 'act' });
    this.invert = act('invert', 'invert', 'Invert');
    this.frame = act('tool-window-frame', 'window-frame', 'Frame');
    this.smooth = act('smooth', 'ellipse', 'Smooth');
    this.ruler = act('tool-ruler', 'ruler', 'Measure');
    this.spacing = element('p', { class: 'spacing' });
    this.offered = '';
    this.node = element('section', { class: 'pixels' },
      this.presets, this.numbers,
      element('div', { class: 'grid' }, this.frame, this.invert, this.ruler, this.smooth), this.spacing);
  }

  /** @type {(label: string) => HTMLInputElement} */
  #number(label) {
    const input = element('input', { type: 'number', step: 'any', 'aria-label': label });
    input.addEventListener('change', () => this.#takeNumbers());
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === 'Escape') this.editor.focus();
    });
    return input;
  }

  #takeNumbers() {
    const [width, center] = [this.width.valueAsNumber, this.center.valueAsNumber];
    if (!(width > 0) || !Number.isFinite(center)) {
      this.editor.announce('A window needs a width above 0 and a level.');
      this.update();
      return;
    }
    const { viewer } = this.editor;
    viewer.setWindow(...viewer.raster.scale.ends(center, width));
  }

  /** @type {(chosen: string) => void} */
  #choose(chosen) {
    const { viewer } = this.editor;
    if (chosen === DEFAULT_WINDOW) viewer.resetWindow();
    else if (chosen === FULL_RANGE) viewer.useFullRange();
    else viewer.useWindow(Number(chosen));
    this.editor.focus();
  }

  update() {
    const { viewer: { raster, look }, toolName } = this.editor;
    const { scale } = raster;
    const [low, high] = raster.window;
    const { center, width } = scale.centred(low, high);
    if (!this.#isFocused(this.width)) this.width.value = String(Number(width.toFixed(2)));
    if (!this.#isFocused(this.center)) this.center.value = String(Number(center.toFixed(2)));
    this.unit.textContent = scale.unit;
    this.numbers.hidden = raster.isColour;
    this.#offerPresets();
    setAttributes(this.invert, { 'aria-pressed': String(raster.inverted) });
    setAttributes(this.smooth, { 'aria-pressed': String(look.smooth) });
    setAttributes(this.frame, { 'aria-pressed': String(toolName === 'window-frame') });
    setAttributes(this.ruler, { 'aria-pressed': String(toolName === 'ruler') });
    const spacing = scale.display.spacing_mm;
    this.spacing.textContent = spacing
      ? `Pixels of ${said(spacing[1])} × ${said(spacing[0])} mm.`
      : 'The spacing of the pixels is not known: lengths are in pixels.';
  }

  /** @type {(node: Element) => boolean} */
  #isFocused(node) {
    return /** @type {ShadowRoot | Document} */ (node.getRootNode()).activeElement === node;
  }

  #offerPresets() {
    const { viewer } = this.editor;
    const { windows, raster } = viewer;
    const offer = JSON.stringify(windows);
    if (offer !== this.offered) {
      this.offered = offer;
      this.presets.replaceChildren(
        element('option', { value: DEFAULT_WINDOW }, 'Default window'),
        element('option', { value: FULL_RANGE }, 'Full range'),
        ...windows.map(({ name }, k) => element('option', { value: k }, name)),
        element('option', { value: OTHER, hidden: true }, 'Other window'),
      );
    }
    const isNow = (/** @type {readonly number[] | null} */ window) => window !== null
      && Math.abs(window[0] - raster.window[0]) < NEAR && Math.abs(window[1] - raster.window[1]) < NEAR;
    const preset = windows.findIndex(({ low, high }) => isNow([low, high]));
    this.presets.value = isNow(raster.scale.firstWindow ?? raster.fullWindow) ? DEFAULT_WINDOW
      : isNow(raster.fullWindow) ? FULL_RANGE : preset >= 0 ? String(preset) : OTHER;
  }
}
