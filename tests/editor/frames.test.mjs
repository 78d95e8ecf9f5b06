import assert from 'node:assert/strict';
import test from 'node:test';
import { facesOf, overlap } from '../../annotator/ui/region_editor/frontend/actions/face_actions.js';
import { FrameSteps } from '../../annotator/ui/region_editor/frontend/record/frame_steps.js';

const frames = (place, total = 10) => ({ place, total, at: '' });

function stepper({ takes = true } = {}) {
  const sent = [];
  const clock = { now: 0 };
  const steps = new FrameSteps((place) => { if (takes) sent.push(place); return takes; }, () => clock.now);
  return { steps, sent, clock };
}

test('one frame is asked for at a time, and then the one wished for last', () => {
  const { steps, sent } = stepper();
  steps.by(1, frames(3));
  steps.by(1, frames(3));
  steps.by(1, frames(3));
  assert.deepEqual(sent, [4]);
  assert.equal(steps.placeIn(frames(3)), 6);
  steps.arrived(frames(4));
  assert.deepEqual(sent, [4, 6]);
  steps.arrived(frames(6));
  assert.deepEqual(sent, [4, 6]);
  assert.equal(steps.placeIn(frames(6)), 6);
  assert.equal(steps.wanted, null);
});

test('there is nothing before the first frame nor behind the last', () => {
  const { steps, sent } = stepper();
  steps.by(-1, frames(1));
  steps.by(1, frames(10));
  steps.to(1e9, frames(10));
  assert.deepEqual(sent, []);
  steps.to(-5, frames(10));
  assert.deepEqual(sent, [1]);
});

test('a server that shows nothing is asked again, and another file forgets the wish', () => {
  const { steps, sent, clock } = stepper();
  steps.to(5, frames(1));
  steps.to(6, frames(1));
  assert.deepEqual(sent, [5]);
  clock.now = 60_000;
  steps.to(6, frames(1));
  assert.deepEqual(sent, [5, 6]);
  steps.arrived(null);
  assert.equal(steps.wanted, null);
  const refused = stepper({ takes: false });
  refused.steps.to(5, frames(1));
  assert.equal(refused.steps.placeIn(frames(1)), 1);
});

const box = (x, y, width, height) => ({ type: 'box', x, y, width, height });

test('boxes overlap by what both cover of what either covers', () => {
  assert.equal(overlap(box(0, 0, 2, 2), box(1, 0, 2, 2)), 1 / 3);
  assert.equal(overlap(box(0, 0, 2, 2), box(2, 0, 2, 2)), 0);
});

test('the face that is read is one of those found, or one more', () => {
  const found = [box(0, 0, 100, 100), box(200, 0, 50, 50)];
  const read = (place) => facesOf(found, place).map(({ isRead }) => isRead);
  assert.deepEqual(read(box(201, 1, 50, 50)), [false, true]);
  assert.deepEqual(read(box(400, 0, 50, 50)), [false, false, true]);
  assert.deepEqual(read(null), [false, false]);
  assert.deepEqual(facesOf([], null), []);
});
