/**
 * Everything the rater can do by key, in one table: the keys, the toolbar's hints and the cheat
 * sheet all read it, so they cannot disagree.
 *
 * @import { RegionEditor } from '../editor.js'
 *
 * @typedef {object} Command
 * @property {string} id
 * @property {string} title
 * @property {string} group
 * @property {string[]} keys  chords as `chordOf` writes them; the first is the one shown
 * @property {(editor: RegionEditor) => void} run
 * @property {(editor: RegionEditor) => void} [release]  for keys that act while held
 * @property {boolean} [repeats]  whether holding the key repeats the command
 * @property {boolean} [inFamily]  shown on the cheat sheet by its family, not by itself
 */

/** @type {(id: string, title: string, group: string, keys: string[],
 *   run: (editor: RegionEditor) => void, more?: Partial<Command>) => Command} */
const command = (id, title, group, keys, run, more = {}) => ({ id, title, group, keys, run, ...more });

/** @type {[string, string, string][]} */
const TOOLS = [
  ['select', 'Select and move', 'v'], ['box', 'Draw a box', 'b'], ['polygon', 'Draw a polygon', 'p'],
  ['ellipse', 'Draw an ellipse', 'e'], ['freehand', 'Draw freehand', 'f'],
  ['window', 'Window and level: drag', 'w'],
];
/** @type {[string, number, number][]} */
const DIRECTIONS = [
  ['ArrowLeft', -1, 0], ['ArrowRight', 1, 0], ['ArrowUp', 0, -1], ['ArrowDown', 0, 1],
];

const decide = [
  command('accept', 'Accept, go to the next', 'Decide', ['a'], (e) => e.accept()),
  command('reject', 'Reject, go to the next', 'Decide', ['r'], (e) => e.reject()),
  command('reopen', 'Back to undecided', 'Decide', ['u'], (e) => e.reopen()),
  command('next-undecided', 'Next undecided', 'Decide', ['n'], (e) => e.selectUndecided(1)),
  command('previous-undecided', 'Previous undecided', 'Decide', ['Shift+n'],
    (e) => e.selectUndecided(-1)),
  command('undo', 'Undo', 'Decide', ['Ctrl+z'], (e) => e.undo(), { repeats: true }),
  command('redo', 'Redo', 'Decide', ['Ctrl+y', 'Ctrl+Shift+z'], (e) => e.redo(), { repeats: true }),
];

const label = [
  ...Array.from({ length: 9 }, (_, k) => command(`label-${k + 1}`, `Label ${k + 1}`, 'Label',
    [String(k + 1)], (e) => e.labelByNumber(k), { inFamily: true })),
  command('label-menu', 'Find a label by typing', 'Label', ['l', 'Enter'], (e) => e.finishOrLabel()),
];

const draw = [
  ...TOOLS.map(([tool, title, key]) => command(`tool-${tool}`, title, 'Draw', [key],
    (e) => e.setTool(tool))),
  command('delete', 'Delete (a suggestion: reject)', 'Draw', ['Delete', 'Backspace'],
    (e) => e.removeSelected()),
  command('duplicate', 'Duplicate', 'Draw', ['Ctrl+d'], (e) => e.duplicate()),
  command('escape', 'Cancel, deselect', 'Draw', ['Escape'], (e) => e.escape()),
];

const nudge = DIRECTIONS.flatMap(([key, dx, dy]) => [
  command(`move-${key}`, 'Move by 1 px', 'Draw', [key],
    (e) => e.nudge(dx, dy), { repeats: true, inFamily: true }),
  command(`move-far-${key}`, 'Move by 10 px', 'Draw', [`Shift+${key}`],
    (e) => e.nudge(10 * dx, 10 * dy), { repeats: true, inFamily: true }),
  command(`resize-${key}`, 'Resize by 1 px', 'Draw', [`Alt+${key}`],
    (e) => e.resizeBy(dx, dy), { repeats: true, inFamily: true }),
]);

const look = [
  command('zoom-in', 'Zoom in', 'Look', ['+', '='], (e) => e.viewer.zoomStep(1), { repeats: true }),
  command('zoom-out', 'Zoom out', 'Look', ['-'], (e) => e.viewer.zoomStep(-1), { repeats: true }),
  command('fit', 'Fit the image', 'Look', ['0'], (e) => e.viewer.fit()),
  command('actual', 'Actual pixels', 'Look', ['z'], (e) => e.viewer.zoomTo(1)),
  command('pan', 'Pan by dragging', 'Look', ['Space'], (e) => e.holdPan(true),
    { release: (e) => e.holdPan(false) }),
  command('bare', 'Hide all but the image', 'Look', ['h'], (e) => e.viewer.setBare(true),
    { release: (e) => e.viewer.setBare(false) }),
  command('map', 'Map on or off', 'Look', ['m'], (e) => e.toggleMap()),
  command('invert', 'Invert grey values', 'Look', ['i'], (e) => e.viewer.invert()),
  command('window-reset', 'Reset the window', 'Look', ['Shift+w'], (e) => e.viewer.resetWindow()),
];

const go = [
  command('next-image', 'Next image', 'Go', [']', 'PageDown'], (e) => e.navigate('next')),
  command('previous-image', 'Previous image', 'Go', ['[', 'PageUp'], (e) => e.navigate('previous')),
  command('help', 'This sheet', 'Go', ['?'], (e) => e.toggleHelp()),
];

/** @type {Command[]} */
export const COMMANDS = [...decide, ...label, ...draw, ...nudge, ...look, ...go];

/** Commands that differ by a number or a direction only. */
export const FAMILIES = [
  { group: 'Label', keys: '1 … 9', title: 'Label by its number' },
  { group: 'Draw', keys: 'Arrows', title: 'Move by 1 px' },
  { group: 'Draw', keys: 'Shift Arrows', title: 'Move by 10 px' },
  { group: 'Draw', keys: 'Alt Arrows', title: 'Resize by 1 px' },
];

/** Ways of writing keys that people know. @type {Record<string, string>} */
const SPOKEN = {
  ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Delete: 'Del',
  Escape: 'Esc', PageDown: 'PgDn', PageUp: 'PgUp', '-': '−',
};

/** A chord as shown to people. @type {(chord: string) => string} */
export const shownKey = (chord) =>
  chord.split(/(?<=.)\+/)
    .map((part) => SPOKEN[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(' ');

/** @type {(id: string) => string} */
export const keyOf = (id) => {
  const found = COMMANDS.find((entry) => entry.id === id);
  return found ? shownKey(found.keys[0]) : '';
};
