/**
 * Whether the same image is open in another tab of this browser.
 *
 * @typedef {{kind: 'open' | 'here' | 'gone', tab: string, place: string}} Call
 * @typedef {{postMessage(call: Call): void, close(): void,
 *   onmessage: ((event: MessageEvent) => void) | null}} Channel
 */
import { newId } from './identity.js';

export class OpenTabs {
  /** @param {Channel | null} channel  null where the browser has none  @param {() => void} changed */
  constructor(channel, changed) {
    this.channel = channel;
    this.changed = changed;
    this.tab = newId();
    this.place = '';
    /** Tabs on the same image. @type {Set<string>} */
    this.beside = new Set();
    if (channel) channel.onmessage = ({ data }) => this.#hear(/** @type {Call} */ (data));
  }

  get others() {
    return this.beside.size;
  }

  /** This tab shows an image now. @type {(owner: string, document: string) => void} */
  open(owner, document) {
    const place = `${owner} ${document}`;
    if (place === this.place) return;
    this.leave();
    this.place = place;
    this.#say('open');
  }

  /** @type {(kind: Call['kind']) => void} */
  #say(kind) {
    if (this.place) this.channel?.postMessage({ kind, tab: this.tab, place: this.place });
  }

  /** @type {(call: Call) => void} */
  #hear({ kind, tab, place }) {
    if (place !== this.place || tab === this.tab) return;
    if (kind === 'gone') this.beside.delete(tab);
    else this.beside.add(tab);
    if (kind === 'open') this.#say('here');
    this.changed();
  }

  /** This tab shows no image any more, until it opens one. */
  leave() {
    this.#say('gone');
    this.place = '';
    this.beside.clear();
  }

  close() {
    this.leave();
    this.channel?.close();
    // An answer may still be on its way: what it shows is said to nobody.
    this.channel = null;
  }
}
