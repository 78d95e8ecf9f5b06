/**
 * The dark surface with image, map and regions. It paints what it is given and says where it
 * is; what happens on it is decided elsewhere.
 *
 * @import { MapLayer } from './map_layer.js'
 * @import { Overlay } from './overlay.js'
 * @import { Raster } from './raster.js'
 * @import { View } from './view.js'
 */
import { element } from '../panels/elements.js';

/** From this many device pixels per image pixel on, pixels are shown as squares. */
const SQUARES_FROM = 3;

export class Stage {
  /** @param {{view: View, raster: Raster, maps: MapLayer, overlay: Overlay, moved: () => void}} parts */
  constructor({ view, raster, maps, overlay, moved }) {
    this.view = view;
    this.raster = raster;
    this.maps = maps;
    this.moved = moved;
    this.bare = false;
    this.frame = 0;
    this.canvas = element('canvas');
    this.message = element('p', { class: 'message', role: 'status' });
    this.node = element('div', { class: 'stage' }, this.canvas, overlay.svg, overlay.tags, this.message);
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.node);
  }

  /** Take over the size on the page. */
  measure() {
    const { clientWidth: width, clientHeight: height } = this.node;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.view.resize({ width, height });
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
    else delete this.node.dataset.ready;
  }

  /** Show nothing but the image. @type {(bare: boolean) => void} */
  setBare(bare) {
    this.bare = bare;
    this.node.classList.toggle('bare', bare);
    this.repaint();
  }

  /** Paint in the next frame. */
  repaint() {
    const { scale, tx, ty } = this.view;
    this.node.dataset.view = `${scale},${tx},${ty}`;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const context = this.canvas.getContext('2d');
    if (!context) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.raster.ready || !this.raster.shown) return;
    const { scale, tx, ty } = this.view;
    const ratio = this.canvas.width / Math.max(1, this.node.clientWidth);
    context.setTransform(scale * ratio, 0, 0, scale * ratio, tx * ratio, ty * ratio);
    context.imageSmoothingEnabled = scale * ratio < SQUARES_FROM;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.raster.shown.canvas, 0, 0);
    const map = this.bare ? null : this.maps.picture;
    if (!map) return;
    context.globalAlpha = this.maps.opacity;
    context.imageSmoothingEnabled = true;
    context.drawImage(map, 0, 0, this.raster.width, this.raster.height);
    context.globalAlpha = 1;
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }
}
