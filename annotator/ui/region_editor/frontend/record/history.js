/**
 * Undo and redo: steps of the rater, each what it was before and after. Pure.
 *
 * @import { Action, Entry, Statement } from '../types.js'
 *
 * @typedef {{before: Entry | null, after: Entry, action?: Action}} Change
 * @typedef {Map<string, number>} Heights
 * @typedef {{label: string, before: Statement, after: Statement}} Restatement
 * @typedef {object} Step
 * @property {Change[]} changes
 * @property {{before: Heights, after: Heights} | null} heights  which region lies on which
 * @property {Restatement[]} statements  on labels of the whole image
 * @property {Nudge | null} nudge  null for an act that is undone by itself
 *
 * One of many small steps of one movement: what kind of step, and when (ms).
 * @typedef {{kind: 'move' | 'resize' | 'cut', at: number}} Nudge
 */

/** Nudges of one kind that follow each other within this time are undone as one. */
const NUDGE_PAUSE_MS = 700;
const STEPS_KEPT = 300;

export class History {
  constructor() {
    /** @type {Step[]} */
    this.done = [];
    /** @type {Step[]} */
    this.undone = [];
    /** The step that a further nudge may join. @type {Step | null} */
    this.open = null;
  }

  clear() {
    this.done = [];
    this.undone = [];
    this.open = null;
  }

  /** Note a step; a nudge joins the nudge of the same kind and regions just before it.
   * @type {(noted: Partial<Step>) => void} */
  note(noted) {
    /** @type {Step} */
    const step = { changes: [], heights: null, statements: [], nudge: null, ...noted };
    const previous = this.open;
    if (previous && follows(previous, step)) {
      this.done.pop();
      const begun = new Map(previous.changes.map((change) => [change.after.id, change.before]));
      step.changes.forEach((change) => { change.before = begun.get(change.after.id) ?? null; });
    }
    this.done.push(step);
    if (this.done.length > STEPS_KEPT) this.done.shift();
    this.undone = [];
    this.open = step.nudge && step;
  }

  /** The step to take back, or null. @returns {Step | null} */
  undo() {
    this.open = null;
    const step = this.done.pop() ?? null;
    if (step) this.undone.push(step);
    return step;
  }

  /** The step to make again, or null. @returns {Step | null} */
  redo() {
    this.open = null;
    const step = this.undone.pop() ?? null;
    if (step) this.done.push(step);
    return step;
  }
}

/** @type {(previous: Step, step: Step) => boolean} */
function follows(previous, step) {
  if (!previous.nudge || previous.nudge.kind !== step.nudge?.kind) return false;
  const pause = step.nudge.at - previous.nudge.at;
  const ids = (/** @type {Step} */ { changes }) => changes.map(({ after }) => after.id).sort().join();
  return pause >= 0 && pause < NUDGE_PAUSE_MS && ids(previous) === ids(step);
}
