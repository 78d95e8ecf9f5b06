/**
 * The faces of an image as numbered frames, while one is chosen.
 *
 * @import { Face } from '../actions/face_actions.js'
 * @import { View } from './view.js'
 */
import { drawn } from '../panels/elements.js';

const BADGE_PX = 12;

export class FaceFrames {
  constructor() {
    this.layer = drawn('g', { class: 'faces' });
  }

  /** @type {(faces: Face[], view: View) => void} */
  render(faces, view) {
    if (!faces.length && !this.layer.childElementCount) return;
    this.layer.replaceChildren(...faces.map((face, k) => frame(face, k + 1, view)));
  }
}

/** @type {(face: Face, number: number, view: View) => SVGElement} */
function frame({ box, isRead }, number, view) {
  const [x, y] = view.toScreen([box.x, box.y]);
  const [right, bottom] = view.toScreen([box.x + box.width, box.y + box.height]);
  const size = { x, y, width: right - x, height: bottom - y, rx: 6 };
  const written = drawn('text', { x, y: y + 4.5 });
  written.textContent = String(number);
  return drawn('g', {
    class: 'face', 'data-read': isRead, role: 'img',
    'aria-label': `Face ${number}${isRead ? ', read now' : ''}`,
  }, drawn('rect', { class: 'halo', ...size }), drawn('rect', { class: 'line', ...size }),
  drawn('circle', { cx: x, cy: y, r: BADGE_PX }), written);
}
