/**
 * A clash with another page: the rater has said what shall hold.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Held } from '../record/outbox.js'
 * @import { LabelState, RegionAct } from '../types.js'
 */

/** @type {(editor: RegionEditor, held: Held, mine: boolean) => void} */
export function settle(editor, held, mine) {
  const { conflict: { current }, acts } = held;
  const act = acts[acts.length - 1];
  // The image may have changed under the button.
  if (act.document !== editor.document.id || !editor.pending.allows('Clash')) return;
  editor.outbox.letGo(held);
  if (act.kind === 'label' && current) {
    const state = { ...act, ...current, last_act: current.id ?? null };
    editor.sheet.settle(act.label, /** @type {LabelState} */ (state), mine);
  } else if (act.kind === 'region' && current) {
    editor.document.settle(act.region_id, /** @type {RegionAct} */ ({ ...act, ...current }), mine);
    const settled = editor.document.entries.get(act.region_id);
    if (mine && settled) editor.labels.followRegions([settled]);
  }
  editor.refresh();
}
