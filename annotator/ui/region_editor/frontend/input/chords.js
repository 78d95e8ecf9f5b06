/**
 * Key events as chords, for example `Ctrl+Shift+z`, `Alt+ArrowUp`, `?`: what a key means on the
 * layout in use, and what its place on the keyboard means where the layout has no such character.
 * Pure.
 *
 * @typedef {{key: string, code?: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean,
 *   shiftKey: boolean, getModifierState?: (name: string) => boolean}} KeyPress
 */

/** What the keys of a US keyboard write, without and with Shift. @type {Record<string, [string, string]>} */
const US_SIGNS = {
  BracketLeft: ['[', '{'], BracketRight: [']', '}'], Slash: ['/', '?'], Period: ['.', '>'],
  Comma: [',', '<'], Minus: ['-', '_'], Equal: ['=', '+'],
};

const isLetter = (/** @type {string} */ key) => /^\p{L}$/u.test(key);

/** @type {(event: KeyPress, key: string, namesShift: boolean, without?: boolean) => string} */
const written = ({ ctrlKey, metaKey, altKey, shiftKey }, key, namesShift, without = false) => [
  (ctrlKey || metaKey) && !without ? 'Ctrl+' : '',
  altKey && !without ? 'Alt+' : '',
  shiftKey && namesShift ? 'Shift+' : '',
  key,
].join('');

/** A key event by its character. @type {(event: KeyPress) => string} */
export function chordOf(event) {
  const key = event.key === ' ' ? 'Space' : isLetter(event.key) ? event.key.toLowerCase() : event.key;
  // Signs such as ? and + already say that shift was held where it was needed.
  return written(event, key, isLetter(event.key) || key.length > 1);
}

/** What a US keyboard writes at the event's place; '' where that is no letter, digit or sign.
 * @type {(event: KeyPress) => string} */
function usKey({ code = '', shiftKey }) {
  const [, letter, digit] = /^(?:Key([A-Z])|Digit(\d))$/.exec(code) ?? [];
  return letter?.toLowerCase() ?? digit ?? US_SIGNS[code]?.[shiftKey ? 1 : 0] ?? '';
}

/** Whether AltGr or Option was held to write a sign such as `]`: then neither is part of the chord.
 * @type {(event: KeyPress) => boolean} */
const isComposed = (event) => (
  event.key.length === 1 && !isLetter(event.key) && event.altKey && event.key !== usKey(event));

/** Whether the place of the key may speak for its character: not for the letters that every
 * layout has, nor for signs and accented letters of Latin ones but in the row of digits, nor
 * for what AltGr wrote. @type {(event: KeyPress) => boolean} */
function speaksByPlace(event) {
  const { key, code = '', altKey } = event;
  if (event.getModifierState?.('AltGraph')) return false;
  if (altKey || code.startsWith('Digit')) return true;
  if (!isLetter(key) || /^[a-z]$/i.test(key)) return false;
  return code.startsWith('Key') || !/^\p{Script=Latin}$/u.test(key);
}

/**
 * What a key event may mean, likeliest first: its character as it was pressed, the sign that AltGr
 * or Option wrote, its place on a US keyboard. The first that is bound counts.
 * @type {(event: KeyPress) => string[]}
 */
export function chordsOf(event) {
  const chords = [chordOf(event)];
  if (isComposed(event)) chords.push(written(event, event.key, false, true));
  const key = usKey(event);
  if (key && speaksByPlace(event)) chords.push(written(event, key, /^[a-z\d]$/.test(key)));
  return chords;
}
