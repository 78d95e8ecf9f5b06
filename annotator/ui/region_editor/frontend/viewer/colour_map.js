/**
 * Colours of a map: "inferno", "viridis" and "cividis" of matplotlib (CC0). The lightness of
 * each rises evenly, so the order of values reads right without colour vision and on a bad
 * screen; cividis looks nearly the same with and without red-green colour blindness.
 */

/** @typedef {'inferno' | 'viridis' | 'cividis'} Ramp */

/** @type {Record<Ramp, [number, number, number][]>} */
const RAMPS = {
  inferno: [
    [0, 0, 4], [33, 12, 74], [87, 16, 110], [138, 34, 106], [188, 55, 84],
    [228, 90, 49], [249, 142, 9], [249, 203, 53], [252, 255, 164],
  ],
  viridis: [
    [68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140],
    [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37],
  ],
  cividis: [
    [0, 34, 78], [26, 56, 111], [67, 78, 108], [97, 101, 111], [125, 124, 120],
    [155, 148, 118], [188, 174, 108], [222, 201, 88], [254, 232, 56],
  ],
};
export const RAMP_NAMES = /** @type {Ramp[]} */ (Object.keys(RAMPS));
/** Values below the first show nothing, above the second they cover fully. */
const [CLEAR_BELOW, FULL_ABOVE] = [0.08, 0.55];

/** The dark end of a ramp would look like a shadow on the image: maps begin above it. */
const BEGINS_AT = 0.2;

/** Red, green and blue (0-255) of a value in [0, 1]. @type {(value: number, ramp?: Ramp) => number[]} */
export function colourOf(value, ramp = 'inferno') {
  const stops = RAMPS[ramp];
  const place = Math.min(1, Math.max(0, value)) * (stops.length - 1);
  const k = Math.min(stops.length - 2, Math.floor(place));
  return stops[k].map((low, c) => Math.round(low + (stops[k + 1][c] - low) * (place - k)));
}

/** How much of the image a value covers, in [0, 1]. @type {(value: number) => number} */
export function coverOf(value) {
  const t = Math.min(1, Math.max(0, (value - CLEAR_BELOW) / (FULL_ABOVE - CLEAR_BELOW)));
  return t * t * (3 - 2 * t);
}

/** The ramp as a style sheet writes it. @type {(ramp: Ramp) => string} */
export function gradientOf(ramp) {
  const colours = [0, 0.25, 0.5, 0.75, 1].map((value) => (
    `rgb(${colourOf(BEGINS_AT + (1 - BEGINS_AT) * value, ramp).join(' ')})`));
  return `linear-gradient(to right, ${colours.join(', ')})`;
}

/** Grey values painted with a ramp, as RGBA. @type {(values: Uint8Array, ramp: Ramp) => Uint8ClampedArray<ArrayBuffer>} */
export function painted(values, ramp) {
  const table = new Uint32Array(256);
  const bytes = new Uint8ClampedArray(table.buffer);
  for (let grey = 0; grey < 256; grey += 1) {
    const value = grey / 255;
    bytes.set([...colourOf(BEGINS_AT + (1 - BEGINS_AT) * value, ramp), 255 * coverOf(value)], 4 * grey);
  }
  // `Uint32Array.from` with a function takes thirty times as long.
  const pixels = new Uint32Array(values.length);
  for (let k = 0; k < values.length; k += 1) pixels[k] = table[values[k]];
  return new Uint8ClampedArray(pixels.buffer);
}
