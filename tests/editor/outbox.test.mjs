import assert from 'node:assert/strict';
import test from 'node:test';
import { Line, LineError } from '../../annotator/ui/region_editor/frontend/record/line.js';
import { Outbox, PARCEL, PATIENCE_MS } from '../../annotator/ui/region_editor/frontend/record/outbox.js';

const act = (id, document = 'image', rater = 'ann') => ({ id, document, rater, kind: 'region', region_id: `r-${id}` });

class Store {
  map = new Map();
  get length() { return this.map.size; }
  key(k) { return [...this.map.keys()][k]; }
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}

/** Let all that waits for nothing but promises go on. */
const passed = () => new Promise((done) => { setImmediate(done); });

/** An outbox with a clock that a test turns by hand, and a server that answers when it is told to. */
function opened({ store = new Store(), project = 'project', rater = 'ann' } = {}) {
  const sent = [];
  const refusals = [];
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
  const pass = async (ms) => {
    time.now += ms;
    for (const timer of [...timers]) {
      if (timer.at > time.now) continue;
      timers.delete(timer);
      timer.run();
    }
    await passed();
  };
  const send = (acts) => new Promise((answer, fail) => {
    sent.push({ ids: acts.map(({ id }) => id), raters: acts.map((a) => a.rater), answer, fail });
  });
  const outbox = new Outbox({ send, changed() {}, refused: (acts) => refusals.push(...acts), store, clock });
  outbox.open(project, rater);
  /** Answer what was sent last: these are recorded, others as told. */
  const answer = async (recorded = sent.at(-1).ids, others = []) => {
    sent.at(-1).answer([...recorded.map((id) => ({ id, verdict: 'recorded' })), ...others]);
    await passed();
  };
  const fail = async (trouble, message = '') => {
    sent.at(-1).fail(new LineError(trouble, message));
    await passed();
  };
  return { outbox, sent, store, pass, answer, fail, timers, refusals };
}

test('an act is sent at once, and one parcel at a time', async () => {
  const { outbox, sent, answer } = opened();
  outbox.add([act('1')]);
  outbox.add([act('2')]);
  outbox.add([act('3')]);
  assert.deepEqual(sent.map((parcel) => parcel.ids), [['1']]);
  assert.equal(outbox.state, 'saving');
  await answer();
  assert.deepEqual(sent.map((parcel) => parcel.ids), [['1'], ['2', '3']]);
});

test('only what was recorded by id is dropped', async () => {
  const { outbox, answer, store } = opened();
  outbox.add([act('1'), act('2')]);
  await answer(['1', 'someone else’s']);
  assert.deepEqual(outbox.acts.map((a) => a.id), ['2']);
  assert.equal(store.length, 1);
  await answer();
  assert.equal(outbox.state, 'saved');
  assert.equal(store.length, 0);
});

test('an answer that says nothing of what was sent is a failure, not an endless round', async () => {
  const { outbox, answer, sent } = opened();
  outbox.add([act('1')]);
  await answer([]);
  assert.equal(sent.length, 1);
  assert.equal(outbox.state, 'unsaved');
  assert.match(outbox.failure, /what became/);
});

test('a parcel is bounded', async () => {
  const { outbox, answer, sent } = opened();
  outbox.add(Array.from({ length: 2 * PARCEL + 1 }, (_, k) => act(String(k))));
  await answer();
  await answer();
  await answer();
  assert.deepEqual(sent.map(({ ids }) => ids.length), [PARCEL, PARCEL, 1]);
  assert.deepEqual(sent.flatMap(({ ids }) => ids), Array.from({ length: 2 * PARCEL + 1 }, (_, k) => String(k)));
});

test('silence is shown after the patience; a line that is down is tried ever more slowly', async () => {
  const { outbox, sent, pass, answer, fail, timers } = opened();
  outbox.add([act('1')]);
  await pass(PATIENCE_MS - 1);
  assert.equal(outbox.state, 'saving');
  await pass(1);
  assert.equal(outbox.state, 'unsaved');
  await fail('offline');
  assert.equal(outbox.failure, null);
  await pass(PATIENCE_MS);
  assert.equal(sent.length, 2);
  await fail('offline');
  await pass(PATIENCE_MS);
  assert.equal(sent.length, 2);
  await pass(PATIENCE_MS);
  assert.equal(sent.length, 3);
  await answer();
  assert.equal(outbox.state, 'saved');
  assert.equal(timers.size, 0);
});

test('a failure is shown, kept and retried', async () => {
  const { outbox, answer, fail, sent } = opened();
  outbox.add([act('1')]);
  await fail('refused', 'The disk is full.');
  assert.deepEqual([outbox.state, outbox.failure], ['unsaved', 'The disk is full.']);
  outbox.retry();
  assert.equal(sent.length, 2);
  await answer();
  assert.deepEqual([outbox.state, outbox.failure], ['saved', null]);
});

test('who is signed out is told so, and nothing is lost', async () => {
  const { outbox, fail, answer, store } = opened();
  outbox.add([act('1')]);
  await fail('signed-out', 'You are not signed in any more; sign in again.');
  assert.equal(outbox.state, 'signed-out');
  assert.equal(store.length, 1);
  outbox.retry();
  await answer();
  assert.equal(outbox.state, 'saved');
});

test('a poisoned outbox: what is refused is set aside with its reason, and holds up nothing', async () => {
  const store = new Store();
  const { outbox, answer, refusals } = opened({ store });
  outbox.add([act('late'), act('good')]);
  await answer(['good'], [{ id: 'late', verdict: 'refused', reason: 'It is signed.' }]);
  assert.equal(outbox.state, 'saved');
  assert.deepEqual(refusals.map(({ id }) => id), ['late']);
  assert.deepEqual(outbox.refused.map(({ act: { id }, reason }) => [id, reason]), [['late', 'It is signed.']]);
  assert.deepEqual(outbox.pendingFor('image'), []);
  const again = opened({ store });
  assert.deepEqual(again.sent, []);
  assert.deepEqual(again.outbox.refused.map(({ reason }) => reason), ['It is signed.']);
  again.outbox.discard(again.outbox.refused);
  assert.equal(store.length, 0);
  assert.deepEqual(opened({ store }).outbox.refused, []);
});

test('a page that begins anew sends what the last one could not, in order', () => {
  const store = new Store();
  const before = opened({ store });
  for (let k = 0; k < 12; k += 1) before.outbox.add([act(String(k), k < 6 ? 'image' : 'other')]);
  const after = opened({ store });
  assert.deepEqual(after.sent[0].ids, Array.from({ length: 12 }, (_, k) => String(k)));
  assert.deepEqual(after.outbox.pendingFor('other').map((a) => a.id), ['6', '7', '8', '9', '10', '11']);
});

test('a shared workstation: nobody sends, draws or is shown what another left behind', async () => {
  const store = new Store();
  const ann = opened({ store });
  ann.outbox.add([act('a1'), act('a2')]);
  await ann.answer(['a1'], [{ id: 'a2', verdict: 'refused', reason: 'No.' }]);
  ann.outbox.add([act('a3')]);
  await ann.fail('offline');
  const bob = opened({ store, rater: 'bob' });
  assert.deepEqual([bob.sent, bob.outbox.pendingFor('image'), bob.outbox.refused], [[], [], []]);
  bob.outbox.add([act('b1', 'image', 'bob')]);
  assert.deepEqual(bob.sent[0].raters, ['bob']);
  await bob.answer();
  bob.outbox.open('project', 'ann');
  assert.deepEqual(bob.sent[1].ids, ['a3']);
  assert.deepEqual(bob.outbox.refused.map((one) => one.act.id), ['a2']);
});

test('who sits down while a parcel is under way neither loses nor doubles the other’s', async () => {
  const store = new Store();
  const { outbox, sent, answer } = opened({ store });
  outbox.add([act('a1')]);
  outbox.add([act('a2')]);
  outbox.open('project', 'bob');
  await answer(['a1']);
  assert.equal(sent.length, 1);
  assert.deepEqual(outbox.acts, []);
  assert.deepEqual(opened({ store }).sent[0].ids, ['a2']);
});

test('names that are spelled with the parts of a key are told apart', () => {
  const store = new Store();
  opened({ store, rater: 'ann/b' }).outbox.add([act('1')]);
  assert.deepEqual(opened({ store, rater: 'ann' }).sent, []);
  assert.deepEqual(opened({ store, project: 'project/ann', rater: 'b' }).sent, []);
  assert.deepEqual(opened({ store, rater: 'ann/b' }).sent[0].ids, ['1']);
});

test('what an earlier version kept by project alone goes to whoever made it', (t) => {
  t.mock.method(console, 'warn', () => {});
  const store = new Store();
  store.setItem('excitation-annotator/project/a1', JSON.stringify({ made: 1, order: 1, act: act('a1') }));
  store.setItem('excitation-annotator/project/b1', JSON.stringify({ made: 2, order: 2, act: act('b1', 'image', 'bob') }));
  store.setItem('excitation-annotator/project/x', '{torn');
  const bob = opened({ store, rater: 'bob' });
  assert.deepEqual(bob.sent[0].ids, ['b1']);
  assert.deepEqual(opened({ store }).sent[0].ids, ['a1']);
  assert.equal(store.getItem('excitation-annotator/project/x'), '{torn');
});

test('a full storage loses nothing that is still on the page', (t) => {
  t.mock.method(console, 'warn', () => {});
  const store = new Store();
  store.setItem = () => { throw new Error('QuotaExceededError'); };
  const { outbox, sent } = opened({ store });
  outbox.add([act('1')]);
  assert.deepEqual(sent[0].ids, ['1']);
  assert.equal(outbox.isKept, false);
});

test('a full storage loses nothing of somebody at whose page another sits down', async (t) => {
  t.mock.method(console, 'warn', () => {});
  const store = new Store();
  const { outbox, sent, answer, fail } = opened({ store });
  outbox.add([act('kept')]);
  await fail('offline');
  const set = store.setItem;
  store.setItem = () => { throw new Error('QuotaExceededError'); };
  outbox.add([act('late', 'image'), act('bad'), act('only here')]);
  await answer([], [
    { id: 'late', verdict: 'conflict', by: 'eve' }, { id: 'bad', verdict: 'refused', reason: 'No.' },
  ]);
  await fail('offline');
  store.setItem = set;
  outbox.open('project', 'bob');
  assert.deepEqual([outbox.acts, outbox.refused, outbox.pendingFor('image')], [[], [], []]);
  assert.ok(outbox.hasUnsent, 'the page warns before it is closed');
  outbox.add([act('b', 'image', 'bob')]);
  assert.deepEqual(sent.at(-1).raters, ['bob']);
  await answer();
  outbox.open('project', 'ann');
  assert.deepEqual(sent.at(-1).ids, ['late', 'bad', 'kept', 'only here']);
  await answer();
  assert.deepEqual([outbox.acts, outbox.hasUnsent], [[], false]);
});

test('what was under way when another sat down, and is recorded, is not kept for its person', async (t) => {
  t.mock.method(console, 'warn', () => {});
  const store = new Store();
  store.setItem = () => { throw new Error('QuotaExceededError'); };
  const { outbox, answer } = opened({ store });
  outbox.add([act('1')]);
  outbox.open('project', 'bob');
  assert.ok(outbox.hasUnsent);
  await answer(['1']);
  assert.equal(outbox.hasUnsent, false);
});

test('a storage that fills up forgets what is done with, keeps what is not, and is used again', async (t) => {
  t.mock.method(console, 'warn', () => {});
  const store = new Store();
  const { outbox, answer } = opened({ store });
  outbox.add([act('1'), act('2')]);
  const set = store.setItem;
  store.setItem = () => { throw new Error('QuotaExceededError'); };
  outbox.add([act('3')]);
  await answer(['1'], [{ id: '2', verdict: 'refused', reason: 'It is signed.' }]);
  // The refused change has no room of its own: a page that begins anew is refused it again.
  assert.deepEqual([...store.map.keys()].map((key) => key.at(-1)), ['2']);
  outbox.discard(outbox.refused);
  assert.equal(store.length, 0);
  store.setItem = set;
  outbox.add([act('4')]);
  assert.equal(store.length, 1);
});

test('a full storage of an earlier version hides nothing that is kept', (t) => {
  t.mock.method(console, 'warn', () => {});
  const store = new Store();
  opened({ store }).outbox.add([act('1')]);
  store.setItem('excitation-annotator/project/old', JSON.stringify({ made: 1, order: 1, act: act('old') }));
  store.setItem = () => { throw new Error('QuotaExceededError'); };
  assert.deepEqual(opened({ store }).sent[0].ids, ['1']);
});

test('large changes travel in parcels that the server reads', async () => {
  const { outbox, sent, answer } = opened();
  const large = (id) => ({ ...act(id), region: { type: 'polygon', points: Array(30000).fill([123.45, 678.9]) } });
  outbox.add([act('0'), large('1'), large('2'), large('3'), large('4')]);
  for (let k = 0; k < 5; k += 1) await answer();
  assert.deepEqual(sent.flatMap(({ ids }) => ids), ['0', '1', '2', '3', '4']);
  assert.deepEqual(sent.map(({ ids }) => ids.length), [3, 2]);
  assert.equal(outbox.state, 'saved');
});

test('what no message has room for is set aside and holds up nothing', async () => {
  const { outbox, sent, answer, refusals } = opened();
  outbox.add([{ ...act('long'), region: { type: 'mask', counts: 'o'.repeat(2 ** 25) } }, act('2')]);
  await passed();
  assert.deepEqual(refusals.map(({ id }) => id), ['long']);
  assert.match(outbox.refused[0].reason, /too many/);
  assert.deepEqual(sent.map(({ ids }) => ids), [['2']]);
  await answer();
  assert.equal(outbox.state, 'saved');
});

test('who sits down after somebody was signed out is not told so', async () => {
  const { outbox, fail } = opened();
  outbox.add([act('1')]);
  await fail('signed-out');
  outbox.open('project', 'bob');
  assert.equal(outbox.state, 'saved');
});

test('whatever is lost on the way, in the end every act is acknowledged once recorded', async () => {
  let seed = 3;
  const random = () => {
    seed = (seed * 1664525 + 1013904223) % 4294967296;
    return seed / 4294967296;
  };
  const { outbox, sent, pass, answer, fail } = opened();
  const recorded = new Set();
  let [made, answered] = [0, 0];
  const settle = async (arrives, comesBack) => {
    if (sent.length === answered) return;
    answered = sent.length;
    if (arrives) sent.at(-1).ids.forEach((id) => recorded.add(id));
    if (arrives && comesBack) await answer();
    else await fail('offline');
  };
  for (let step = 0; step < 400; step += 1) {
    if (random() < 0.4 && made < 100) outbox.add([act(String((made += 1)))]);
    if (random() < 0.3) await settle(random() < 0.7, random() < 0.5);
    await pass(200);
  }
  while (outbox.acts.length) {
    await settle(true, true);
    await pass(60000);
  }
  assert.equal(recorded.size, made);
  assert.equal(outbox.state, 'saved');
});

// ---- the line -----------------------------------------------------------------------------

function line(answers) {
  const asked = [];
  const seen = { renewed: 0, opened: 0 };
  const parts = {
    fetch: async (address, { headers, body }) => {
      asked.push([address, headers['X-Annotator-Line'], JSON.parse(body)]);
      const { status = 200, content = {}, wait, gone } = answers.shift();
      await wait;
      if (gone) throw new TypeError('Failed to fetch');
      return { status, ok: status === 200, json: async () => content };
    },
    renew: () => { seen.renewed += 1; },
    opened: () => { seen.opened += 1; },
    now: () => 5000,
  };
  const made = new Line(parts);
  made.open({ address: '/line/', token: 't' });
  return { made, asked, seen };
}

test('what changes the record goes in turn, what asks a network goes beside', async () => {
  let release = () => {};
  const wait = new Promise((done) => { release = () => done(undefined); });
  const { made, asked } = line([{ wait, content: { a: 1 } }, { content: { map: 2 } }, { content: { b: 3 } }]);
  const first = made.inTurn('acts', { acts: [] });
  const second = made.inTurn('image', { image: 'x' });
  await passed();
  assert.deepEqual(await made.beside('why', {}), { map: 2 });
  assert.deepEqual(asked.map(([address]) => address), ['/line/acts', '/line/why']);
  release();
  assert.deepEqual([await first, await second], [{ a: 1 }, { b: 3 }]);
  assert.deepEqual(asked.at(-1), ['/line/image', 't', { image: 'x' }]);
});

test('trouble is told apart, and does not hold up what comes after it', async () => {
  const { made, seen } = line([
    { gone: true }, { status: 401 }, { status: 409, content: { error: 'Old.' } }, { status: 409, content: { error: 'Old.' } },
    { content: { error: 'No such image.' } }, { status: 500 }, { content: { fine: true } }]);
  const troubles = [];
  for (let k = 0; k < 6; k += 1) await made.inTurn('image', {}).catch((fault) => troubles.push([fault.trouble, fault.message]));
  assert.deepEqual(troubles.map(([trouble]) => trouble), ['offline', 'signed-out', 'stale', 'stale', 'refused', 'refused']);
  assert.equal(troubles[4][1], 'No such image.');
  assert.match(troubles[5][1], /Try again/);
  assert.equal(seen.renewed, 1);
  assert.deepEqual(await made.inTurn('image', {}), { fine: true });
  made.open({ address: '/line/', token: 't' });
  assert.equal(seen.opened, 1);
  made.open({ address: '/line/', token: 'other' });
  assert.equal(seen.opened, 2);
});

test('what is asked again because its answer was lost has the same id, and what is asked anew another', async () => {
  const done = { image: 'x', seen: ['a'] };
  const { made, asked } = line([
    { gone: true }, { status: 500 }, { status: 409, content: { error: 'Old.' } }, { content: { content: {} } },
    { content: { content: {} } }, { content: { error: 'Decide all.' } }, { gone: true }, { gone: true },
    { content: { verdicts: [], reason: 'Taken.' } }, { content: { verdicts: [], reason: 'Taken.' } }]);
  const ids = [];
  for (const statement of [done, done, done, done, done, done, done, { ...done, seen: ['a', 'b'] }, done, done]) {
    await made.once('sign', statement).catch(() => {});
    ids.push(asked.at(-1)[2].id);
  }
  const [first, , , fourth, fifth, sixth, seventh, other, ninth, tenth] = ids;
  assert.deepEqual(ids.slice(0, 4), [first, first, first, fourth], 'until it is known what became of it');
  assert.equal(new Set([first, fifth, sixth, seventh, other, ninth]).size, 6);
  assert.equal(ninth, tenth, 'on record, and nothing to show');
});
