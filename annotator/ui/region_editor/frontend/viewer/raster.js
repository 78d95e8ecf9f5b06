/**
 * The image's own pixels: fetched once, kept at full depth, shown through a window (level).
 * Plain 2-D canvas, no WebGL, so that it works on a remote desktop too.
 *
 * @import { ImageSource, Point } from '../types.js'
 */

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
function canvasOf(width, height) {
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
    /** @type {[number, number]} */
    this.fullWindow = [0, 255];
    /** @type {[number, number]} */
    this.window = [0, 255];
    /** @type {CanvasRenderingContext2D | null} */
    this.shown = null;
  }

  /** @type {(source: ImageSource, signal: AbortSignal) => Promise<void>} */
  async load(source, signal) {
    this.ready = false;
    const response = await fetchPixels(source.url, signal);
    if (source.kind === 'grey16') this.#takeGrey16(source, await response.arrayBuffer());
    else this.#takePicture(await decoded(await response.blob()));
    signal.throwIfAborted();
    this.inverted = false;
    this.shown = canvasOf(this.width, this.height);
    this.ready = true;
    this.setWindow(...(source.window ?? this.fullWindow));
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
    Object.assign(this, { width, height, samples, channels: 1 });
    this.fullWindow = [low, Math.max(low + 1, high)];
  }

  /** @type {(context: CanvasRenderingContext2D) => void} */
  #takePicture(context) {
    const { width, height } = context.canvas;
    const samples = context.getImageData(0, 0, width, height).data;
    Object.assign(this, { width, height, samples, channels: 4 });
    this.fullWindow = [0, 255];
  }

  get highest() {
    return this.samples instanceof Uint16Array ? 65535 : 255;
  }

  /** Show stored values from `low` (black) to `high` (white).
   * @type {(low: number, high: number) => void} */
  setWindow(low, high) {
    if (!this.ready || !this.shown) return;
    this.window = [low, Math.max(low + 1, high)];
    const table = windowTable(this.window[0], this.window[1], this.highest + 1, this.inverted);
    const image = this.shown.createImageData(this.width, this.height);
    if (this.channels === 1) this.#shadeGrey(table, image.data);
    else this.#shadeColour(table, image.data);
    this.shown.putImageData(image, 0, 0);
  }

  /** @type {(table: Uint8ClampedArray, data: Uint8ClampedArray) => void} */
  #shadeGrey(table, data) {
    const packed = new Uint32Array(table.length);
    table.forEach((shade, value) => {
      packed[value] = (255 << 24) | (shade << 16) | (shade << 8) | shade;
    });
    const pixels = new Uint32Array(data.buffer);
    for (let k = 0; k < pixels.length; k += 1) pixels[k] = packed[this.samples[k]];
  }

  /** @type {(table: Uint8ClampedArray, data: Uint8ClampedArray) => void} */
  #shadeColour(table, data) {
    const { samples } = this;
    for (let k = 0; k < data.length; k += 4) {
      data[k] = table[samples[k]];
      data[k + 1] = table[samples[k + 1]];
      data[k + 2] = table[samples[k + 2]];
      data[k + 3] = 255;
    }
  }

  invert() {
    this.inverted = !this.inverted;
    this.setWindow(...this.window);
  }

  /** The stored value under an image point, as text; empty outside the image.
   * @type {(point: Point) => string} */
  valueAt([x, y]) {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const inside = column >= 0 && row >= 0 && column < this.width && row < this.height;
    if (!this.ready || !inside) return '';
    const first = (row * this.width + column) * this.channels;
    const [red, green, blue] = this.samples.slice(first, first + 3);
    if (this.channels === 1 || (red === green && green === blue)) return String(red);
    return `${red} ${green} ${blue}`;
  }
}
