/**
 * Notes, the flag, skipping, and a reviewer's issues on one image. Remarks are only ever added;
 * what is so follows from the latest. Pure.
 *
 * @import { ActHead, RemarkAct, RemarkKind, RemarkState } from '../types.js'
 */

export class Remarks {
  /** @param {(acts: RemarkAct[]) => void} tell  @param {() => ActHead} head */
  constructor(tell, head) {
    this.tell = tell;
    this.head = head;
    /** Oldest first. @type {RemarkState[]} */
    this.all = [];
  }

  /** @type {(known: RemarkState[], pending: RemarkAct[]) => void} */
  load(known, pending) {
    const seen = new Set(known.map(({ id }) => id));
    this.all = [...known, ...pending.filter(({ id }) => !seen.has(id))];
  }

  get notes() {
    return this.all.filter(({ remark }) => remark === 'note');
  }

  get isFlagged() {
    return this.#latest('flag', 'unflag') === 'flag';
  }

  /** Why the image was skipped; null if it is not. */
  get skipped() {
    const skips = this.all.filter(({ remark }) => remark === 'skip' || remark === 'unskip');
    const last = skips[skips.length - 1];
    return last?.remark === 'skip' ? last.text : null;
  }

  /** Issues nobody has resolved. */
  get openIssues() {
    const resolved = new Set(this.all.flatMap(({ remark, answers }) => (remark === 'resolved' ? answers : [])));
    return this.all.filter(({ remark, id }) => remark === 'issue' && !resolved.has(id));
  }

  /** @type {(...kinds: RemarkKind[]) => RemarkKind | undefined} */
  #latest(...kinds) {
    return this.all.findLast(({ remark }) => kinds.includes(remark))?.remark;
  }

  /** @type {(remark: RemarkKind, text?: string, more?: {region_id?: string | null, answers?: string | null}) => void} */
  say(remark, text = '', { region_id = null, answers = null } = {}) {
    /** @type {RemarkAct} */
    const act = { ...this.head(), kind: 'remark', remark, text, region_id, answers };
    this.all.push(act);
    this.tell([act]);
  }

  toggleFlag() {
    this.say(this.isFlagged ? 'unflag' : 'flag');
  }
}
