import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { FacsGrammar } from '../../annotator/ui/region_editor/frontend/facs/grammar.js';
import { labelFacts } from '../../annotator/ui/region_editor/frontend/record/label_facts.js';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const grammar = new FacsGrammar(read('../../annotator/domain/vocabularies/facs.json'));
const { midline, examples } = read('../product/label_fact_examples.json');
const face = { midline, takesSide: (code) => grammar.labels.get(code)?.sides.includes('L') ?? false };

/** The table leaves out what is empty. */
const told = (fact) => fact && Object.fromEntries(Object.entries(fact).filter(([, word]) => word));

test('value and regions are one fact, as in Python', () => {
  assert.ok(examples.length > 30);
  for (const { name, label, regions, value, fact } of examples) {
    const entries = regions.map(({ x, decision, point }, k) => (
      { id: String(k), label, decision, region: point ? { type: 'point', x, y: 10 } : { type: 'box', x, y: 10, width: 30, height: 20 } }));
    const overruled = value && regions.some(({ at = 0 }) => at > (value.at ?? 0));
    const said = overruled ? { value: 'not_assessed' } : value;
    const states = new Map(said ? [[label, { label, intensity: null, side: null, last_act: null, ...said }]] : []);
    const facts = labelFacts(entries, states, face);
    // The server has told the values that later regions overrule already.
    const expected = overruled ? { ...fact, conflict: undefined } : fact;
    assert.deepEqual(told(facts.get(label) ?? null), expected && told(expected), name);
  }
});
