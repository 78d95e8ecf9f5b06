import assert from 'node:assert/strict';
import test from 'node:test';
import { Outbox, PATIENCE_MS } from '../../annotator/ui/region_editor/frontend/record/outbox.js';

const act = (id, document = 'image') => ({ id, document, region_id: `r-${id}` });

class Store {
  map = new Map();
  get length() { return this.map.size; }
  key(k) { return [...this.map.keys()][k]; }
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}

/** An outbox with a clock that a test turns by hand. */
function opened({ store = new Store(), owner = 'project/rater' } = {}) {
  const sent = [];
  const timers = new Set();
  const time = { now: 1000 };
  const clock = {
    now: () => time.now,
    after: (ms, run) => {
      const timer = { at: time.now + ms, run };
      timers.add(timer);
      return timer;
    },
    cancel: (timer) => timers.delete(timer),
  };
  const pass = (ms) => {
    time.now += ms;
    for (const timer of [...timers]) {
      if (timer.at > time.now) continue;
      timers.delete(timer);
      timer.run();
    }
  };
  const send = (parcel) => sent.push({ attempt: parcel.attempt, ids: parcel.acts.map((a) => a.id) });
  const outbox = new Outbox({ send, changed() {}, store, clock });
  outbox.open(owner);
  const answer = (acknowledged, failure = null, attempt = outbox.attempt) =>
    outbox.receive({ acknowledged, failure, attempt });
  return { outbox, sent, store, pass, answer, timers };
}

test('an act is sent at once, together with all that is not acknowledged', () => {
  const { outbox, sent } = opened();
  outbox.add([act('1')]);
  outbox.add([act('2')]);
  assert.deepEqual(sent.map((parcel) => parcel.ids), [['1'], ['1', '2']]);
  assert.ok(sent[1].attempt > sent[0].attempt);
  assert.equal(outbox.state, 'saving');
});

test('only what is acknowledged by id is dropped', () => {
  const { outbox, answer, store } = opened();
  outbox.add([act('1')]);
  outbox.add([act('2')]);
  answer(['1']);
  assert.deepEqual(outbox.acts.map((a) => a.id), ['2']);
  assert.equal(store.length, 1);
  answer(['2', 'someone else’s']);
  assert.equal(outbox.state, 'saved');
  assert.equal(store.length, 0);
});

test('silence is shown after the patience and answered by sending again, ever more slowly', () => {
  const { outbox, sent, pass, answer, timers } = opened();
  outbox.add([act('1')]);
  pass(PATIENCE_MS - 1);
  assert.equal(outbox.state, 'saving');
  pass(1);
  assert.equal(outbox.state, 'unsaved');
  assert.equal(sent.length, 2);
  pass(PATIENCE_MS);
  assert.equal(sent.length, 2);
  pass(PATIENCE_MS);
  assert.equal(sent.length, 3);
  answer(['1']);
  assert.equal(outbox.state, 'saved');
  assert.equal(timers.size, 0);
});

test('a failure is shown, kept and retried; an old failure is not believed', () => {
  const { outbox, answer, sent } = opened();
  outbox.add([act('1')]);
  const first = outbox.attempt;
  answer([], 'The disk is full.');
  assert.deepEqual([outbox.state, outbox.failure], ['unsaved', 'The disk is full.']);
  outbox.retry();
  assert.equal(sent.length, 2);
  answer(['1']);
  outbox.add([act('2')]);
  answer([], 'The disk is full.', first);
  assert.equal(outbox.failure, null);
});

test('a page that begins anew sends what the last one could not, in order', () => {
  const store = new Store();
  const before = opened({ store });
  for (let k = 0; k < 12; k += 1) before.outbox.add([act(String(k), k < 6 ? 'image' : 'other')]);
  const after = opened({ store });
  assert.deepEqual(after.sent[0].ids, Array.from({ length: 12 }, (_, k) => String(k)));
  assert.deepEqual(after.outbox.pendingFor('other').map((a) => a.id), ['6', '7', '8', '9', '10', '11']);
});

test('one rater’s unsent acts never go out under another name', () => {
  const store = new Store();
  opened({ store, owner: 'project/ann' }).outbox.add([act('1')]);
  const bob = opened({ store, owner: 'project/bob' });
  assert.deepEqual(bob.sent, []);
  bob.outbox.open('project/ann');
  assert.deepEqual(bob.sent[0].ids, ['1']);
});

test('a full storage loses nothing that is still on the page', (t) => {
  t.mock.method(console, 'warn', () => {});
  const store = new Store();
  store.setItem = () => { throw new Error('QuotaExceededError'); };
  const { outbox, sent } = opened({ store });
  outbox.add([act('1')]);
  assert.deepEqual(sent[0].ids, ['1']);
  assert.equal(outbox.store, null);
});

test('whatever is lost on the way, in the end every act is acknowledged once recorded', () => {
  let seed = 3;
  const random = () => {
    seed = (seed * 1664525 + 1013904223) % 4294967296;
    return seed / 4294967296;
  };
  const { outbox, sent, pass, answer } = opened();
  const recorded = new Set();
  let made = 0;
  for (let step = 0; step < 400; step += 1) {
    if (random() < 0.4 && made < 100) outbox.add([act(String((made += 1)))]);
    const parcel = sent.at(-1);
    if (parcel && random() < 0.3) {
      parcel.ids.forEach((id) => recorded.add(id));
      if (random() < 0.5) answer(parcel.ids, null, parcel.attempt);
    }
    pass(200);
  }
  pass(60000);
  answer(sent.at(-1).ids);
  sent.at(-1).ids.forEach((id) => recorded.add(id));
  assert.equal(recorded.size, made);
  assert.equal(outbox.state, 'saved');
});
