/**
 * The dark surface with image, map and regions. It paints what it is given and says where it
 * is; what happens on it is decided elsewhere.
 *
 * @import { Overlay } from './overlay.js'
 * @import { Look } from './painter.js'
 */
import { element } from '../panels/elements.js';
import { paint } from './painter.js';

export class Stage {
  /** @param {Look} look  @param {HTMLCanvasElement} masks  @param {Overlay} overlay
   *  @param {() => void} moved */
  constructor(look, masks, overlay, moved) {
    this.look = look;
    this.moved = moved;
    /** Called when the image that can be seen was painted. */
    this.painted = () => {};
    this.frame = 0;
    /** Device pixels a CSS pixel, as measured with the canvas. */
    this.ratio = 1;
    this.panesMeasured = 1;
    this.canvas = element('canvas', { class: 'picture' });
    this.message = element('p', { class: 'message', role: 'status' });
    this.divider = element('div', {
      class: 'divider', role: 'slider', tabindex: 0, 'aria-label': 'Divider between the two maps',
      'aria-valuemin': 0, 'aria-valuemax': 100, hidden: true,
    });
    this.names = [element('p', { class: 'map-name' }), element('p', { class: 'map-name other' })];
    this.node = element('div', { class: 'stage' }, this.canvas, masks, overlay.node, overlay.mirror,
      this.divider, ...this.names, this.message);
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.node);
  }

  /** How many panes show the image side by side. */
  get panes() {
    return this.look.maps.comparing === 'side' && !this.look.bare ? 2 : 1;
  }

  /** Take over the size on the page. */
  measure() {
    const { clientWidth: width, clientHeight: height } = this.node;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    const { canvas, look: { view }, panes } = this;
    this.ratio = across / width;
    this.panesMeasured = panes;
    if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
    if (view.stage.width !== width / panes || view.stage.height !== height) {
      view.resize({ width: width / panes, height });
    }
    this.moved();
    this.#paint();
  }

  /** @type {(text: string) => void} */
  say(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  /** Mark that the image with this identity can be seen; null while it cannot.
   * @type {(content: string | null) => void} */
  setReady(content) {
    if (content) this.node.dataset.ready = content;
    else {
      delete this.node.dataset.ready;
      delete this.node.dataset.painted;
    }
  }

  /** Show nothing but the image. @type {(bare: boolean) => void} */
  setBare(bare) {
    this.look.bare = bare;
    this.node.classList.toggle('bare', bare);
    this.repaint();
  }

  /** Show the two maps as they are compared now. */
  arrange() {
    const { maps, bare } = this.look;
    const { comparing, divider } = maps;
    this.node.dataset.compare = bare ? 'off' : comparing;
    this.divider.hidden = comparing !== 'swipe' || bare;
    this.divider.style.left = `${divider * 100}%`;
    this.divider.setAttribute('aria-valuenow', String(Math.round(divider * 100)));
    const titles = comparing === 'off' || bare ? ['', ''] : [maps.source?.title, maps.other?.title];
    this.names.forEach((name, k) => {
      name.textContent = titles[k] ?? '';
      name.hidden = !titles[k];
    });
    // Reading a size from the page in every frame would have it laid out in every frame.
    if (this.panes !== this.panesMeasured) this.measure();
  }

  /** Paint in the next frame. */
  repaint() {
    const { scale, tx, ty } = this.look.view;
    this.node.dataset.view = `${scale},${tx},${ty}`;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    paint(this.canvas, this.ratio, this.look);
    if (!this.node.dataset.ready) return;
    this.node.dataset.painted ??= performance.now().toFixed(1);
    this.painted();
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }
}
