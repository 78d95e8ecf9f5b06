/**
 * Run lengths as text, as COCO packs them: the first run is background; from the fourth on the
 * difference to the run before the last is written, five bits a letter. Pure; Python's twin is
 * held against the same examples.
 */

const [BITS, FIRST_LETTER] = [5, 48];
const [GOES_ON, SIGN, DIGIT] = [0x20, 0x10, 0x1f];

/** @type {(runs: ArrayLike<number>) => string} */
export function packed(runs) {
  /** @type {string[]} */
  const pieces = [];
  /** @type {number[]} */
  let letters = [];
  for (let k = 0; k < runs.length; k += 1) {
    let rest = k > 2 ? runs[k] - runs[k - 2] : runs[k];
    for (let isMore = true; isMore;) {
      const digit = rest & DIGIT;
      rest >>= BITS;
      isMore = digit & SIGN ? rest !== -1 : rest !== 0;
      letters.push((isMore ? digit | GOES_ON : digit) + FIRST_LETTER);
    }
    if (letters.length > 4096) {
      pieces.push(String.fromCharCode(...letters));
      letters = [];
    }
  }
  return pieces.join('') + String.fromCharCode(...letters);
}

/** @type {(text: string) => number[]} */
export function unpacked(text) {
  /** @type {number[]} */
  const runs = [];
  for (let place = 0; place < text.length;) {
    let [value, shift, letter] = [0, 0, GOES_ON];
    while (letter & GOES_ON) {
      letter = text.charCodeAt(place) - FIRST_LETTER;
      value |= (letter & DIGIT) << shift;
      shift += BITS;
      place += 1;
    }
    if (letter & SIGN) value |= -1 << shift;
    runs.push(runs.length > 2 ? value + runs[runs.length - 2] : value);
  }
  return runs;
}
