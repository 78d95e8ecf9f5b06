/**
 * Which map lies over the image, and how strongly.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { keyOf } from '../input/commands.js';
import { element } from './elements.js';

const FOLLOW = 'follow';

export class MapControls {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.on = element('input', { type: 'checkbox', id: 'map-on', role: 'switch' });
    this.on.addEventListener('change', () => editor.viewer.setMapOn(this.on.checked));
    this.which = element('select', { 'aria-label': 'Map shown' });
    this.which.addEventListener('change', () => {
      const { value } = this.which;
      editor.pinMap(value === FOLLOW ? null : Number(value));
      editor.focus();
    });
    this.opacity = element('input', {
      type: 'range', min: 0, max: 100, step: 5, 'aria-label': 'Opacity of the map',
    });
    this.opacity.addEventListener('input', () => {
      editor.viewer.setMapOpacity(this.opacity.valueAsNumber / 100);
    });
    this.strength = element('output', {});
    this.state = element('p', { class: 'map-state', role: 'status' });
    this.node = element('section', { class: 'map', 'aria-label': 'Excitation map' },
      element('header', {},
        element('label', { for: 'map-on' }, 'Excitation map ', element('kbd', {}, keyOf('map'))), this.on),
      this.which,
      element('div', { class: 'strength' }, this.opacity, this.strength),
      element('div', { class: 'ramp', role: 'img', 'aria-label': 'Colours from low to high excitation' }),
      this.state);
    this.offered = '';
  }

  update() {
    const { editor } = this;
    const { maps } = editor.data;
    const layer = editor.viewer.maps;
    this.node.hidden = !maps.length;
    const titles = ['Follow the selected region', ...maps.map((map) => map.title)];
    const offer = JSON.stringify(titles);
    if (offer !== this.offered) {
      this.offered = offer;
      this.which.replaceChildren(...titles.map((title, k) => (
        element('option', { value: k ? k - 1 : FOLLOW }, title))));
    }
    this.which.value = editor.choice.pinned === null ? FOLLOW : String(editor.choice.pinned);
    this.on.checked = layer.on;
    this.opacity.value = String(Math.round(layer.opacity * 100));
    this.strength.value = `${this.opacity.value} %`;
    this.opacity.style.setProperty('--filled', `${this.opacity.value}%`);
    this.which.disabled = !layer.on;
    this.opacity.disabled = !layer.on;
    this.state.textContent = layer.failure ?? layer.source?.title ?? 'No map for this label.';
  }
}
