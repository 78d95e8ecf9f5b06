import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Going } from '../../annotator/ui/region_editor/frontend/record/going.js';
import { LineError } from '../../annotator/ui/region_editor/frontend/record/line.js';

/** What is said where Done is answered so. */
async function saidOf(answer) {
  const said = [];
  const editor = /** @type {any} */ ({
    outbox: { refused: [], hasSent: async () => true },
    document: { id: 'x', entries: new Map() },
    sheet: { states: new Map() },
    data: { next: null, reading_id: 'r' },
    line: { once: answer, inTurn: async () => ({ content: { document: 'x' } }) },
    show() {},
    stay: (/** @type {string} */ why) => said.push(why),
  });
  await new Going(editor, { image: () => 'x', name() {} }).sign();
  return said.at(-1);
}

const failing = (/** @type {LineError} */ fault) => () => Promise.reject(fault);

test('Done says that the image is not signed only where the server says so', async () => {
  const refused = failing(new LineError('refused', 'Bob changed this image.', true));
  assert.equal(await saidOf(refused), 'Not signed: Bob changed this image.');
  for (const trouble of /** @type {const} */ (['offline', 'stale', 'refused'])) {
    const said = await saidOf(failing(new LineError(trouble, 'No answer.')));
    assert.equal(said, 'No answer. It is not known whether the image is signed: press Done again.');
  }
});

test('what is signed is said to be, also where nothing can be shown after it', async () => {
  const recorded = async () => ({ verdicts: [], reason: 'Your roles do not allow you to read.' });
  assert.equal(await saidOf(recorded), 'Signed. Your roles do not allow you to read.');
  assert.equal(await saidOf(async () => ({ content: { document: 'x' } })), undefined);
});
