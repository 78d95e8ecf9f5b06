import assert from 'node:assert/strict';
import test from 'node:test';
import { PendingKeys, TYPING_PAUSE_MS } from '../../annotator/ui/region_editor/frontend/input/pending_keys.js';

function keys() {
  const clock = { time: 0, pass(ms) { this.time += ms; } };
  const done = [];
  const heard = [];
  const pending = new PendingKeys({ announce: (text) => heard.push(text), changed: () => {}, now: () => clock.time });
  const press = (title, needs = 'turn', run = () => {}) => pending.submit({ title, needs }, () => {
    done.push(title);
    run();
  });
  return { pending, clock, done, heard, press };
}

test('what is pressed while the picture loads waits in order and is done once it is painted', () => {
  const { pending, done, heard, press } = keys();
  pending.arrive(true);
  press('Next undecided');
  press('Accept');
  press('Undo');
  assert.deepEqual(done, []);
  assert.match(pending.text, /3 keys wait for the picture: Next undecided, Accept, Undo/);
  assert.equal(heard.at(-1), 'Undo waits for the picture');
  pending.paint();
  assert.deepEqual(done, ['Next undecided', 'Accept', 'Undo']);
  assert.equal(pending.text, '');
  pending.paint();
  assert.equal(done.length, 3);
});

test('done, drawing and why are refused until the picture is painted, and say so', () => {
  const { pending, done, heard, press } = keys();
  pending.arrive(true);
  press('Accept');
  for (const [title, needs] of [['Done', 'signature'], ['Draw a box', 'picture'], ['Why', 'picture']]) {
    press(title, needs);
    assert.match(pending.text, new RegExp(`${title}: not done, the picture is still loading`));
    assert.match(heard.at(-1), new RegExp(title));
  }
  assert.equal(pending.allows('Drawing'), false);
  pending.paint();
  assert.deepEqual(done, ['Accept']);
  press('Done', 'signature');
  assert.deepEqual(done, ['Accept', 'Done']);
  assert.equal(pending.allows('Drawing'), true);
});

test('help and zoom wait for nothing, and a field opens at once', () => {
  const { pending, done, press } = keys();
  pending.arrive(true);
  press('Help', 'nothing');
  press('Code line', 'field');
  assert.deepEqual(done, ['Help', 'Code line']);
});

test('keys between two images are neither image’s, and say so', () => {
  const { pending, clock, done, press } = keys();
  pending.arrive(true);
  pending.paint();
  press('Done', 'signature', () => pending.leave());
  press('Accept');
  press('Done', 'signature');
  press('Next image', 'exit');
  assert.deepEqual(done, ['Done']);
  assert.match(pending.text, /Ignored: 3 keys or clicks/);
  pending.arrive(true);
  assert.match(pending.text, /Ignored: 3 keys or clicks/);
  pending.paint();
  assert.deepEqual(done, ['Done']);
  clock.pass(TYPING_PAUSE_MS);
  press('Accept');
  assert.deepEqual(done, ['Done', 'Accept']);
  assert.equal(pending.text, '');
});

test('typing that began between two images is ignored to its end', () => {
  const { pending, clock, done, press } = keys();
  pending.arrive(true);
  pending.paint();
  pending.leave();
  press('Code line', 'field');
  pending.arrive(true);
  pending.paint();
  for (let k = 0; k < 6; k += 1) {
    clock.pass(120);
    assert.equal(pending.swallows(), true);
  }
  clock.pass(TYPING_PAUSE_MS);
  assert.equal(pending.swallows(), false);
  assert.deepEqual(done, []);
});

test('escape ends what is ignored', () => {
  const { pending, press } = keys();
  pending.leave();
  press('Accept');
  assert.equal(pending.attend(), true);
  assert.equal(pending.swallows(), false);
});

test('an image that is left by another way takes its waiting keys with it, and says so', () => {
  const { pending, done, heard, press } = keys();
  pending.arrive(true);
  press('Accept');
  pending.arrive(true);
  assert.match(heard.at(-1), /1 waiting key discarded/);
  pending.paint();
  assert.deepEqual(done, []);
});

test('going on waits for what was pressed before', () => {
  const { pending, done, press } = keys();
  pending.arrive(true);
  press('Accept');
  press('Next image', 'exit', () => pending.leave());
  press('Reject');
  assert.deepEqual(done, []);
  pending.paint();
  assert.deepEqual(done, ['Accept', 'Next image']);
  assert.match(pending.text, /Ignored: 1 key or click/);
});

test('where nothing waits one may go on before the picture is there', () => {
  const { pending, done, press } = keys();
  pending.arrive(true);
  press('Next image', 'exit', () => pending.leave());
  assert.deepEqual(done, ['Next image']);
  press('Next frame', 'frame');
  assert.deepEqual(done, ['Next image']);
  assert.match(pending.text, /Ignored: 1 key or click/);
});

test('while one frame comes the next can be asked for', () => {
  const { pending, done, press } = keys();
  pending.arrive(true);
  assert.equal(pending.leave(true), true);
  press('Next frame', 'frame');
  assert.deepEqual(done, ['Next frame']);
  assert.equal(pending.leave(true), true);
  assert.equal(pending.leave(), false);
});

test('a picture that cannot be loaded keeps what waits until it is, or lets it go visibly', () => {
  const { pending, done, heard, press } = keys();
  pending.arrive(true);
  press('Accept');
  pending.fail();
  assert.match(heard.at(-1), /could not be loaded. 1 key waits/);
  press('Done', 'signature');
  assert.match(pending.text, /the picture could not be loaded/);
  pending.arrive(false);
  pending.paint();
  assert.deepEqual(done, ['Accept']);
  pending.arrive(true);
  press('Reject');
  pending.fail();
  press('Next image', 'exit', () => pending.leave());
  assert.match(heard.at(-1), /1 waiting key discarded/);
  assert.deepEqual(done, ['Accept', 'Next image']);
});

test('the waiting keys can be discarded', () => {
  const { pending, done, press } = keys();
  pending.arrive(true);
  assert.equal(pending.discard(), false);
  press('Accept');
  assert.equal(pending.discard(), true);
  pending.paint();
  assert.deepEqual(done, []);
});

test('if the next image does not come the person is on the old one again', () => {
  const { pending, done, press } = keys();
  pending.arrive(true);
  pending.paint();
  pending.leave();
  pending.stay('The server does not answer.');
  assert.deepEqual([pending.state, pending.text], ['painted', 'The server does not answer.']);
  press('Accept');
  assert.deepEqual(done, ['Accept']);
});
