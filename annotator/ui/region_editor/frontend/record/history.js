/**
 * Undo and redo: steps of the rater, each what it was before and after. Pure.
 *
 * @import { Entry, Statement } from '../types.js'
 *
 * @typedef {{before: Entry | null, after: Entry}} Change
 * @typedef {Map<string, number>} Heights
 * @typedef {{label: string, before: Statement, after: Statement}} Restatement
 * @typedef {object} Step
 * @property {Change[]} changes
 * @property {{before: Heights, after: Heights} | null} heights  which region lies on which
 * @property {Restatement[]} statements  on labels of the whole image
 * @property {number} nudgedAt  when it was a nudge; -Infinity otherwise
 */

/** Nudges that follow each other within this time are undone as one. */
const NUDGE_PAUSE_MS = 700;
const STEPS_KEPT = 300;

export class History {
  constructor() {
    /** @type {Step[]} */
    this.done = [];
    /** @type {Step[]} */
    this.undone = [];
  }

  clear() {
    this.done = [];
    this.undone = [];
  }

  /** Note a step; a nudge joins the nudge of the same regions just before it.
   * @type {(said: Partial<Step>) => void} */
  note(said) {
    /** @type {Step} */
    const step = { changes: [], heights: null, statements: [], nudgedAt: -Infinity, ...said };
    const previous = this.done[this.done.length - 1];
    if (previous && follows(previous, step)) {
      this.done.pop();
      const begun = new Map(previous.changes.map((change) => [change.after.id, change.before]));
      step.changes.forEach((change) => { change.before = begun.get(change.after.id) ?? null; });
    }
    this.done.push(step);
    if (this.done.length > STEPS_KEPT) this.done.shift();
    this.undone = [];
  }

  /** The step to take back, or null. @returns {Step | null} */
  undo() {
    const step = this.done.pop() ?? null;
    if (step) this.undone.push(step);
    return step;
  }

  /** The step to make again, or null. @returns {Step | null} */
  redo() {
    const step = this.undone.pop() ?? null;
    if (step) this.done.push(step);
    return step;
  }
}

/** @type {(previous: Step, step: Step) => boolean} */
function follows(previous, step) {
  const within = step.nudgedAt - previous.nudgedAt < NUDGE_PAUSE_MS;
  const ids = (/** @type {Step} */ { changes }) => changes.map(({ after }) => after.id).sort().join();
  return within && ids(previous) === ids(step);
}
