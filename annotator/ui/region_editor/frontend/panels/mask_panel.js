/**
 * What painting masks can be set to, and what can be done with a mask as a whole.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Options } from '../actions/mask_actions.js'
 */
import { TOOLS } from '../input/tools.js';
import { cssColour } from '../viewer/label_colours.js';
import { commandButton } from './command_button.js';
import { element, setAttributes } from './elements.js';

/** The slider of the brush goes by the square, so that small brushes have room on it. */
const SLIDER_END = 20;
/** @type {[Options['cuts'], string][]} */
const CUTS = [['inside', 'Cut inside'], ['outside', 'Cut outside'], ['fill', 'Fill']];
const WHOLE = [
  ['mask-grow', 'plus', 'Grow'], ['mask-shrink', 'minus', 'Shrink'], ['mask-smooth', 'ellipse', 'Smooth'],
  ['mask-fill-holes', 'fill', 'Fill holes'], ['mask-keep-largest', 'island', 'Keep largest'],
  ['mask-remove-small', 'islands', 'Remove small'], ['mask-to-polygons', 'polygon', 'To polygons'],
  ['to-masks', 'brush', 'To mask'],
];

export class MaskPanel {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    const { masks } = editor;
    this.tools = TOOLS.filter(({ group }) => group === 'Mask').map(({ name, title, icon = name }) => (
      commandButton(editor, `tool-${name}`, { picture: icon, title })));
    this.target = element('p', { class: 'mask-target' });
    this.slider = element('input', { type: 'range', min: 1, max: SLIDER_END, step: 'any', 'aria-label': 'Size of the brush' });
    this.slider.addEventListener('input', () => masks.set({ size: Math.max(1, Math.round(this.slider.valueAsNumber ** 2)) }));
    this.size = this.#number('Diameter of the brush in pixels', 1, (size) => masks.set({ size }));
    this.limited = element('input', { type: 'checkbox' });
    this.limited.addEventListener('change', () => {
      masks.set({ limited: this.limited.checked });
      editor.focus();
    });
    this.low = this.#number('Lowest value painted', null, (value) => this.#limit(value, null));
    this.high = this.#number('Highest value painted', null, (value) => this.#limit(null, value));
    this.unit = element('span', { class: 'unit' });
    this.fromWindow = commandButton(editor, 'mask-limits-window', { picture: 'window', text: 'From window', class: 'act' });
    this.cuts = CUTS.map(([cuts, text]) => {
      const button = element('button', { type: 'button' }, text);
      button.addEventListener('click', () => {
        masks.set({ cuts });
        editor.focus();
      });
      return button;
    });
    this.scissors = element('div', { class: 'segments', role: 'group', 'aria-label': 'What the scissors do' }, ...this.cuts);
    this.amount = this.#number('Pixels to grow, shrink or smooth by', 1, (amount) => masks.set({ amount: Math.min(100, amount) }));
    this.least = this.#number('Pixels of the smallest island kept', 1, (least) => masks.set({ least }));
    this.whole = WHOLE.map(([id, picture, text]) => commandButton(editor, id, { picture, text, class: 'act' }));
    this.node = this.#arranged();
  }

  #arranged() {
    return element('section', { class: 'mask' },
      element('div', { class: 'mask-head' }, element('div', { class: 'mask-tools' }, ...this.tools), this.target),
      element('div', { class: 'strength' }, element('span', {}, 'Brush'), this.slider, this.size, element('span', { class: 'unit' }, 'px')),
      this.scissors,
      element('label', { class: 'check' }, this.limited, 'Only values within limits'),
      element('div', { class: 'limits' }, this.low, element('span', {}, 'to'), this.high, this.unit, this.fromWindow),
      element('div', { class: 'numbers' },
        element('label', {}, 'By', this.amount, 'px'), element('label', {}, 'Islands from', this.least, 'px')),
      element('div', { class: 'grid' }, ...this.whole));
  }

  /** A field for a number, whole and not under a least one if there is one.
   * @type {(label: string, least: number | null, take: (value: number) => void) => HTMLInputElement} */
  #number(label, least, take) {
    const input = element('input', { type: 'number', step: least === null ? 'any' : 1, min: least, 'aria-label': label });
    input.addEventListener('change', () => {
      const { valueAsNumber: value } = input;
      if (Number.isFinite(value) && (least === null || value >= least)) take(least === null ? value : Math.round(value));
      else this.editor.announce(`${label}: a number${least === null ? '' : ` from ${least} on`}.`);
      this.update();
    });
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === 'Escape') this.editor.focus();
    });
    return input;
  }

  /** A limit, as it is shown. @type {(low: number | null, high: number | null) => void} */
  #limit(low, high) {
    const { masks, viewer: { raster: { scale } } } = this.editor;
    const shown = masks.limits.map((stored) => scale.toQuantity(stored)).sort((a, b) => a - b);
    const stored = [low ?? shown[0], high ?? shown[1]].map((value) => scale.toStored(value));
    masks.set({ limited: true, limits: [Math.min(...stored), Math.max(...stored)] });
  }

  update() {
    const { editor } = this;
    const { masks: { options, target, isPainting }, viewer: { raster: { scale } }, toolName, labels } = editor;
    for (const button of this.tools) {
      setAttributes(button, { 'aria-pressed': String(button.dataset.command === `tool-${toolName}`) });
      button.disabled = !editor.editable;
    }
    this.whole.forEach((button) => { button.disabled = !editor.editable; });
    const label = target?.label ?? labels.current;
    this.target.style.setProperty('--label-colour', cssColour(editor.masks.colourOf(label)));
    this.target.textContent = target || !isPainting ? `Mask of ${label}` : `New mask of ${label}`;
    this.slider.value = String(Math.sqrt(options.size));
    this.slider.style.setProperty('--filled', `${(100 * (Math.sqrt(options.size) - 1)) / (SLIDER_END - 1)}%`);
    this.#write(this.size, options.size);
    this.limited.checked = options.limited;
    const limits = editor.masks.limits.map((stored) => scale.toQuantity(stored));
    this.#write(this.low, Math.min(...limits));
    this.#write(this.high, Math.max(...limits));
    this.unit.textContent = scale.unit;
    this.scissors.hidden = toolName !== 'scissors';
    CUTS.forEach(([cuts], k) => setAttributes(this.cuts[k], { 'aria-pressed': String(cuts === options.cuts) }));
    this.#write(this.amount, options.amount);
    this.#write(this.least, options.least);
  }

  /** Write a number, unless it is being typed. @type {(input: HTMLInputElement, value: number) => void} */
  #write(input, value) {
    const isTyped = /** @type {ShadowRoot | Document} */ (input.getRootNode()).activeElement === input;
    if (!isTyped) input.value = String(Number(value.toFixed(2)));
  }
}
