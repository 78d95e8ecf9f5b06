/**
 * How decisions and numbers are said to people.
 *
 * @import { Decision, Presence } from '../types.js'
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
