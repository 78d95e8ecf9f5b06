import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS } from '../../annotator/ui/region_editor/frontend/input/commands.js';
import { chordOf } from '../../annotator/ui/region_editor/frontend/input/chords.js';
import { KeyBindings, shownKey } from '../../annotator/ui/region_editor/frontend/input/key_bindings.js';
import { Preferences } from '../../annotator/ui/region_editor/frontend/preferences.js';
import { matching } from '../../annotator/ui/region_editor/frontend/panels/label_menu.js';
import { MapChoice } from '../../annotator/ui/region_editor/frontend/viewer/map_choice.js';
import { RAMP_NAMES, colourOf, coverOf } from '../../annotator/ui/region_editor/frontend/viewer/colour_map.js';
import { windowTable } from '../../annotator/ui/region_editor/frontend/viewer/raster.js';

const press = (key, held = {}) =>
  chordOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

class Store {
  map = new Map();
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
}

const bindings = (store = new Store(), commands = COMMANDS) =>
  new KeyBindings(commands, new Preferences(store));

test('no key means two things', () => {
  assert.ok(bindings().bound.size > 80);
  assert.throws(() => bindings(new Store(), [...COMMANDS, { ...COMMANDS[0], id: 'again' }]), /two commands/);
});

test('a command gets another key, and the old one is free', () => {
  const store = new Store();
  const keys = bindings(store);
  assert.deepEqual(keys.rebind('accept', 'Shift+a'), { bound: true });
  assert.equal(keys.commandFor('Shift+a').id, 'accept');
  assert.equal(keys.commandFor('a'), undefined);
  assert.equal(keys.shown('accept'), 'Shift A');
  assert.equal(bindings(store).commandFor('Shift+a').id, 'accept');
  keys.reset();
  assert.equal(keys.commandFor('a').id, 'accept');
  assert.equal(bindings(store).isChanged, false);
});

test('a key that is taken is given only when it is insisted on, and then the other loses it', () => {
  const keys = bindings();
  const refused = keys.rebind('accept', 'l');
  assert.deepEqual([refused.bound, refused.why, refused.by.id], [false, 'taken', 'label-menu']);
  assert.equal(keys.commandFor('l').id, 'label-menu');
  assert.deepEqual(keys.rebind('accept', 'l', true), { bound: true });
  assert.equal(keys.commandFor('l').id, 'accept');
  assert.deepEqual(keys.keysOf('label-menu'), ['Enter']);
  assert.equal(keys.rebind('accept', 'Tab', true).why, 'reserved');
});

test('keys kept from another version break nothing', () => {
  const store = new Store();
  new Preferences(store).set('keys', { accept: ['r'], 'no-longer-there': ['z'] });
  const keys = bindings(store);
  assert.equal(keys.commandFor('r').id, 'accept');
  assert.deepEqual(keys.keysOf('reject'), []);
  assert.equal(keys.commandFor('z').id, 'actual');
});

test('chords', () => {
  assert.equal(press('a'), 'a');
  assert.equal(press('A', { shiftKey: true }), 'Shift+a');
  assert.equal(press('?', { shiftKey: true }), '?');
  assert.equal(press('Z', { ctrlKey: true, shiftKey: true }), 'Ctrl+Shift+z');
  assert.equal(press('z', { metaKey: true }), 'Ctrl+z');
  assert.equal(press('ArrowUp', { altKey: true }), 'Alt+ArrowUp');
  assert.equal(press(' '), 'Space');
});

// key, code, modifiers, command
const LAYOUTS = {
  'US': [
    [']', 'BracketRight', '', 'next-image'], ['1', 'Digit1', '', 'label-1'], ['?', 'Slash', 'shift', 'help'],
    ['1', 'Digit1', 'alt', 'window-1'], ['w', 'KeyW', 'alt', 'tool-window-frame'], ['!', 'Digit1', 'shift', null],
    ['.', 'Period', 'alt', 'brush-larger'], ['≥', 'Period', 'alt', 'brush-larger'], ['/', 'Slash', 'alt', null], ['PageDown', 'PageDown', '', 'next-image'], ['1', 'Numpad1', '', 'label-1'],
    ['G', 'KeyG', 'shift', 'not_assessed'], ['a', 'KeyA', 'ctrl', 'select-all'],
  ],
  'US on a Mac': [
    ['¡', 'Digit1', 'alt', 'window-1'], ['™', 'Digit2', 'alt', 'window-2'], ['∑', 'KeyW', 'alt', 'tool-window-frame'],
    ['z', 'KeyZ', 'meta', 'undo'], ['Dead', 'KeyN', 'alt', null], ['å', 'KeyA', 'alt', null],
  ],
  'German': [
    [']', 'Digit9', 'altgraph', 'next-image'], ['[', 'Digit8', 'altgraph', 'previous-image'],
    [']', 'Digit9', 'ctrl alt', 'next-image'], ['}', 'Digit0', 'altgraph', 'next-frame'],
    ['ü', 'BracketLeft', '', null], ['ß', 'Minus', '', null], ['z', 'KeyY', '', 'actual'], ['+', 'BracketRight', '', 'zoom-in'],
    ['-', 'Slash', '', 'zoom-out'], ['/', 'Digit7', 'shift', 'note'],
  ],
  'German on a Mac': [
    [']', 'Digit6', 'alt', 'next-image'], ['[', 'Digit5', 'alt', 'previous-image'],
    ['{', 'Digit8', 'alt', 'previous-frame'], ['}', 'Digit9', 'alt', 'next-frame'], ['“', 'Digit2', 'alt', 'window-2'],
  ],
  'French': [
    ['&', 'Digit1', '', 'label-1'], ['é', 'Digit2', '', 'label-2'], ['1', 'Digit1', 'shift', 'label-1'],
    ['&', 'Digit1', 'alt', 'window-1'], ['a', 'KeyQ', '', 'accept'], ['q', 'KeyA', '', 'uncertain'],
    ['é', 'Digit2', 'alt', 'window-2'], ['ù', 'Quote', '', null], ['Dead', 'BracketLeft', '', null],
  ],
  'French on a Mac': [
    ['[', 'Digit5', 'alt shift', 'previous-image'], [']', 'Minus', 'alt shift', 'next-image'], ['{', 'Digit5', 'alt', 'previous-frame'],
  ],
  'Polish': [['ą', 'KeyA', 'altgraph', null]],
  'Turkish': [['ı', 'KeyI', '', 'invert']],
  'Russian': [
    ['и', 'KeyB', '', 'tool-box'], ['ф', 'KeyA', '', 'accept'], ['Ф', 'KeyA', 'shift', null], ['я', 'KeyZ', 'ctrl', 'undo'],
    ['х', 'BracketLeft', '', 'previous-image'], ['ъ', 'BracketRight', '', 'next-image'], ['П', 'KeyG', 'shift', 'not_assessed'],
    ['ц', 'KeyW', 'alt', 'tool-window-frame'],
  ],
  'Greek': [['β', 'KeyB', '', 'tool-box'], ['ψ', 'KeyC', '', 'code-line'], ['ν', 'KeyN', '', 'next-undecided']],
};

test('keys do the same on every layout', () => {
  const keys = bindings();
  for (const [layout, rows] of Object.entries(LAYOUTS)) {
    for (const [key, code, held, id] of rows) {
      const event = {
        key, code, ctrlKey: held.includes('ctrl'), altKey: held.split(' ').includes('alt'),
        metaKey: held.includes('meta'), shiftKey: held.includes('shift'),
        getModifierState: (name) => name === 'AltGraph' && held === 'altgraph',
      };
      assert.equal(keys.commandOf(event)?.id ?? null, id, `${layout}: ${held} ${key} (${code})`);
    }
  }
});

test('a key that was chosen by its character stays that character', () => {
  const keys = bindings();
  keys.rebind('accept', 'ф');
  const event = { key: 'ф', code: 'KeyR', ctrlKey: false, altKey: false, metaKey: false, shiftKey: false };
  assert.equal(keys.commandOf(event).id, 'accept');
});

test('chords are written for people', () => {
  assert.equal(shownKey('Ctrl+Shift+z'), 'Ctrl Shift Z');
  assert.equal(shownKey('+'), '+');
  assert.equal(shownKey('Delete'), 'Del');
});

test('labels are found by code, by word and anywhere, best first', () => {
  const labels = [
    { code: 'AU2', meaning: 'outer brow raiser' }, { code: 'AU12', meaning: 'lip corner puller' },
    { code: 'AU1', meaning: 'inner brow raiser' }, { code: 'AU25', meaning: 'lips part' },
  ];
  const codes = (typed) => matching(labels, typed).map((label) => label.code);
  assert.deepEqual(codes('au1'), ['AU1', 'AU12']);
  assert.deepEqual(codes('brow'), ['AU2', 'AU1']);
  assert.deepEqual(codes('12'), ['AU12']);
  assert.deepEqual(codes('  '), ['AU2', 'AU12', 'AU1', 'AU25']);
  assert.deepEqual(codes('zzz'), []);
});

const map = (label, against) => ({ label, against });

test('the map follows the selection, against the rival that was chosen for its label', () => {
  const choice = new MapChoice();
  const maps = [map('a', 'dual'), map('b', 'dual'), map('a', 'b')];
  const of = (label) => ({ label, proposed_label: label });
  assert.equal(choice.shown(maps, of('b')), maps[1]);
  assert.equal(choice.shown(maps, null), maps[0]);
  assert.equal(choice.ask('a', 'b', maps), null);
  assert.equal(choice.shown(maps, of('a')), maps[2]);
  choice.pinned = 1;
  assert.equal(choice.shown(maps, of('a')), maps[1]);
  assert.equal(choice.shown([], of('a')), null);
});

test('two maps are compared: another of the same label, or the one that was chosen', () => {
  const choice = new MapChoice();
  const maps = [map('a', 'dual'), map('b', 'dual'), map('a', 'b')];
  const of = (label) => ({ label, proposed_label: label });
  assert.equal(choice.other(maps, of('a')), maps[2]);
  assert.equal(choice.other(maps, of('b')), maps[0]);
  assert.equal(choice.askOther('b', 'dual', maps), null);
  assert.equal(choice.other(maps, of('a')), maps[1]);
  assert.deepEqual(choice.askOther('b', 'a', maps), { label: 'b', against: 'a', number: 1 });
  assert.equal(choice.other(maps.slice(0, 1), of('a')), null);
});

test('a question waits for its own answer', () => {
  const choice = new MapChoice();
  const maps = [map('a', 'dual')];
  const question = choice.ask('a', 'b', maps);
  assert.deepEqual(question, { label: 'a', against: 'b', number: 1 });
  choice.answer(0, null, maps);
  assert.ok(choice.isWaiting);
  choice.answer(1, 'No such map.', maps);
  assert.deepEqual([choice.isWaiting, choice.state], [false, 'No such map.']);
  choice.ask('a', 'b', maps);
  choice.answer(2, null, [...maps, map('a', 'b')]);
  assert.deepEqual([choice.isWaiting, choice.state], [false, '']);
});

test('the colours grow lighter from low to high', () => {
  const lightness = (value) => {
    const [r, g, b] = value.map((c) => (c / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const ramp of RAMP_NAMES) {
    for (let k = 1; k <= 40; k += 1) {
      assert.ok(lightness(colourOf(k / 40, ramp)) > lightness(colourOf((k - 1) / 40, ramp)), ramp);
    }
  }
  for (let k = 1; k <= 50; k += 1) {
    assert.ok(coverOf(k / 50) >= coverOf((k - 1) / 50));
  }
  assert.equal(coverOf(0), 0);
});

test('a window maps its ends to black and white', () => {
  const table = windowTable(100, 300, 1024, false);
  assert.deepEqual([table[0], table[100], table[200], table[300], table[1023]], [0, 0, 128, 255, 255]);
  const inverted = windowTable(100, 300, 1024, true);
  assert.deepEqual([inverted[100], inverted[300]], [255, 0]);
});
