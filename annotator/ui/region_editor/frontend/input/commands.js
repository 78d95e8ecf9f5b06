/**
 * Everything the rater can do by key, in one table: the keys, the buttons and the sheet of keys
 * all read it, so they cannot disagree.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Needs } from './pending_keys.js'
 *
 * @typedef {object} Command
 * @property {string} id
 * @property {string} title
 * @property {string} group
 * @property {string[]} keys  chords as `chordOf` writes them; the first is the one shown
 * @property {(editor: RegionEditor) => void} run
 * @property {Needs} needs  of the picture
 * @property {(editor: RegionEditor) => void} [release]  for keys that act while held
 * @property {boolean} [repeats]  whether holding the key repeats the command
 * @property {boolean} [inFamily]  shown on the sheet by its family, not by itself
 */

import { TOOLS } from './tools.js';

/** What commands need of the picture, by group; and those that need something else.
 * @type {Record<string, Needs>} */
const NEEDS = {
  Decide: 'turn', Label: 'turn', Draw: 'picture', Mask: 'picture', Map: 'nothing', Pixels: 'picture', Look: 'nothing', Go: 'nothing',
  'label-menu': 'field', 'code-line': 'field', note: 'field', skip: 'field',
  'tool-select': 'nothing', escape: 'nothing',
  'select-next': 'turn', 'select-previous': 'turn', 'select-all': 'turn', delete: 'turn', flag: 'turn',
  'cut-tighter': 'picture', 'cut-wider': 'picture', why: 'picture', faces: 'picture',
  'next-image': 'exit', 'previous-image': 'exit', 'next-frame': 'frame', 'previous-frame': 'frame', sign: 'signature',
};

/** @type {(id: string, title: string, group: string, keys: string[],
 *   run: (editor: RegionEditor) => void, more?: Partial<Command>) => Command} */
const command = (id, title, group, keys, run, more = {}) => (
  { id, title, group, keys, run, needs: NEEDS[id] ?? NEEDS[group], ...more });

/** @type {[string, number, number][]} */
const DIRECTIONS = [
  ['ArrowLeft', -1, 0], ['ArrowRight', 1, 0], ['ArrowUp', 0, -1], ['ArrowDown', 0, 1],
];
const NINE = Array.from({ length: 9 }, (_, k) => k);

const decide = [
  command('accept', 'Accept, go to the next', 'Decide', ['a'], (e) => e.regions.accept()),
  command('reject', 'Reject, go to the next', 'Decide', ['r'], (e) => e.regions.reject()),
  command('reopen', 'Back to undecided', 'Decide', ['u'], (e) => e.regions.reopen()),
  command('next-undecided', 'Next undecided', 'Decide', ['n'], (e) => e.regions.selectUndecided(1)),
  command('previous-undecided', 'Previous undecided', 'Decide', ['Shift+n'],
    (e) => e.regions.selectUndecided(-1)),
  command('undo', 'Undo', 'Decide', ['Ctrl+z'], (e) => e.regions.undo(), { repeats: true }),
  command('redo', 'Redo', 'Decide', ['Ctrl+y', 'Ctrl+Shift+z'], (e) => e.regions.redo(), { repeats: true }),
];

const label = [
  ...NINE.map((k) => command(`label-${k + 1}`, `Label ${k + 1}`, 'Label',
    [String(k + 1)], (e) => e.takeNumber(k), { inFamily: true })),
  command('label-menu', 'Find a label by typing', 'Label', ['l', 'Enter'], (e) => e.labels.finishOrChoose()),
  command('repeat-label', 'The label used last', 'Label', ['t'], (e) => e.labels.repeat()),
  command('label-down', 'Next label', 'Label', ['j'], (e) => e.labels.step(1), { repeats: true }),
  command('label-up', 'Previous label', 'Label', ['k'], (e) => e.labels.step(-1), { repeats: true }),
  command('present', 'Present on the image', 'Label', ['y'], (e) => e.labels.stateCurrent('present')),
  command('absent', 'Absent', 'Label', ['x'], (e) => e.labels.stateCurrent('absent')),
  command('uncertain', 'Uncertain', 'Label', ['q'], (e) => e.labels.stateCurrent('uncertain')),
  command('not_assessable', 'Not assessable', 'Label', ['g'], (e) => e.labels.stateCurrent('not_assessable')),
  command('not_assessed', 'Not assessed', 'Label', ['Shift+g'], (e) => e.labels.stateCurrent('not_assessed')),
  command('code-line', 'Code line (FACS)', 'Label', ['c'], (e) => e.panels.openCodeLine()),
];

const draw = [
  ...TOOLS.filter(({ key }) => key).map(({ name, does, key, group }) => command(`tool-${name}`, does, group, [key],
    (e) => e.setTool(name))),
  command('select-next', 'Next region', 'Draw', ['.'], (e) => e.regions.selectNeighbour(1)),
  command('select-previous', 'Previous region', 'Draw', [','], (e) => e.regions.selectNeighbour(-1)),
  command('select-all', 'Select all', 'Draw', ['Ctrl+a'], (e) => e.regions.selectAll()),
  command('delete', 'Delete (a suggestion: reject)', 'Draw', ['Delete', 'Backspace'],
    (e) => e.regions.remove()),
  command('duplicate', 'Duplicate', 'Draw', ['Ctrl+d'], (e) => e.regions.duplicate()),
  command('fit-to-edges', 'Fit to edges', 'Draw', ['Shift+q'], (e) => e.edges.fit()),
  command('to-front', 'Bring to the front', 'Draw', ['Shift+PageUp'], (e) => e.regions.restack(1)),
  command('to-back', 'Send to the back', 'Draw', ['Shift+PageDown'], (e) => e.regions.restack(-1)),
  command('escape', 'Cancel, deselect', 'Draw', ['Escape'], (e) => e.escape()),
];

const nudge = DIRECTIONS.flatMap(([key, dx, dy]) => [
  command(`move-${key}`, 'Move by 1 px', 'Draw', [key],
    (e) => e.nudgeOrPan(dx, dy), { repeats: true, inFamily: true }),
  command(`move-far-${key}`, 'Move by 10 px', 'Draw', [`Shift+${key}`],
    (e) => e.nudgeOrPan(10 * dx, 10 * dy), { repeats: true, inFamily: true }),
  command(`resize-${key}`, 'Resize by 1 px', 'Draw', [`Alt+${key}`],
    (e) => e.regions.resizeBy(dx, dy), { repeats: true, inFamily: true }),
]);

const mask = [
  command('brush-smaller', 'Smaller brush', 'Mask', ['Alt+,'], (e) => e.masks.resizeBrush(-1), { repeats: true, needs: 'nothing' }),
  command('brush-larger', 'Larger brush', 'Mask', ['Alt+.'], (e) => e.masks.resizeBrush(1), { repeats: true, needs: 'nothing' }),
  command('mask-limits', 'Paint only values within limits', 'Mask', ['Shift+t'], (e) => e.masks.toggleLimits()),
  command('mask-limits-window', 'Limits from the window', 'Mask', [], (e) => e.masks.limitToWindow()),
  command('mask-grow', 'Grow', 'Mask', ['Shift+o'], (e) => e.masks.grow()),
  command('mask-shrink', 'Shrink', 'Mask', ['Shift+i'], (e) => e.masks.shrink()),
  command('mask-smooth', 'Smooth the mask', 'Mask', ['Shift+u'], (e) => e.masks.smooth()),
  command('mask-fill-holes', 'Fill its holes', 'Mask', ['Shift+j'], (e) => e.masks.fillHoles()),
  command('mask-keep-largest', 'Keep the largest island', 'Mask', ['Shift+k'], (e) => e.masks.keepLargest()),
  command('mask-remove-small', 'Remove small islands', 'Mask', ['Shift+r'], (e) => e.masks.removeSmall()),
  command('to-masks', 'Make masks of outlines', 'Mask', ['Shift+z'], (e) => e.masks.toMasks()),
  command('mask-to-polygons', 'Make polygons of a mask', 'Mask', ['Shift+v'], (e) => e.masks.toPolygons()),
];

const map = [
  command('map', 'Map on or off', 'Map', ['m'], (e) => e.maps.toggle()),
  command('map-outline', 'Map as an outline', 'Map', ['Shift+m'], (e) => e.maps.toggleOutline()),
  command('cut-tighter', 'Cut the map tighter', 'Map', ['>'], (e) => e.maps.stepLevel(1), { repeats: true }),
  command('cut-wider', 'Cut the map wider', 'Map', ['<'], (e) => e.maps.stepLevel(-1), { repeats: true }),
  command('why', 'Why rather than …', 'Map', ['Shift+y'], (e) => e.panels.openWhy()),
  command('faces', 'Choose the face that is read', 'Map', ['Shift+p'], (e) => e.faces.toggle()),
  command('compare', 'Compare two maps', 'Map', ['Shift+c'], (e) => e.maps.cycleComparison()),
];

const look = [
  command('zoom-in', 'Zoom in', 'Look', ['+', '='], (e) => e.viewer.zoomStep(1), { repeats: true }),
  command('zoom-out', 'Zoom out', 'Look', ['-'], (e) => e.viewer.zoomStep(-1), { repeats: true }),
  command('fit', 'Fit the image', 'Look', ['0'], (e) => e.viewer.fit()),
  command('actual', 'Actual pixels', 'Look', ['z'], (e) => e.viewer.zoomTo(1)),
  command('pan', 'Pan by dragging', 'Look', ['Space'], (e) => e.holdPan(true),
    { release: (e) => e.holdPan(false) }),
  command('bare', 'Hide all but the image', 'Look', ['h'], (e) => e.viewer.setBare(true),
    { release: (e) => e.viewer.setBare(false) }),
  command('bare-stay', 'The same, until pressed again', 'Look', ['Shift+h'],
    (e) => e.viewer.setBare(!e.viewer.look.bare)),
];

const pixels = [
  ...NINE.map((k) => command(`window-${k + 1}`, `Window ${k + 1}`, 'Pixels', [`Alt+${k + 1}`],
    (e) => e.viewer.useWindow(k), { inFamily: true })),
  command('invert', 'Invert grey values', 'Pixels', ['i'], (e) => e.viewer.invert()),
  command('window-reset', 'Reset the window', 'Pixels', ['Shift+w'], (e) => e.viewer.resetWindow()),
  command('smooth', 'Smooth enlarged pixels', 'Pixels', ['Shift+s'], (e) => e.viewer.toggleSmoothing()),
];

const go = [
  command('next-image', 'Next image', 'Go', [']', 'PageDown'], (e) => e.navigate('next')),
  command('previous-image', 'Previous image', 'Go', ['[', 'PageUp'], (e) => e.navigate('previous')),
  command('next-frame', 'Next frame of the file', 'Go', ['}', 'Ctrl+ArrowRight'], (e) => e.stepFrame(1),
    { repeats: true }),
  command('previous-frame', 'Previous frame of the file', 'Go', ['{', 'Ctrl+ArrowLeft'],
    (e) => e.stepFrame(-1), { repeats: true }),
  command('sign', 'Done with the image, next', 'Go', ['Ctrl+Enter'], (e) => e.sign()),
  command('skip', 'Skip, with a reason', 'Go', ['s'], (e) => e.openRemark('skip')),
  command('flag', 'Flag for a second look', 'Go', ['Shift+f'], (e) => e.toggleFlag()),
  command('note', 'Write a note', 'Go', ['/'], (e) => e.openRemark('note')),
  command('help', 'This sheet', 'Go', ['?'], (e) => e.toggleHelp()),
];

/** @type {Command[]} */
export const COMMANDS = [...decide, ...label, ...draw, ...nudge, ...mask, ...map, ...pixels, ...look, ...go];

/** Commands that differ by a number or a direction only. */
export const FAMILIES = [
  { group: 'Label', keys: '1 … 9', title: 'Label by its number' },
  { group: 'Draw', keys: 'Arrows', title: 'Move by 1 px' },
  { group: 'Draw', keys: 'Shift Arrows', title: 'Move by 10 px' },
  { group: 'Draw', keys: 'Alt Arrows', title: 'Resize by 1 px' },
  { group: 'Draw', keys: 'Shift click', title: 'Select several (or Shift drag)' },
  { group: 'Draw', keys: 'Alt click', title: 'Take a corner away' },
  { group: 'Mask', keys: 'Alt Wheel', title: 'Size of the brush' },
  { group: 'Mask', keys: 'Alt drag', title: 'Erase with the brush, paint with the eraser' },
  { group: 'Mask', keys: 'Alt click', title: 'Take a piece away, with Fill' },
  { group: 'Pixels', keys: 'Alt 1 … 9', title: 'Window by its number' },
  { group: 'Pixels', keys: 'Right drag', title: 'Window with any tool' },
  { group: 'Look', keys: 'Arrows', title: 'Pan, while no region is selected' },
  { group: 'Look', keys: 'Wheel', title: 'Zoom; with Shift or Alt: pan across or down' },
];

const BY_ID = new Map(COMMANDS.map((known) => [known.id, known]));

/** @type {(id: string) => Command} */
export function commandOf(id) {
  const found = BY_ID.get(id);
  if (!found) throw new Error(`there is no command ${id}`);
  return found;
}
