/**
 * What is said of each label for the whole image: one of five values, for some vocabularies
 * with intensity and side. Pure.
 *
 * @import { ActHead, LabelAct, LabelState, Presence, Statement } from '../types.js'
 * @import { History, Restatement } from './history.js'
 */

/** The five values, in the order they are shown. @type {Presence[]} */
export const PRESENCES = ['present', 'absent', 'uncertain', 'not_assessed', 'not_assessable'];
/** @type {Statement} */
const UNSAID = { value: 'not_assessed', intensity: null, side: null };

/** @type {(a: Statement, b: Statement) => boolean} */
const same = (a, b) => a.value === b.value && a.intensity === b.intensity && a.side === b.side;

/** @type {(said: Statement) => Statement} */
const statementOf = ({ value, intensity, side }) => ({ value, intensity, side });

export class LabelSheet {
  /** @param {(acts: LabelAct[]) => void} tell  @param {() => ActHead} head  @param {History} history */
  constructor(tell, head, history) {
    this.tell = tell;
    this.head = head;
    this.history = history;
    /** @type {Map<string, LabelState>} */
    this.states = new Map();
  }

  /** Take over what the server knows, with unacknowledged acts on top.
   * @type {(states: LabelState[], pending: LabelAct[]) => void} */
  load(states, pending) {
    this.states = new Map(states.map((state) => [state.label, state]));
    pending.forEach((act) => this.#take(act));
  }

  /** @type {(label: string) => Statement} */
  of(label) {
    return this.states.get(label) ?? UNSAID;
  }

  /** State several labels in one step of undo: a new one, or the one just made.
   * @type {(said: Map<string, Statement>, step?: import('./history.js').Step | null) => boolean} */
  state(said, step = null) {
    const restated = [...said].map(([label, after]) => (
      { label, before: statementOf(this.of(label)), after: statementOf(after) }));
    const statements = restated.filter(({ before, after }) => !same(before, after));
    if (!statements.length) return false;
    if (step) step.statements.push(...statements);
    else this.history.note({ statements });
    this.#say(statements.map(({ label, after }) => [label, after]));
    return true;
  }

  /** A step was taken back or made again. @type {(statements: Restatement[], back: boolean) => void} */
  restore(statements, back) {
    if (!statements.length) return;
    this.#say(statements.map(({ label, before, after }) => [label, back ? before : after]));
  }

  /** Take over what another page stated meanwhile, or insist on what is said here.
   * @type {(label: string, current: LabelState, mine: boolean) => void} */
  settle(label, current, mine) {
    const here = statementOf(this.of(label));
    this.states.set(label, current);
    if (mine) this.#say([[label, here]]);
  }

  /** @type {(said: [string, Statement][]) => void} */
  #say(said) {
    const acts = said.map(([label, statement]) => {
      /** @type {LabelAct} */
      const act = {
        ...this.head(), kind: 'label', label, ...statement,
        supersedes: this.states.get(label)?.last_act ?? null,
      };
      this.#take(act);
      return act;
    });
    this.tell(acts);
  }

  /** @type {(act: LabelAct) => void} */
  #take(act) {
    const { label, id } = act;
    this.states.delete(label);
    this.states.set(label, { label, ...statementOf(act), last_act: id });
  }
}
