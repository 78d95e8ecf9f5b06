/**
 * Colours of a map: the "inferno" ramp of matplotlib (CC0). Its lightness rises evenly, so the
 * order of values reads right without colour vision and on a bad screen.
 */

/** @type {[number, number, number][]} */
const STOPS = [
  [0, 0, 4], [31, 12, 72], [85, 15, 109], [136, 34, 106], [186, 54, 85],
  [227, 89, 51], [249, 140, 10], [249, 201, 50], [252, 255, 164],
];
/** Values below the first show nothing, above the second they cover fully. */
const [CLEAR_BELOW, FULL_ABOVE] = [0.08, 0.55];

/** Red, green and blue (0-255) of a value in [0, 1]. @type {(value: number) => number[]} */
export function colourOf(value) {
  const place = Math.min(1, Math.max(0, value)) * (STOPS.length - 1);
  const k = Math.min(STOPS.length - 2, Math.floor(place));
  return STOPS[k].map((low, c) => Math.round(low + (STOPS[k + 1][c] - low) * (place - k)));
}

/** How much of the image a value covers, in [0, 1]. @type {(value: number) => number} */
export function coverOf(value) {
  const t = Math.min(1, Math.max(0, (value - CLEAR_BELOW) / (FULL_ABOVE - CLEAR_BELOW)));
  return t * t * (3 - 2 * t);
}

/** Paint grey values (RGBA data, value in the red channel) with the ramp, in place.
 * @type {(data: Uint8ClampedArray) => void} */
export function paint(data) {
  const table = Array.from({ length: 256 }, (_, grey) => {
    // The dark end of the ramp would look like a shadow on the image: begin above it.
    return [...colourOf(0.2 + (0.8 * grey) / 255), Math.round(255 * coverOf(grey / 255))];
  });
  for (let k = 0; k < data.length; k += 4) data.set(table[data[k]], k);
}
