import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mounting } from '../../annotator/ui/region_editor/frontend/mounting.js';

/** An editor that writes down what happens to it. */
function watched() {
  const happened = [];
  const mount = mounting(({ data }) => {
    happened.push(`made ${data}`);
    return {
      update: (component) => happened.push(`update ${component.data}`),
      close: () => happened.push('close'),
    };
  });
  return { happened, mount };
}

test('newer data go to the same editor', () => {
  const { happened, mount } = watched();
  const parentElement = { isConnected: true };
  mount({ parentElement, data: 1 });
  mount({ parentElement, data: 2 });
  assert.deepEqual(happened, ['made 1', 'update 1', 'update 2']);
});

test('a call that was overtaken leaves the editor alone, before and after the newer call', () => {
  const { happened, mount } = watched();
  const parentElement = { isConnected: true };
  const first = mount({ parentElement, data: 1 });
  first();
  mount({ parentElement, data: 2 });
  first();
  assert.deepEqual(happened, ['made 1', 'update 1', 'update 2']);
});

test('the editor is closed once when its place has gone, and made anew in another', () => {
  const { happened, mount } = watched();
  const parentElement = { isConnected: true };
  const [first, second] = [mount({ parentElement, data: 1 }), mount({ parentElement, data: 2 })];
  parentElement.isConnected = false;
  second();
  first();
  mount({ parentElement: { isConnected: true }, data: 3 });
  assert.deepEqual(happened, ['made 1', 'update 1', 'update 2', 'close', 'made 3', 'update 3']);
});
