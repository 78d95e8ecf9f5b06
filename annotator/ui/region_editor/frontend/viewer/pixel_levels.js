/**
 * The image's samples at full and at halved sizes, each shaded through the window only where
 * it is looked at. What is not in sight costs nothing, so a window follows the pointer on large
 * films too.
 */

const TILE_PX = 512;
/** No level is made smaller than this. */
const SMALLEST_SIDE_PX = 256;

/** @typedef {Uint16Array | Uint8ClampedArray} Samples */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Frame */

/** Half the size, each pixel the mean of four.
 * @type {(samples: Samples, width: number, height: number, channels: number) => Samples} */
export function halved(samples, width, height, channels) {
  const [across, down] = [width >> 1, height >> 1];
  const half = samples instanceof Uint16Array
    ? new Uint16Array(across * down * channels) : new Uint8ClampedArray(across * down * channels);
  const row = width * channels;
  let place = 0;
  for (let y = 0; y < down; y += 1) {
    for (let x = 0; x < across; x += 1) {
      let from = 2 * y * row + 2 * x * channels;
      for (let c = 0; c < channels; c += 1) {
        half[place] = (samples[from] + samples[from + channels]
          + samples[from + row] + samples[from + row + channels] + 2) >> 2;
        place += 1;
        from += 1;
      }
    }
  }
  return half;
}

class Level {
  /** @param {Samples} samples  @param {number} width  @param {number} height  @param {number} channels */
  constructor(samples, width, height, channels) {
    this.samples = samples;
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.across = Math.ceil(width / TILE_PX);
    /** Version of the window each tile was shaded with. */
    this.versions = new Int32Array(this.across * Math.ceil(height / TILE_PX)).fill(-1);
    this.canvas = document.createElement('canvas');
    this.canvas.width = width;
    this.canvas.height = height;
    this.context = this.canvas.getContext('2d');
  }

  /** Bring the tiles in a frame (of this level's pixels) to a version of the window.
   * @type {(frame: Frame, packed: Uint32Array, version: number) => void} */
  shade({ left, top, right, bottom }, packed, version) {
    const last = (/** @type {number} */ end, /** @type {number} */ size) => (
      Math.min(Math.ceil(Math.min(end, size) / TILE_PX), Math.ceil(size / TILE_PX)));
    for (let v = Math.max(0, Math.floor(top / TILE_PX)); v < last(bottom, this.height); v += 1) {
      for (let u = Math.max(0, Math.floor(left / TILE_PX)); u < last(right, this.width); u += 1) {
        if (this.versions[v * this.across + u] === version) continue;
        this.versions[v * this.across + u] = version;
        this.#shadeTile(u * TILE_PX, v * TILE_PX, packed);
      }
    }
  }

  /** @type {(left: number, top: number, packed: Uint32Array) => void} */
  #shadeTile(left, top, packed) {
    const width = Math.min(TILE_PX, this.width - left);
    const height = Math.min(TILE_PX, this.height - top);
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const { samples, channels } = this;
    let place = 0;
    for (let y = top; y < top + height; y += 1) {
      let from = (y * this.width + left) * channels;
      for (let x = 0; x < width; x += 1, from += channels, place += 1) {
        pixels[place] = channels === 1 ? packed[samples[from]]
          : (packed[samples[from]] & 0xff0000ff) | (packed[samples[from + 1]] & 0xff00)
            | (packed[samples[from + 2]] & 0xff0000);
      }
    }
    this.context?.putImageData(image, left, top);
  }
}

export class PixelLevels {
  /** @param {Samples} samples  @param {number} width  @param {number} height  @param {number} channels */
  constructor(samples, width, height, channels) {
    /** @type {Level[]} */
    this.levels = [new Level(samples, width, height, channels)];
    this.version = 0;
    this.packed = new Uint32Array();
  }

  /** Shade through another window. @type {(table: Uint8ClampedArray) => void} */
  through(table) {
    this.packed = new Uint32Array(table.length);
    for (let value = 0; value < table.length; value += 1) this.packed[value] = 0xff000000 | (0x010101 * table[value]);
    this.version += 1;
  }

  /**
   * The picture to draw over the whole image's extent, good where the frame is.
   * @param {Frame} frame  what is in sight, in image pixels
   * @param {number} density  device pixels an image pixel
   */
  picture(frame, density) {
    const depth = Math.max(0, Math.floor(Math.log2(1 / density)));
    const [full] = this.levels;
    while (this.levels.length <= depth) {
      const { samples, width, height, channels } = this.levels[this.levels.length - 1];
      if (Math.min(width, height) < 2 * SMALLEST_SIDE_PX) break;
      this.levels.push(new Level(halved(samples, width, height, channels), width >> 1, height >> 1, channels));
    }
    const level = this.levels[Math.min(depth, this.levels.length - 1)];
    const [across, down] = [level.width / full.width, level.height / full.height];
    level.shade({
      left: frame.left * across, right: frame.right * across,
      top: frame.top * down, bottom: frame.bottom * down,
    }, this.packed, this.version);
    return level.canvas;
  }
}
