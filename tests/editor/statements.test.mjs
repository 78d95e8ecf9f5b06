import assert from 'node:assert/strict';
import test from 'node:test';
import { LabelActions } from '../../annotator/ui/region_editor/frontend/actions/label_actions.js';
import { settle } from '../../annotator/ui/region_editor/frontend/actions/settling.js';
import { EditorDocument } from '../../annotator/ui/region_editor/frontend/record/document.js';
import { LabelSheet } from '../../annotator/ui/region_editor/frontend/record/label_sheet.js';
import { OpenTabs } from '../../annotator/ui/region_editor/frontend/record/open_tabs.js';
import { Outbox } from '../../annotator/ui/region_editor/frontend/record/outbox.js';
import { Remarks } from '../../annotator/ui/region_editor/frontend/record/remarks.js';

const region = { type: 'box', x: 10, y: 20, width: 30, height: 40 };
const suggestion = (id, more = {}) => ({
  id, label: 'AU12', region, decision: 'undecided', origin: 'suggestion', score: 0.9,
  proposed_region: region, proposed_label: 'AU12', reason: '', last_act: null, ...more,
});
const said = (value, side = null, intensity = null) => ({ value, side, intensity });

function opened(entries = [suggestion('s1'), suggestion('s2'), suggestion('s3', { score: 0.4 })]) {
  const acts = [];
  const document = new EditorDocument((told) => acts.push(...told), () => 0);
  document.load('image', entries, []);
  document.readingId = 'reading';
  const sheet = new LabelSheet((told) => acts.push(...told), () => document.head, document.history);
  const remarks = new Remarks((told) => acts.push(...told), () => document.head);
  return { document, sheet, remarks, acts };
}

test('several regions change in one step', () => {
  const { document, acts } = opened();
  document.select('s1', 's2');
  const moved = new Map([['s1', { ...region, x: 1 }], ['s2', { ...region, x: 2 }]]);
  document.reshapeAll(moved);
  document.accept('s1', 's2');
  assert.deepEqual(acts.map((act) => [act.region_id, act.action, act.region.x]), [
    ['s1', 'reshape', 1], ['s2', 'reshape', 2], ['s1', 'accept', 1], ['s2', 'accept', 2]]);
  assert.ok(acts.every((act) => act.reading_id === 'reading' && act.kind === 'region'));
  document.undo();
  assert.deepEqual(document.selectedIds, ['s1', 's2']);
  assert.equal(document.entries.get('s2').decision, 'undecided');
  document.undo();
  assert.equal(document.entries.get('s2').region.x, 10);
});

test('selecting: toggled, round the list, and never what is not shown', () => {
  const { document } = opened();
  document.select('s1');
  document.toggle('s2');
  document.toggle('s1');
  assert.deepEqual([document.selectedIds, document.selectedId], [['s2'], 's2']);
  assert.equal(document.neighbour(1), 's3');
  document.select('s3');
  assert.equal(document.neighbour(1), 's1');
  document.filterBelow(0.5);
  assert.deepEqual([document.selectedIds, document.filtered, document.shown.length], [[], 1, 2]);
  assert.deepEqual(document.progress, { decided: 0, total: 3 });
  document.select('s1', 'nobody');
  assert.deepEqual(document.selectedIds, ['s1']);
});

test('stacking is undone like the rest and tells nobody', () => {
  const { document, acts } = opened();
  document.restack(1, 's1');
  document.restack(1, 's2');
  assert.ok(document.heights.get('s2') > document.heights.get('s1'));
  document.restack(-1, 's2');
  assert.ok(document.heights.get('s2') < 0);
  document.undo();
  assert.ok(document.heights.get('s2') > document.heights.get('s1'));
  assert.deepEqual(acts, []);
});

test('values of labels are acts, one after the other, and undone in turn with regions', () => {
  const { document, sheet, acts } = opened();
  sheet.load([{ label: 'AU1', ...said('absent'), last_act: 'before' }], []);
  sheet.state(new Map([['AU1', said('present', 'L', 'C')], ['AU2', said('not_assessed')]]));
  document.accept('s1');
  assert.deepEqual(acts.map((act) => act.kind), ['label', 'region']);
  assert.deepEqual([acts[0].supersedes, acts[0].side, acts[0].intensity], ['before', 'L', 'C']);
  sheet.restore(document.undo().statements, true);
  assert.equal(document.entries.get('s1').decision, 'undecided');
  assert.equal(sheet.of('AU1').value, 'present');
  sheet.restore(document.undo().statements, true);
  assert.deepEqual(sheet.of('AU1').value, 'absent');
  sheet.restore(document.redo().statements, false);
  assert.deepEqual([sheet.of('AU1').value, sheet.of('AU1').side], ['present', 'L']);
  assert.equal(acts.at(-1).supersedes, acts.at(-2).id);
  assert.equal(sheet.state(new Map([['AU1', said('present', 'L', 'C')]])), false);
});

test('what is not acknowledged lies on top of what the server says', () => {
  const { sheet, remarks, acts } = opened();
  sheet.state(new Map([['AU1', said('present')]]));
  remarks.toggleFlag();
  remarks.say('note', 'blurred');
  sheet.load([], acts.filter(({ kind }) => kind === 'label'));
  remarks.load([], acts.filter(({ kind }) => kind === 'remark'));
  assert.deepEqual([sheet.of('AU1').value, remarks.isFlagged, remarks.notes.length], ['present', true, 1]);
  sheet.load([], []);
  remarks.load([], []);
  assert.deepEqual([sheet.of('AU1').value, remarks.isFlagged, remarks.notes.length], ['not_assessed', false, 0]);
});

test('remarks: skipped until taken up, issues open until resolved', () => {
  const { remarks, acts } = opened();
  remarks.say('skip', 'blurred');
  assert.equal(remarks.skipped, 'blurred');
  remarks.say('unskip');
  assert.equal(remarks.skipped, null);
  remarks.load([{ id: 'i1', remark: 'issue', text: 'too wide', region_id: 's1', answers: null, rater: 'B' }], acts);
  assert.equal(remarks.openIssues.length, 1);
  remarks.say('resolved', '', { answers: 'i1' });
  assert.equal(remarks.openIssues.length, 0);
});

function withOutbox() {
  const sent = [];
  const clock = { now: () => 1, after: () => 0, cancel() {} };
  const send = (acts) => new Promise((answer) => { sent.push({ acts, answer }); });
  const outbox = new Outbox({ send, changed() {}, refused() {}, store: null, clock });
  outbox.open('project', 'A');
  const document = new EditorDocument((told) => outbox.add(told), () => 0);
  document.load('image', [suggestion('s1'), suggestion('s2')], []);
  const answer = async (...verdicts) => {
    sent.at(-1).answer(verdicts);
    await new Promise((done) => { setImmediate(done); });
  };
  return { outbox, document, answer };
}

test('a clash holds back what speaks of the same region and nothing else', async () => {
  const { outbox, document, answer } = withOutbox();
  document.accept('s1');
  document.accept('s2');
  document.reshape('s1', { ...region, x: 50 });
  const [first, other, second] = outbox.acts;
  const current = { id: 'theirs', decision: 'rejected', label: 'AU12', region };
  await answer({ id: first.id, verdict: 'conflict', by: 'B', current });
  await answer({ id: other.id, verdict: 'recorded' });
  assert.deepEqual([outbox.acts, outbox.state], [[], 'conflict']);
  const [held] = outbox.conflictsOf('image');
  assert.deepEqual(held.acts, [first, second]);
  assert.deepEqual(outbox.pendingFor('image'), [first, second]);
  outbox.letGo(held);
  document.settle('s1', { ...first, ...current }, true);
  const [mine] = outbox.acts;
  assert.deepEqual([mine.supersedes, mine.decision, mine.region.x], ['theirs', 'edited', 50]);
  await answer({ id: mine.id, verdict: 'recorded' });
  assert.equal(outbox.state, 'saved');
});

test('taking theirs says nothing more', async () => {
  const { outbox, document, answer } = withOutbox();
  document.accept('s1');
  const [act] = outbox.acts;
  const current = { id: 'theirs', decision: 'rejected', label: 'AU12', region };
  await answer({ id: act.id, verdict: 'conflict', by: 'B', current });
  outbox.letGo(outbox.conflictsOf('image')[0]);
  document.settle('s1', { ...act, ...current }, false);
  assert.deepEqual([document.entries.get('s1').decision, document.entries.get('s1').last_act], ['rejected', 'theirs']);
  assert.deepEqual(outbox.acts, []);
});

test('tabs on the same image know of each other', () => {
  const channels = [];
  const channel = () => {
    const mine = { onmessage: null, postMessage: (data) => channels.filter((c) => c !== mine).forEach((c) => c.onmessage?.({ data })), close() {} };
    channels.push(mine);
    return mine;
  };
  const [a, b] = [new OpenTabs(channel(), () => {}), new OpenTabs(channel(), () => {})];
  a.open('p', 'image');
  b.open('p', 'image');
  assert.deepEqual([a.others, b.others], [1, 1]);
  b.open('p', 'another');
  assert.deepEqual([a.others, b.others], [0, 0]);
  b.open('p', 'image');
  b.close();
  assert.equal(a.others, 0);
  // An answer that was on its way opens an image in an editor that was closed.
  b.open('p', 'image');
  assert.equal(a.others, 0);
  new OpenTabs(null, () => {}).open('p', 'image');
});

test('a region that is insisted on in a clash takes back what contradicts it', () => {
  for (const mine of [true, false]) {
    const { document, sheet, acts } = opened();
    sheet.load([{ label: 'AU12', ...said('absent'), last_act: 'before' }], []);
    const editor = { document, sheet, announce() {}, refresh() {}, outbox: { letGo() {} }, pending: { allows: () => true } };
    editor.labels = new LabelActions(editor);
    document.accept('s1');
    const [act] = acts;
    sheet.load([{ label: 'AU12', ...said('absent'), last_act: 'before' }], []);
    const current = { id: 'theirs', decision: 'rejected', label: 'AU12', region };
    settle(editor, { conflict: { current }, acts: [act] }, mine);
    assert.equal(sheet.of('AU12').value, mine ? 'not_assessed' : 'absent');
  }
});
