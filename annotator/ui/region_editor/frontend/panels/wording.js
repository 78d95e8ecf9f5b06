/**
 * How decisions and numbers are said to people.
 *
 * @import { Decision, Entry, Label, Presence } from '../types.js'
 */

/** For those who hear it. @type {Record<Decision, string>} */
export const SPOKEN = {
  undecided: 'suggested, undecided', accepted: 'accepted', edited: 'accepted after a change',
  rejected: 'rejected', added: 'added by you', withdrawn: 'withdrawn',
};

/** In lists. @type {Record<Decision, string>} */
export const SHORT = {
  undecided: 'suggested', accepted: 'accepted', edited: 'accepted, changed',
  rejected: 'rejected', added: 'added', withdrawn: 'withdrawn',
};

/** A share in percent. What is not all is never rounded to all, what is not nothing never to
 * nothing. @type {(share: number | null) => string} */
export function percent(share) {
  if (share === null) return '';
  if (share > 0.99 && share < 1) return '> 99 %';
  if (share > 0 && share < 0.01) return '< 1 %';
  return `${Math.round(share * 100)} %`;
}

/** Whether a person gave a suggestion another label. @type {(entry: Entry) => boolean} */
const isRelabelled = ({ label, proposed_label }) => proposed_label !== null && label !== proposed_label;

/** The machine's score of the label that a region has now.
 * @type {(entry: Entry, labels: Label[]) => number | null} */
export const scoreOf = (entry, labels) => (
  isRelabelled(entry) ? labels.find(({ code }) => code === entry.label)?.score ?? null : entry.score);

/** What is known of the machine for a region: of the label it has now, and of the one it had.
 * @type {(entry: Entry, labels: Label[]) => {score: string, reason: string, measured: string}} */
export function machineFacts(entry, labels) {
  const { score, reason, quality = '', proposed_label, label } = entry;
  if (!isRelabelled(entry)) return { score: percent(score), reason, measured: quality };
  const was = score === null ? '' : `was ${proposed_label} ${percent(score)}`;
  return {
    score: [percent(scoreOf(entry, labels)), was].filter(Boolean).join(' · '),
    reason: reason && `${proposed_label}: ${reason}`,
    measured: labels.find(({ code }) => code === label)?.quality ?? '',
  };
}

/** Enlargement in percent, exact where it is round. @type {(scale: number) => string} */
export function zoomText(scale) {
  const share = scale * 100;
  const whole = Math.round(share);
  return `${Math.abs(share - whole) < 1e-6 || share >= 1000 ? whole : share.toFixed(1)} %`;
}

/** @type {(count: number, one: string, many?: string) => string} */
export const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** The five values of a label. @type {Record<Presence, string>} */
export const VALUES = {
  present: 'present', absent: 'absent', uncertain: 'uncertain',
  not_assessed: 'not assessed', not_assessable: 'not assessable',
};
