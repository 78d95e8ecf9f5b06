/**
 * Which map lies over the image, against which rival, how it is shown, where it is cut, and
 * what it is compared with.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { MapSource } from '../types.js'
 * @import { Compare } from '../viewer/map_layer.js'
 * @import { Ramp } from '../viewer/colour_map.js'
 */
import { gradientOf, RAMP_NAMES } from '../viewer/colour_map.js';
import { COMPARISONS } from '../viewer/map_layer.js';
import { keyHint } from './command_button.js';
import { element, setAttributes } from './elements.js';

const FOLLOW = 'follow';
const DIVIDER_STEP = 0.05;
const COMPARED = { off: 'One map', swipe: 'Swipe', side: 'Side by side' };

/** Offer choices in a select, keeping the node while they stay the same.
 * @type {(select: HTMLSelectElement, choices: [string, string][], chosen: string) => void} */
function offer(select, choices, chosen) {
  const key = JSON.stringify(choices);
  if (select.dataset.offered !== key) {
    select.dataset.offered = key;
    select.replaceChildren(...choices.map(([value, text]) => element('option', { value }, text)));
  }
  select.value = chosen;
}

/** @type {(map: {label: string, against: string}) => string} */
const keyOf = ({ label, against }) => JSON.stringify([label, against]);

export class MapControls {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.on = element('input', { type: 'checkbox', id: 'map-on', role: 'switch' });
    this.on.addEventListener('change', () => editor.viewer.setMap({ on: this.on.checked }));
    this.which = this.#select('Map shown', (value) => editor.maps.pin(value === FOLLOW ? null : Number(value)));
    this.rival = this.#select('', (value) => editor.maps.askWhy(value), 'rival');
    this.whyLabel = element('label', { for: 'rival' });
    this.whyState = element('p', { class: 'why-state', role: 'status' });
    this.compared = this.#select('Compare with', (value) => {
      if (!value) return;
      const [label, against] = JSON.parse(value);
      editor.maps.compareWith(label, against);
    });
    this.modes = COMPARISONS.map((how) => this.#mode(how));
    this.opacity = this.#range('Opacity of the map', 0, 100, (share) => editor.viewer.setMap({ opacity: share }));
    this.threshold = this.#range('Outline at this share of the map', 5, 95, (share) => editor.maps.moveLevel(share));
    this.threshold.input.addEventListener('change', () => editor.maps.takeLevel());
    this.outlineOnly = element('input', { type: 'checkbox', id: 'map-outline', role: 'switch' });
    this.outlineOnly.addEventListener('change', () => editor.viewer.setMap({ outlineOnly: this.outlineOnly.checked }));
    this.ramp = this.#select('Colours of the map', (value) => editor.setRamp(/** @type {Ramp} */ (value)));
    this.colours = element('div', { class: 'ramp', role: 'img', 'aria-label': 'Colours from low to high excitation' });
    this.state = element('p', { class: 'map-state', role: 'status' });
    this.why = element('div', { class: 'why' }, this.whyLabel, this.rival, this.whyState);
    this.shades = element('div', { class: 'pair' }, this.ramp, this.colours);
    this.node = this.#arranged();
    const { divider } = editor.viewer.stage;
    divider.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -DIVIDER_STEP, ArrowRight: DIVIDER_STEP }[event.key];
      if (step) editor.maps.divideAt(editor.viewer.maps.divider + step);
    });
  }

  #arranged() {
    return element('section', { class: 'map' },
      element('header', {}, element('label', { for: 'map-on' }, 'Map ', keyHint(this.editor, 'map')),
        this.state, this.on),
      this.why,
      element('div', { class: 'segments', role: 'group', 'aria-label': 'Compare' }, ...this.modes),
      this.compared,
      this.opacity.node, this.threshold.node,
      element('div', { class: 'switch-row' },
        element('label', { for: 'map-outline' }, 'Outline only ', keyHint(this.editor, 'map-outline')), this.outlineOnly),
      this.shades, this.which);
  }

  /** @type {(label: string, choose: (value: string) => void, id?: string) => HTMLSelectElement} */
  #select(label, choose, id) {
    const select = element('select', { 'aria-label': label || null, id });
    select.addEventListener('change', () => {
      choose(select.value);
      this.editor.focus();
    });
    return select;
  }

  /** @type {(label: string, min: number, max: number, move: (share: number) => void) => {node: HTMLElement, input: HTMLInputElement, output: HTMLOutputElement}} */
  #range(label, min, max, move) {
    const input = element('input', { type: 'range', min, max, step: 1, 'aria-label': label });
    const output = element('output', {});
    input.addEventListener('input', () => move(input.valueAsNumber / 100));
    const word = element('span', {}, label.split(' ')[0]);
    return { node: element('div', { class: 'strength' }, word, input, output), input, output };
  }

  /** @type {(how: Compare) => HTMLButtonElement} */
  #mode(how) {
    const button = element('button', { type: 'button', 'data-how': how }, COMPARED[how]);
    button.addEventListener('click', () => {
      this.editor.maps.compareBy(how);
      this.editor.focus();
    });
    return button;
  }

  update() {
    const { editor } = this;
    const { maps } = editor.data;
    const layer = editor.viewer.maps;
    offer(this.which, [[FOLLOW, 'Map of the selected region'],
      ...maps.map((map, k) => /** @type {[string, string]} */ ([String(k), map.title]))],
    editor.choice.pinned === null ? FOLLOW : String(editor.choice.pinned));
    this.on.checked = layer.on;
    this.#showWhy(maps);
    this.#showCompared(maps);
    setRange(this.opacity, layer.opacity);
    const { level } = editor.maps;
    setRange(this.threshold, level ?? layer.threshold);
    if (level === null) this.threshold.output.value = '—';
    this.threshold.input.disabled = level === null || !editor.editable;
    setAttributes(this.threshold.node, {
      title: level === null ? 'Select a suggestion as it was cut from its map' : 'The level that the selected region is cut at',
    });
    this.opacity.node.hidden = layer.outlineOnly;
    this.shades.hidden = layer.outlineOnly;
    this.outlineOnly.checked = layer.outlineOnly;
    offer(this.ramp, RAMP_NAMES.map((name) => [name, name]), layer.ramp);
    this.colours.style.backgroundImage = gradientOf(layer.ramp);
    this.which.hidden = maps.length < 2;
    this.which.disabled = !layer.on;
    this.opacity.input.disabled = !layer.on;
    const title = layer.isLoading ? `${layer.source?.title} …` : layer.source?.title;
    this.state.textContent = layer.failure ?? title ?? 'No map for this label.';
  }

  /** @type {(maps: MapSource[]) => void} */
  #showWhy(maps) {
    const { editor } = this;
    const { explained } = editor.maps;
    this.why.hidden = explained === null || !maps.length;
    if (explained === null) return;
    this.whyLabel.textContent = `Why ${explained} rather than`;
    offer(this.rival, [
      ['dual', 'everything else'], ['rest', 'the other labels'], ['none', 'nothing (no contrast)'],
      ...editor.data.labels.filter(({ code }) => code !== explained).map(({ code, meaning }) => (
        /** @type {[string, string]} */ ([code, meaning && meaning !== code ? `${code} ${meaning}` : code]))),
    ], editor.choice.rivalOf(explained, maps));
    const isEarlier = editor.choice.pinned === null && editor.document.selected?.proposed_before;
    this.whyState.textContent = editor.choice.state
      || (isEarlier ? 'Suggested by an earlier run, from another map: this one is of the latest run.' : '');
    setAttributes(this.why, { 'aria-busy': String(editor.choice.isWaiting) });
  }

  /** @type {(maps: MapSource[]) => void} */
  #showCompared(maps) {
    const { source, other, compare } = this.editor.viewer.maps;
    this.modes.forEach((button) => {
      setAttributes(button, { 'aria-pressed': String(button.dataset.how === compare) });
    });
    this.compared.hidden = compare === 'off' || !source;
    if (!source) return;
    const rest = maps.filter((map) => map !== source);
    const { label, against } = source;
    const isRival = this.editor.data.labels.some(({ code }) => code === against);
    const reverse = { label: against, against: label };
    const missing = isRival && !maps.some((map) => keyOf(map) === keyOf(reverse))
      ? [/** @type {[string, string]} */ ([keyOf(reverse), `with ${against} against ${label} (computed)`])] : [];
    const choices = rest.map((map) => /** @type {[string, string]} */ ([keyOf(map), `with ${map.title}`]));
    /** @type {[string, string][]} */
    const none = choices.length + missing.length ? [] : [['', 'Choose a rival above to compare with']];
    offer(this.compared, [...none, ...choices, ...missing], other ? keyOf(other) : '');
  }
}

/** @type {(range: {input: HTMLInputElement, output: HTMLOutputElement}, share: number) => void} */
function setRange({ input, output }, share) {
  const percent = Math.round(share * 100);
  const [min, max] = [Number(input.min), Number(input.max)];
  input.value = String(percent);
  output.value = `${percent} %`;
  input.style.setProperty('--filled', `${(100 * (percent - min)) / (max - min)}%`);
}
