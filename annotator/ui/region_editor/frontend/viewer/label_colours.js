/** Colours of labels, where labels are told apart by colour: after Okabe and Ito (2008), those
 * that are dark left out, as what they lie on is dark. */

/** Red, green, blue. @type {[number, number, number][]} */
const COLOURS = [
  [86, 180, 233], [240, 190, 66], [0, 200, 145], [240, 120, 90], [214, 140, 190],
  [160, 150, 245], [170, 215, 90], [70, 214, 214], [250, 240, 110], [216, 170, 130],
];
/** Of what was rejected. @type {[number, number, number]} */
export const GREY = [160, 168, 180];

/** The colour of the label at a place of the list. @type {(place: number) => [number, number, number]} */
export const labelColour = (place) => COLOURS[Math.max(0, place) % COLOURS.length];

/** @type {(colour: number[]) => string} */
export const cssColour = (colour) => `rgb(${colour.join(' ')})`;

/** A colour as a canvas has it in 32 bits. @type {(colour: number[], alpha: number) => number} */
export const canvasColour = ([red, green, blue], alpha) => (
  ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0);
