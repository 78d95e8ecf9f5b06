import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS, shownKey } from '../../annotator/ui/region_editor/frontend/input/commands.js';
import { bindings, chordOf } from '../../annotator/ui/region_editor/frontend/input/keys.js';
import { matching } from '../../annotator/ui/region_editor/frontend/panels/label_menu.js';
import { MapChoice } from '../../annotator/ui/region_editor/frontend/viewer/map_choice.js';
import { colourOf, coverOf } from '../../annotator/ui/region_editor/frontend/viewer/colour_map.js';
import { windowTable } from '../../annotator/ui/region_editor/frontend/viewer/raster.js';

const press = (key, held = {}) =>
  chordOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

test('no key means two things', () => {
  assert.ok(bindings(COMMANDS).size > 40);
  assert.throws(() => bindings([...COMMANDS, { ...COMMANDS[0], id: 'again' }]), /two commands/);
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
    const [r, g, b] = colourOf(value).map((c) => (c / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (let k = 1; k <= 50; k += 1) {
    assert.ok(lightness(k / 50) > lightness((k - 1) / 50));
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
