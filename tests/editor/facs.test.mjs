import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { FacsGrammar } from '../../annotator/ui/region_editor/frontend/facs/grammar.js';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const grammar = new FacsGrammar(read('../../annotator/domain/vocabularies/facs.json'));
const examples = read('../product/facs_examples.json');

test('lines are read, printed and said as in Python', () => {
  assert.ok(examples.valid.length > 10);
  for (const { text, prints, words } of examples.valid) {
    const { codes, fault } = grammar.read(text);
    assert.equal(fault, null, text);
    assert.equal(grammar.print(codes), prints);
    assert.equal(grammar.inWords(codes), words);
  }
});

test('faults are named, placed and worded as in Python', () => {
  assert.ok(examples.invalid.length > 20);
  for (const { text, kind, position, length, message } of examples.invalid) {
    assert.deepEqual(grammar.read(text).fault, { kind, position, length, message }, text);
  }
});

test('what is printed reads back the same, whatever the codes', () => {
  let seed = 11;
  const pick = (n) => {
    seed = (seed * 1664525 + 1013904223) % 4294967296;
    return Math.floor((seed / 4294967296) * n);
  };
  const labels = [...grammar.labels.values()].filter(({ code }) => !grammar.alone.has(code));
  let read = 0;
  for (let round = 0; round < 600; round += 1) {
    const codes = Array.from({ length: 1 + pick(5) }, () => {
      const { code, sides, intensity } = labels[pick(labels.length)];
      const side = sides && pick(2) ? sides[pick(sides.length)] : null;
      return { code, side, intensity: intensity && pick(2) ? 'ABCDE'[pick(5)] : null };
    });
    const line = grammar.print(codes);
    const again = grammar.read(line);
    if (again.fault) {
      assert.ok(['twice', 'excluded'].includes(again.fault.kind), `${line}: ${again.fault.message}`);
      continue;
    }
    read += 1;
    assert.equal(grammar.print(again.codes), line);
  }
  assert.ok(read > 300);
});

test('codes are completed from the number, a word, and behind a side', () => {
  const offered = (text) => grammar.completions(text, text.length).labels.map(({ code }) => code);
  assert.ok(offered('1+1').includes('AU12'));
  assert.ok(offered('1+L1').includes('AU12'));
  assert.deepEqual(offered('1+'), []);
  assert.ok(offered('dimp').includes('AU14'));
  assert.equal(grammar.completions('1+ L1', 5).from, 4);
});
