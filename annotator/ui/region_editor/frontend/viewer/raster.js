/**
 * The image's own pixels: fetched once, kept at full depth, shown through a window (level).
 * Plain 2-D canvas, no WebGL, so that it works on a remote desktop too.
 *
 * @import { ImageSource, Point } from '../types.js'
 * @import { Frame } from './pixel_levels.js'
 */
import { PixelLevels } from './pixel_levels.js';
import { PixelScale } from './pixel_scale.js';

/** A window fitted to a frame leaves out the darkest and the brightest hundredth. */
const FRAME_QUANTILES = [0.01, 0.99];

/** @type {(url: string, signal: AbortSignal) => Promise<Response>} */
export async function fetchPixels(url, signal) {
  const response = await fetch(url, { signal, credentials: 'same-origin' });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response;
}

/** A canvas with an encoded picture's pixels, unchanged by any colour profile.
 * @type {(blob: Blob) => Promise<CanvasRenderingContext2D>} */
export async function decoded(blob) {
  const bitmap = await createImageBitmap(blob, {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  const context = canvasOf(bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context;
}

/** @type {(width: number, height: number) => CanvasRenderingContext2D} */
export function canvasOf(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser has no 2-D canvas');
  return context;
}

/** What each stored value looks like (0-255) through a window.
 * @type {(low: number, high: number, length: number, inverted: boolean) => Uint8ClampedArray} */
export function windowTable(low, high, length, inverted) {
  const table = new Uint8ClampedArray(length);
  const span = Math.max(1e-6, high - low);
  for (let value = 0; value < length; value += 1) {
    const shade = Math.min(255, Math.max(0, ((value - low) / span) * 255));
    table[value] = inverted ? 255 - shade : shade;
  }
  return table;
}

export class Raster {
  constructor() {
    this.ready = false;
    this.inverted = false;
    this.width = 0;
    this.height = 0;
    /** Samples, one a pixel (grey) or four (red, green, blue, opaque).
     * @type {Uint16Array | Uint8ClampedArray} */
    this.samples = new Uint8ClampedArray();
    this.channels = 1;
    /** Whether red, green and blue differ somewhere: then windows are brightness and contrast. */
    this.isColour = false;
    /** @type {[number, number]} */
    this.fullWindow = [0, 255];
    /** @type {[number, number]} */
    this.window = [0, 255];
    this.scale = new PixelScale(null);
    /** @type {PixelLevels | null} */
    this.levels = null;
    /** The decoded picture itself. @type {HTMLCanvasElement | null} */
    this.original = null;
  }

  /** @type {(source: ImageSource, signal: AbortSignal) => Promise<void>} */
  async load(source, signal) {
    this.ready = false;
    this.original = null;
    const response = await fetchPixels(source.url, signal);
    const isGrey = source.kind === 'grey16';
    const pixels = isGrey ? await response.arrayBuffer() : await decoded(await response.blob());
    // Decoding cannot be called off: meanwhile these may have become the pixels of an image that was left.
    signal.throwIfAborted();
    if (pixels instanceof ArrayBuffer) this.#takeGrey16(source, pixels);
    else this.#takePicture(pixels);
    this.inverted = false;
    this.scale = new PixelScale(source);
    this.levels = new PixelLevels(this.samples, this.width, this.height, this.channels);
    this.ready = true;
    this.resetWindow();
  }

  /** @type {(source: ImageSource, buffer: ArrayBuffer) => void} */
  #takeGrey16({ width, height }, buffer) {
    if (buffer.byteLength !== width * height * 2) throw new Error('the pixels are incomplete');
    const samples = new Uint16Array(buffer);
    let [low, high] = [65535, 0];
    for (const value of samples) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    Object.assign(this, { width, height, samples, channels: 1, isColour: false });
    this.fullWindow = [low, Math.max(low + 1, high)];
  }

  /** @type {(context: CanvasRenderingContext2D) => void} */
  #takePicture(context) {
    const { width, height } = context.canvas;
    const samples = context.getImageData(0, 0, width, height).data;
    Object.assign(this, { width, height, samples, channels: 4, isColour: hasColour(samples) });
    this.original = context.canvas;
    this.fullWindow = [0, 255];
  }

  get highest() {
    return this.samples instanceof Uint16Array ? 65535 : 255;
  }

  /** Show stored values from `low` (black) to `high` (white).
   * @type {(low: number, high: number) => void} */
  setWindow(low, high) {
    if (!this.ready) return;
    this.window = [low, Math.max(low + 1, high)];
    this.levels?.through(windowTable(...this.window, this.highest + 1, this.inverted));
  }

  resetWindow() {
    this.setWindow(...(this.scale.firstWindow ?? this.fullWindow));
  }

  /** The window that the person chose; null while it is the image's own.
   * @returns {[number, number] | null} */
  get ownWindow() {
    const [low, high] = this.scale.firstWindow ?? this.fullWindow;
    const isFirst = this.window[0] === low && this.window[1] === Math.max(low + 1, high);
    return isFirst ? null : this.window;
  }

  /** Look at it as at another image. @type {(look: {window: [number, number] | null, inverted: boolean}) => void} */
  lookThrough({ window, inverted }) {
    this.inverted = inverted;
    this.setWindow(...(window ?? this.window));
  }

  invert() {
    this.inverted = !this.inverted;
    this.setWindow(...this.window);
  }

  /** The picture to draw over the image's extent (see `PixelLevels.picture`).
   * @type {(frame: Frame, density: number) => HTMLCanvasElement | null} */
  picture(frame, density) {
    if (!this.ready) return null;
    const isPlain = this.window[0] === 0 && this.window[1] === 255 && !this.inverted;
    if (this.original && isPlain) return this.original;
    return this.levels?.picture(frame, density) ?? null;
  }

  /** The window that fits what is in a frame of the image. @type {(frame: Frame) => [number, number] | null} */
  windowOf({ left, top, right, bottom }) {
    const counts = new Uint32Array(this.highest + 1);
    let total = 0;
    for (let y = Math.max(0, Math.floor(top)); y < Math.min(this.height, Math.ceil(bottom)); y += 1) {
      for (let x = Math.max(0, Math.floor(left)); x < Math.min(this.width, Math.ceil(right)); x += 1) {
        counts[this.samples[(y * this.width + x) * this.channels]] += 1;
        total += 1;
      }
    }
    if (!total) return null;
    return [quantile(counts, FRAME_QUANTILES[0] * total), quantile(counts, FRAME_QUANTILES[1] * total)];
  }

  /** Stored values under an image point: one, or red, green and blue; null outside the image.
   * @type {(point: Point) => number[] | null} */
  valuesAt([x, y]) {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const inside = column >= 0 && row >= 0 && column < this.width && row < this.height;
    if (!this.ready || !inside) return null;
    const first = (row * this.width + column) * this.channels;
    return [...this.samples.slice(first, first + (this.isColour ? 3 : 1))];
  }
}

/** @type {(samples: Uint8ClampedArray) => boolean} */
function hasColour(samples) {
  for (let k = 0; k < samples.length; k += 4) {
    if (samples[k] !== samples[k + 1] || samples[k] !== samples[k + 2]) return true;
  }
  return false;
}

/** The value below which this many lie. @type {(counts: Uint32Array, many: number) => number} */
function quantile(counts, many) {
  let below = 0;
  const found = counts.findIndex((count) => {
    below += count;
    return below > many;
  });
  return found < 0 ? counts.length - 1 : found;
}
