/**
 * The editor's line to the server: requests of its own, beside the page's. What changes or shows
 * the record goes in turn, one request at a time, so that what is answered holds all that was
 * acknowledged before it; what takes a network's time goes beside. No page in it, no storage.
 *
 * @import { LinePass } from '../types.js'
 *
 * @typedef {'offline' | 'signed-out' | 'stale' | 'refused'} Trouble
 */
import { newId } from './identity.js';

/** A server that has not answered by then is taken to be away. */
export const ANSWER_MS = 15000;
/** A network's first answer takes as long as loading it. */
const NETWORK_MS = 180000;
/** A new token is asked for no more often than this. */
const RENEWAL_MS = 1500;

export class LineError extends Error {
  /**
   * @param {Trouble} trouble
   * @param {string} message
   * @param {boolean} isVerdict  whether the server says that it did not record what was asked
   */
  constructor(trouble, message, isVerdict = false) {
    super(message);
    this.trouble = trouble;
    this.isVerdict = isVerdict;
  }
}

export class Line {
  /**
   * @param {object} parts
   * @param {(address: string, request: RequestInit) => Promise<Response>} parts.fetch
   * @param {() => void} parts.renew  has the page drawn anew, which brings another token
   * @param {() => void} parts.opened  another token is here
   * @param {() => number} parts.now  milliseconds
   */
  constructor({ fetch, renew, opened, now }) {
    this.fetch = fetch;
    this.renew = renew;
    this.opened = opened;
    this.now = now;
    /** @type {LinePass} */
    this.pass = { address: '', token: '' };
    /** @type {Promise<unknown>} */
    this.last = Promise.resolve();
    this.renewedAt = -Infinity;
    /** Acts of which it is not known yet what became, by what they ask.
     * @type {Map<string, {statement: string, id: string}>} */
    this.unanswered = new Map();
  }

  /** @type {(pass: LinePass) => void} */
  open(pass) {
    const isOther = pass.token !== this.pass.token;
    this.pass = pass;
    if (isOther) this.opened();
  }

  /** Ask after all that was asked before is answered.
   * @type {(what: string, message: object) => Promise<any>} */
  inTurn(what, message) {
    const answer = this.last.then(() => this.#ask(what, message, ANSWER_MS));
    this.last = answer.catch(() => {});
    return answer;
  }

  /** Ask in turn for what is recorded once, however often it is asked: where an answer was lost,
   * the same is asked under the same id.
   * @type {(what: string, message: object) => Promise<any>} */
  async once(what, message) {
    const statement = JSON.stringify(message);
    const before = this.unanswered.get(what);
    const { id } = before?.statement === statement ? before : { id: newId() };
    this.unanswered.set(what, { statement, id });
    const forget = () => { if (this.unanswered.get(what)?.id === id) this.unanswered.delete(what); };
    try {
      const answer = await this.inTurn(what, { ...message, id });
      // Where it is on record and cannot be shown, asking again is no act of its own.
      if (!answer.verdicts) forget();
      return answer;
    } catch (fault) {
      if (/** @type {LineError} */ (fault).isVerdict) forget();
      throw fault;
    }
  }

  /** Ask beside all else, what may take a while.
   * @type {(what: string, message: object) => Promise<any>} */
  beside(what, message) {
    return this.#ask(what, message, NETWORK_MS);
  }

  /** @type {(what: string, message: object, patience: number) => Promise<any>} */
  async #ask(what, message, patience) {
    const { address, token } = this.pass;
    const answer = await this.#fetched(address + what, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Annotator-Line': token },
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(patience),
    });
    const content = await answer.json().catch(() => ({}));
    if (answer.ok && !content.error) return content;
    if (answer.status === 401) throw new LineError('signed-out', 'You are not signed in any more; sign in again.', true);
    if (answer.status === 409) {
      this.#renew();
      throw new LineError('stale', content.error);
    }
    const failed = 'The server failed to answer. Try again, and tell whoever runs it if it comes again.';
    throw new LineError('refused', content.error ?? failed, Boolean(content.error));
  }

  /** @type {(address: string, request: RequestInit) => Promise<Response>} */
  async #fetched(address, request) {
    try {
      return await this.fetch(address, request);
    } catch (fault) {
      throw new LineError('offline', `The server does not answer (${/** @type {Error} */ (fault).message}).`);
    }
  }

  #renew() {
    if (this.now() - this.renewedAt < RENEWAL_MS) return;
    this.renewedAt = this.now();
    this.renew();
  }
}
