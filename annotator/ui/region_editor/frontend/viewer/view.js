/**
 * What part of the image the stage shows: screen = image * scale + (tx, ty), in CSS pixels;
 * downwards the scale is multiplied by the pixels' aspect.
 * Device pixels never enter here, so coordinates are the same on every display.
 *
 * @import { Bounds, Point, Size } from '../types.js'
 */
import { clamp } from '../geometry/points.js';

const SMALLEST_SCALE = 0.02;
const LARGEST_SCALE = 64;
/** Part of the image that always stays in sight, and the margin around a fitted image. */
const [KEEP_VISIBLE_PX, FIT_MARGIN_PX] = [48, 16];
/** Scales the zoom keys stop at; whole numbers show every image pixel as a square. */
const STOPS = [
  0.05, 0.1, 0.15, 0.2, 0.25, 1 / 3, 0.5, 2 / 3, 0.8, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64,
];

export class View {
  constructor() {
    this.scale = 1;
    this.tx = 0;
    this.ty = 0;
    /** Height of an image pixel over its width. */
    this.aspect = 1;
    /** Whether the whole image is shown and follows the stage's size. */
    this.fitted = true;
    /** @type {Size} */
    this.image = { width: 1, height: 1 };
    /** @type {Size} */
    this.stage = { width: 1, height: 1 };
  }

  /** CSS pixels an image row is high. */
  get down() {
    return this.scale * this.aspect;
  }

  /** The transformation from the image to the screen, as SVG writes it. */
  get matrix() {
    return `matrix(${this.scale} 0 0 ${this.down} ${this.tx} ${this.ty})`;
  }

  /** @type {(point: Point) => Point} */
  toScreen([x, y]) {
    return [x * this.scale + this.tx, y * this.down + this.ty];
  }

  /** @type {(point: Point) => Point} */
  toImage([x, y]) {
    return [(x - this.tx) / this.scale, (y - this.ty) / this.down];
  }

  /** What of the image is in sight, in image pixels. */
  get frame() {
    const [left, top] = this.toImage([0, 0]);
    const [right, bottom] = this.toImage([this.stage.width, this.stage.height]);
    return { left, top, right, bottom };
  }

  /** @type {(image: Size, aspect?: number) => void} */
  showImage(image, aspect = 1) {
    this.image = image;
    this.aspect = aspect;
    this.fit();
  }

  /** The stage has another size: a fitted image stays fitted, another keeps its centre.
   * @type {(stage: Size) => void} */
  resize(stage) {
    const [dx, dy] = [(stage.width - this.stage.width) / 2, (stage.height - this.stage.height) / 2];
    this.stage = stage;
    if (this.fitted) this.fit();
    else this.panBy(dx, dy);
  }

  fit() {
    const { image, stage } = this;
    const across = (stage.width - 2 * FIT_MARGIN_PX) / image.width;
    const down = (stage.height - 2 * FIT_MARGIN_PX) / (image.height * this.aspect);
    this.scale = clamp(Math.min(across, down), SMALLEST_SCALE, LARGEST_SCALE);
    this.tx = (stage.width - image.width * this.scale) / 2;
    this.ty = (stage.height - image.height * this.down) / 2;
    this.fitted = true;
  }

  /** @type {(dx: number, dy: number) => void} */
  panBy(dx, dy) {
    this.tx += dx;
    this.ty += dy;
    this.#keepVisible();
  }

  /** Set the scale, keeping the image point under the screen point (the middle, if none is
   * given) where it is. @type {(scale: number, at?: Point) => void} */
  zoomTo(scale, at) {
    const [x, y] = at ?? [this.stage.width / 2, this.stage.height / 2];
    const wanted = clamp(scale, SMALLEST_SCALE, LARGEST_SCALE);
    const ratio = wanted / this.scale;
    this.scale = wanted;
    this.tx = x - (x - this.tx) * ratio;
    this.ty = y - (y - this.ty) * ratio;
    this.#keepVisible();
  }

  /** Go to the next stop above (+1) or below (-1). @type {(direction: 1 | -1) => void} */
  zoomStep(direction) {
    const next = direction > 0
      ? STOPS.find((stop) => stop > this.scale * 1.001)
      : STOPS.findLast((stop) => stop < this.scale * 0.999);
    this.zoomTo(next ?? this.scale);
  }

  /** Pan so that a region is in sight, if any of it is not. @type {(bounds: Bounds) => void} */
  reveal({ x, y, width, height }) {
    const [left, top] = this.toScreen([x, y]);
    const [right, bottom] = this.toScreen([x + width, y + height]);
    const inSight = left >= 0 && top >= 0 && right <= this.stage.width && bottom <= this.stage.height;
    if (inSight) return;
    this.panBy((this.stage.width - left - right) / 2, (this.stage.height - top - bottom) / 2);
  }

  #keepVisible() {
    const { image, stage, scale, down } = this;
    this.tx = clamp(this.tx, KEEP_VISIBLE_PX - image.width * scale, stage.width - KEEP_VISIBLE_PX);
    this.ty = clamp(this.ty, KEEP_VISIBLE_PX - image.height * down, stage.height - KEEP_VISIBLE_PX);
    this.fitted = false;
  }
}
