/**
 * The bar under the image: where in its sequence the frame is, and the way to the others.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { commandButton } from './command_button.js';
import { element, setAttributes } from './elements.js';

export class FrameBar {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.slider = element('input', { type: 'range', min: 1, step: 1, 'aria-label': 'Frame' });
    this.slider.addEventListener('input', () => {
      editor.goToFrame(this.slider.valueAsNumber);
      this.update();
    });
    this.previous = commandButton(editor, 'previous-frame', { picture: 'previous' });
    this.next = commandButton(editor, 'next-frame', { picture: 'next' });
    this.place = element('span', { class: 'frame-place' });
    this.at = element('span', { class: 'frame-at' });
    this.node = element('div', { class: 'frames', role: 'group', 'aria-label': 'Frames of this sequence', hidden: true },
      this.previous, this.slider, this.next, this.place, this.at);
    this.node.addEventListener('wheel', (event) => {
      event.preventDefault();
      editor.stepFrame(Math.sign(event.deltaY || event.deltaX));
    }, { passive: false });
  }

  update() {
    const { data: { frames }, steps } = this.editor;
    this.node.hidden = !frames;
    if (!frames) return;
    const { total, at, noun } = frames;
    const place = steps.placeIn(frames);
    const isHere = place === frames.place;
    this.slider.max = String(total);
    this.slider.value = String(place);
    this.slider.style.setProperty('--filled', `${(100 * (place - 1)) / Math.max(1, total - 1)}%`);
    const name = `${noun === 'slice' ? 'Slice' : 'Frame'} ${place} of ${total}`;
    setAttributes(this.slider, { 'aria-valuetext': isHere && at ? `${name}, ${at}` : name });
    this.place.textContent = name;
    // Where a frame is comes with the frame.
    this.at.textContent = isHere ? at : '…';
    this.at.hidden = !at;
    this.previous.disabled = place <= 1;
    this.next.disabled = place >= total;
  }
}
