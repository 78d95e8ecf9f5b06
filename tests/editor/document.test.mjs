import assert from 'node:assert/strict';
import test from 'node:test';
import { EditorDocument } from '../../annotator/ui/region_editor/frontend/record/document.js';
import { newId } from '../../annotator/ui/region_editor/frontend/record/identity.js';

const region = { type: 'box', x: 10, y: 20, width: 30, height: 40 };
const elsewhere = { ...region, x: 50 };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const suggestion = (id, more = {}) => ({
  id, label: 'AU12', region, decision: 'undecided', origin: 'suggestion', score: 0.9,
  proposed_region: region, proposed_label: 'AU12', reason: '', last_act: null, ...more,
});

function opened(entries = [suggestion('s1'), suggestion('s2')]) {
  const acts = [];
  const clock = { now: 0 };
  const document = new EditorDocument((told) => acts.push(...told), () => clock.now);
  document.load('image', entries, []);
  return { document, acts, clock, last: () => acts[acts.length - 1] };
}

/** What the record holds: the latest act of each region, as the server would replay it. */
function replayed(entries, acts) {
  const state = new Map(entries.map((entry) => [entry.id, [entry.decision, entry.label, entry.region]]));
  for (const act of acts) state.set(act.region_id, [act.decision, act.label, act.region]);
  return state;
}

const stateOf = (document) =>
  new Map([...document.entries].map(([id, e]) => [id, [e.decision, e.label, e.region]]));

test('accepting an untouched suggestion accepts it', () => {
  const { document, last } = opened();
  document.accept('s1');
  assert.equal(last().action, 'accept');
  assert.equal(last().decision, 'accepted');
  assert.equal(last().derived_from, 's1');
  assert.deepEqual(last().region, region);
  assert.match(last().id, UUID);
});

test('moving alone accepts nothing; accepting then says edited', () => {
  const { document, last } = opened();
  document.reshape('s1', elsewhere);
  assert.equal(last().decision, 'undecided');
  document.accept('s1');
  assert.equal(last().decision, 'edited');
  assert.deepEqual(last().region, elsewhere);
});

test('changing an accepted one makes it edited, changing it back accepted', () => {
  const { document, last } = opened();
  document.accept('s1');
  document.relabel('AU4', 's1');
  assert.equal(last().decision, 'edited');
  document.relabel('AU12', 's1');
  assert.equal(last().decision, 'accepted');
});

test('changing a rejected one opens it again', () => {
  const { document, last } = opened();
  document.reject('s1');
  assert.equal(last().decision, 'rejected');
  document.reshape('s1', elsewhere);
  assert.equal(last().decision, 'undecided');
});

test('deleting: a suggestion is rejected, a drawn region withdrawn', () => {
  const { document, last } = opened();
  document.remove('s1');
  assert.deepEqual([last().action, last().decision], ['delete', 'rejected']);
  const [id] = document.add({ region: elsewhere, label: 'AU4' });
  assert.deepEqual([last().action, last().decision, last().derived_from], ['add', 'added', null]);
  document.remove(id);
  assert.equal(last().decision, 'withdrawn');
  assert.ok(!document.shown.some((entry) => entry.id === id));
  assert.equal(document.selected, null);
});

test('an act that changes nothing is no act', () => {
  const { document, acts } = opened();
  document.accept('s1');
  document.accept('s1');
  document.reshape('s1', { ...region });
  document.relabel('AU12', 's1');
  document.reopen('s2');
  assert.equal(acts.length, 1);
});

test('each act supersedes the one before it on the same region', () => {
  const { document, acts } = opened([suggestion('s1', { last_act: 'earlier' }), suggestion('s2')]);
  document.accept('s1');
  document.reject('s2');
  document.reopen('s1');
  assert.equal(acts[0].supersedes, 'earlier');
  assert.equal(acts[1].supersedes, null);
  assert.equal(acts[2].supersedes, acts[0].id);
});

test('undo and redo are acts that state what holds', () => {
  const { document, last } = opened();
  document.reshape('s1', elsewhere);
  document.accept('s1');
  document.undo();
  assert.deepEqual([last().action, last().decision, last().region], ['undo', 'undecided', elsewhere]);
  document.undo();
  assert.deepEqual([last().decision, last().region], ['undecided', region]);
  document.redo();
  document.redo();
  assert.deepEqual([last().action, last().decision, last().region], ['redo', 'edited', elsewhere]);
  assert.equal(document.redo(), null);
});

test('undoing a drawing withdraws it, redoing brings it back', () => {
  const { document, last } = opened();
  const [id] = document.add({ region: elsewhere, label: 'AU4' });
  document.undo();
  assert.deepEqual([last().region_id, last().decision], [id, 'withdrawn']);
  document.redo();
  assert.deepEqual([last().region_id, last().decision], [id, 'added']);
  assert.equal(document.selectedId, id);
});

test('a run of nudges is undone as one, but every nudge is told', () => {
  const { document, acts, clock } = opened();
  for (let k = 1; k <= 5; k += 1) {
    clock.now += 50;
    document.reshape('s1', { ...region, x: 10 + k }, 'move');
  }
  assert.equal(acts.length, 5);
  clock.now += 5000;
  document.reshape('s1', { ...region, x: 99 }, 'move');
  document.undo();
  assert.equal(document.entries.get('s1').region.x, 15);
  document.undo();
  assert.equal(document.entries.get('s1').region.x, 10);
});

test('one undo takes back one act, also after a nudge', () => {
  const { document, clock } = opened();
  document.reshape('s1', { ...region, x: 15 }, 'move');
  clock.now += 50;
  document.reject('s1');
  document.undo();
  assert.deepEqual([document.entries.get('s1').decision, document.entries.get('s1').region.x], ['undecided', 15]);
  document.undo();
  assert.equal(document.entries.get('s1').region.x, 10);
});

test('nudges are one step only while nothing else comes between and the kind stays', () => {
  const { document, clock } = opened();
  const nudge = (x, kind = 'move') => {
    clock.now += 50;
    document.reshape('s1', { ...region, x }, kind);
  };
  nudge(11);
  nudge(12, 'resize');
  assert.equal(document.history.done.length, 2);
  nudge(13);
  document.restack(1, 's1');
  nudge(14);
  document.reshape('s1', { ...region, x: 40 });
  nudge(41);
  assert.equal(document.history.done.length, 7);
  document.undo();
  nudge(42);
  assert.equal(document.history.done.length, 7, 'a nudge after an undo is another step');
  clock.now -= 60000;
  nudge(43);
  assert.equal(document.history.done.length, 8, 'a clock that was set back joins nothing');
});

test('a new act empties redo', () => {
  const { document, clock } = opened();
  document.accept('s1');
  document.accept('s2');
  document.undo();
  document.undo();
  document.reject('s1');
  assert.equal(document.redo(), null);
  assert.deepEqual([...document.entries.values()].map(({ decision }) => decision), ['rejected', 'undecided']);
  for (const act of [() => document.restack(1, 's1'), () => document.reshape('s1', { ...region, x: 12 }, 'move'),
    () => document.history.note({ statements: [] })]) {
    document.accept('s2');
    document.undo();
    clock.now += 10;
    act();
    assert.equal(document.redo(), null);
  }
});

test('the acts alone give the state back, after any history', () => {
  let state = 7;
  const pick = (n) => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return Math.floor((state / 4294967296) * n);
  };
  for (let round = 0; round < 60; round += 1) {
    const entries = [suggestion('s1'), suggestion('s2'), suggestion('s3')];
    const { document, acts } = opened(entries);
    for (let step = 0; step < 40; step += 1) {
      const ids = [...document.entries.keys()];
      const id = ids[pick(ids.length)];
      const moves = [
        () => document.accept(id), () => document.reject(id), () => document.reopen(id),
        () => document.reshape(id, { ...region, x: pick(90) }, pick(2) === 1 ? 'move' : null),
        () => document.relabel(['AU12', 'AU4', 'AU1'][pick(3)], id),
        () => document.add({ region: { ...region, y: pick(90) }, label: 'AU4' }),
        () => document.remove(id), () => document.undo(), () => document.redo(),
      ];
      moves[pick(moves.length)]();
    }
    assert.deepEqual(stateOf(document), replayed(entries, acts));
    const last = new Map();
    for (const act of acts) {
      assert.equal(act.supersedes, last.get(act.region_id) ?? null);
      last.set(act.region_id, act.id);
    }
  }
});

test('undoing everything and redoing it comes to the same', () => {
  const { document } = opened();
  document.accept('s1');
  document.reshape('s2', elsewhere);
  document.add({ region, label: 'AU1' });
  document.remove('s1');
  const decided = (entry) => [entry.decision, entry.label, entry.region];
  const before = [...document.entries.values()].map(decided);
  while (document.undo());
  assert.deepEqual(document.shown.map((e) => [e.id, e.decision]), [['s1', 'undecided'], ['s2', 'undecided']]);
  while (document.redo());
  assert.deepEqual([...document.entries.values()].map(decided), before);
});

test('unacknowledged acts lie on top of what the server says', () => {
  const { document, acts } = opened();
  document.accept('s1');
  const [drawn] = document.add({ region: elsewhere, label: 'AU4' });
  const stale = [suggestion('s1'), suggestion('s2', { decision: 'rejected' })];
  document.load('image', stale, acts);
  assert.equal(document.entries.get('s1').decision, 'accepted');
  assert.equal(document.entries.get('s2').decision, 'rejected');
  assert.equal(document.entries.get(drawn).decision, 'added');
  assert.equal(document.selectedId, drawn);
  document.load('image', stale, []);
  assert.equal(document.entries.get('s1').decision, 'undecided');
  assert.equal(document.selectedId, null);
});

test('rows keep their place, in whatever order the server tells of them', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => suggestion(id));
  const { document } = opened([a, b]);
  document.load('image', [c, b, a], []);
  assert.deepEqual(document.shown.map((entry) => entry.id), ['a', 'b', 'c']);
  document.load('other', [c, b], []);
  assert.deepEqual(document.shown.map((entry) => entry.id), ['c', 'b']);
});

test('another image begins with an empty history', () => {
  const { document, acts } = opened();
  document.accept('s1');
  document.select('s1');
  document.load('other', [suggestion('s9')], []);
  assert.equal(document.selectedId, null);
  assert.equal(document.undo(), null);
  document.reject('s9');
  assert.equal(acts[1].document, 'other');
});

test('next undecided goes round and ends', () => {
  const { document } = opened([suggestion('a'), suggestion('b'), suggestion('c')]);
  assert.equal(document.nextUndecided(), 'a');
  document.select('b');
  assert.equal(document.nextUndecided(), 'c');
  assert.equal(document.nextUndecided(-1), 'a');
  document.accept('c');
  assert.equal(document.nextUndecided(), 'a');
  document.accept('a');
  document.accept('b');
  assert.equal(document.nextUndecided(), null);
  assert.deepEqual(document.progress, { decided: 3, total: 3 });
});

test('ids are UUIDs also where the page is not a secure context', (t) => {
  t.mock.method(crypto, 'randomUUID', undefined);
  const ids = new Set(Array.from({ length: 50 }, newId));
  assert.equal(ids.size, 50);
  ids.forEach((id) => assert.match(id, UUID));
});
