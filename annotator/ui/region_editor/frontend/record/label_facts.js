/**
 * What holds of each label: its stated value and its regions, read as one fact. The twin of
 * `annotator/domain/label_facts.py` (decision 24); both pass the same examples. Pure.
 *
 * @import { Entry, LabelState, Presence } from '../types.js'
 *
 * @typedef {object} LabelFact
 * @property {Presence} value
 * @property {string | null} intensity
 * @property {string | null} side  as stated, else of the half of the face that stands alone
 * @property {boolean} stated  of the whole image; else only by its regions
 * @property {number} regions  that stand and count
 * @property {'' | 'presence' | 'side'} conflict  what value and regions contradict each other in
 *
 * @typedef {{midline: number | null, takesSide: (label: string) => boolean}} Face
 */
import { bounds } from '../geometry/regions.js';

/** Values that a standing region of the label contradicts. @type {Presence[]} */
const EXCLUDES_REGIONS = ['absent', 'not_assessable'];
/** @type {Record<string, 'L' | 'R'>} */
const OTHER = { L: 'R', R: 'L' };
/** With more of a region's width than this on either side of the midline, it lies on both. */
const LEAST_SHARE = 0.25;

/** Whether a region is part of the rater's finding. @type {(entry: Entry) => boolean} */
export const stands = ({ decision }) => ['accepted', 'edited', 'added'].includes(decision);

/** @type {(value: Presence) => boolean} */
export const excludesRegions = (value) => EXCLUDES_REGIONS.includes(value);

/** What holds of each label that something is said of.
 * @type {(entries: Iterable<Entry>, states: Map<string, LabelState>, face: Face) => Map<string, LabelFact>} */
export function labelFacts(entries, states, face) {
  /** @type {Map<string, Entry[]>} */
  const byLabel = new Map([...states.keys()].map((label) => [label, []]));
  for (const entry of entries) {
    if (entry.decision === 'withdrawn') continue;
    const others = byLabel.get(entry.label);
    if (others) others.push(entry);
    else byLabel.set(entry.label, [entry]);
  }
  /** @type {Map<string, LabelFact>} */
  const facts = new Map();
  byLabel.forEach((own, label) => {
    const fact = factOf(label, own, states.get(label) ?? null, face);
    if (fact) facts.set(label, fact);
  });
  return facts;
}

/** @type {(label: string, entries: Entry[], stated: LabelState | null, face: Face) => LabelFact | null} */
function factOf(label, entries, stated, face) {
  const standing = entries.filter(stands);
  const regions = standing.length;
  const seen = regions ? sideOf(label, entries, face) : null;
  if (!stated || (regions && stated.value === 'not_assessed')) {
    if (!regions) return null;
    return { value: 'present', intensity: null, side: seen, stated: false, regions, conflict: '' };
  }
  const { value, intensity, side } = stated;
  // The server tells a value that a later region overrules as taken back; one stated here is later.
  if (regions && excludesRegions(value)) {
    return { value, intensity: null, side: null, stated: true, regions: 0, conflict: 'presence' };
  }
  const fact = { value, intensity, side, stated: true, regions, conflict: /** @type {const} */ ('') };
  if (value !== 'present' || !regions) return fact;
  if (side === null) return { ...fact, side: seen };
  const onOther = standing.some(({ region }) => halfOf(region, face.midline) === (OTHER[side] ?? ''));
  const isOneSided = !(side in OTHER) && seen !== null;
  return onOther || isOneSided ? { ...fact, conflict: 'side' } : fact;
}

/** The half of the face that a region lies on: the person's left is on the picture's right. Null
 * where that is not known, or it lies on both.
 * @type {(region: import('../types.js').Region, midline: number | null) => 'L' | 'R' | null} */
function halfOf(region, midline) {
  if (midline === null) return null;
  const box = bounds(region);
  const [x, width] = box.width ? [box.x, box.width] : [box.x - 0.5, 1]; // a point is as wide as a pixel
  const [left, right] = [midline - x, x + width - midline];
  if (Math.min(left, right) > LEAST_SHARE * width) return null;
  return right > left ? 'L' : 'R';
}

/** The half whose regions stand while all of the other are rejected, or null; of the entries of
 * one label. @type {(label: string, entries: Entry[], face: Face) => 'L' | 'R' | null} */
export function sideOf(label, entries, { midline, takesSide }) {
  if (midline === null || !takesSide(label)) return null;
  const halves = new Set(entries.filter(stands).map(({ region }) => halfOf(region, midline)));
  const [half] = halves;
  if (halves.size !== 1 || !half) return null;
  const others = entries.filter(({ region }) => halfOf(region, midline) === OTHER[half]);
  const isAlone = others.length > 0 && others.every(({ decision }) => decision === 'rejected');
  return isAlone ? half : null;
}
