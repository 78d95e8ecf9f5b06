/**
 * What an act makes of a region's decision. Pure.
 *
 * @import { Decision, Entry } from '../types.js'
 */
import { sameRegion } from '../geometry/regions.js';

/** Whether a suggestion is as the machine drew it. @type {(entry: Entry) => boolean} */
export const isAsProposed = (entry) =>
  sameRegion(entry.region, entry.proposed_region) && entry.label === entry.proposed_label;

/** What accepting says of an entry. @type {(entry: Entry) => Decision} */
export const acceptedAs = (entry) => {
  if (entry.origin === 'rater') return 'added';
  return isAsProposed(entry) ? 'accepted' : 'edited';
};

/** What changing an entry's outline or label says of it: never an acceptance by itself.
 * @type {(entry: Entry) => Decision} */
export const changedTo = (entry) => {
  const stood = entry.decision === 'accepted' || entry.decision === 'edited';
  return entry.origin === 'rater' || stood ? acceptedAs(entry) : 'undecided';
};
