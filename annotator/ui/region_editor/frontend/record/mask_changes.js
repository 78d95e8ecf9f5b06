/**
 * How changes of masks travel: as the pixels that flip against the mask of the act before, where
 * that is shorter, and every so often as the whole mask, so that nobody has to go far back to
 * know it. Pure.
 *
 * @import { Act, Entry, Mask, MaskChange, Region, RegionAct } from '../types.js'
 */
import { flipped } from '../geometry/masks/bitmaps.js';
import { maskOf } from '../geometry/shapes/mask.js';

/** So many acts in a row at most before a mask is sent whole. */
const WHOLE_EVERY = 64;

export class MaskChanges {
  constructor() {
    /** Changes in a row since a region's mask was sent whole; of regions that are not in it,
     * nobody here knows how many. @type {Map<string, number>} */
    this.inARow = new Map();
  }

  /** What is sent instead of a region, after the act that said it before; undefined: all of it.
   * @type {(id: string, region: Region, before: Entry | undefined) => MaskChange | undefined} */
  since(id, region, before) {
    const count = this.inARow.get(id);
    const change = count === undefined || count + 1 >= WHOLE_EVERY ? undefined : changeOf(region, before);
    if (region.type === 'mask') this.inARow.set(id, change ? (count ?? 0) + 1 : 0);
    return change;
  }

  /** Another image is shown, or what is known of this one anew. */
  forget() {
    this.inARow.clear();
  }
}

/** @type {(region: Region, before: Entry | undefined) => MaskChange | undefined} */
function changeOf(region, before) {
  if (region.type !== 'mask' || before?.region.type !== 'mask' || !before.last_act) return undefined;
  const flips = flipped(before.region, region);
  if (!flips || flips.counts.length >= region.counts.length) return undefined;
  return { type: 'mask', changes: before.last_act, ...flips };
}

/** The region that holds after an act that is not sent yet.
 * @type {(act: RegionAct, before: Entry | undefined) => Region} */
export function regionAfter({ region }, before) {
  if (!('changes' in region)) return region;
  if (before?.region.type !== 'mask' || before.last_act !== region.changes) return before?.region ?? region;
  const { changes, ...flips } = /** @type {MaskChange} */ (region);
  return maskOf(flipped(before.region, flips)) ?? before.region;
}

/** An act as the server reads it. @type {(act: Act) => Act} */
export function onTheWire(act) {
  if (!('changes' in act) || !act.changes) return act;
  const { changes, ...rest } = act;
  return /** @type {RegionAct} */ ({ ...rest, region: changes });
}
