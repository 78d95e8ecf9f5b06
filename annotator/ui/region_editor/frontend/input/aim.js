/**
 * Which region a pointer means.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Entry, Pointer } from '../types.js'
 */
import { regionAt } from '../geometry/hits.js';

/** How near, on the screen, an outline is hit by mouse and by finger. */
const [REACH_PX, REACH_TOUCH_PX] = [5, 16];

/** @type {(editor: RegionEditor, at: Pointer) => Entry | null} */
export function entryAt({ document, viewer }, at) {
  const reach = (at.coarse ? REACH_TOUCH_PX : REACH_PX) / viewer.view.scale;
  const { shown, heights } = document;
  const standing = shown.filter((entry) => entry.decision !== 'rejected');
  const rejected = shown.filter((entry) => entry.decision === 'rejected');
  return regionAt(standing, at.image, reach, heights) ?? regionAt(rejected, at.image, reach, heights);
}
