/**
 * Which image a key belongs to: the one whose name the page shows when it is pressed. Pure.
 *
 * | state | from | what is pressed |
 * |---|---|---|
 * | shown | an image's name is on the page, its picture is not | waits, or is refused |
 * | painted | picture and regions can be seen | is done |
 * | leaving | the person went on; no other name is shown yet | is no image's: ignored, and told |
 *
 * @typedef {'shown' | 'painted' | 'leaving'} State
 *
 * What a command needs of the picture:
 * - `nothing`: it changes no image (help, zoom);
 * - `turn`: it is done when the picture can be seen and what was pressed before is done;
 * - `field`: it opens a field to type in, at once; what the field states takes its turn;
 * - `picture`: without the picture it is refused (drawing, why);
 * - `signature`: Done, refused as well while anything waits;
 * - `exit`: to another image, after what waits;
 * - `frame`: to another frame of the file, likewise; while one comes, the next can be asked for.
 * @typedef {'nothing' | 'turn' | 'field' | 'picture' | 'signature' | 'exit' | 'frame'} Needs
 * @typedef {{title: string, needs: Needs}} Intent
 */
import { counted } from '../panels/wording.js';

/** Typing that began on no image is over after a pause of this length. */
export const TYPING_PAUSE_MS = 400;
/** Titles of waiting keys that are named. */
const NAMED = 4;

export class PendingKeys {
  /**
   * @param {object} parts
   * @param {(text: string) => void} parts.announce
   * @param {() => void} parts.changed
   * @param {() => number} parts.now  milliseconds
   */
  constructor({ announce, changed, now }) {
    this.announce = announce;
    this.changed = changed;
    this.now = now;
    /** @type {State} */
    this.state = 'shown';
    /** Whether the picture could not be loaded. */
    this.failed = false;
    /** What was pressed and waits for the picture, in order. @type {{title: string, run: () => void}[]} */
    this.waiting = [];
    /** A sentence shown at the image. */
    this.note = '';
    /** Whether it tells of a loss: then it outlasts the change of the image. */
    this.isLoss = false;
    /** How many keys belonged to no image. */
    this.ignored = 0;
    this.ignoresUntil = 0;
    /** The state to go back to if the next image does not come. @type {State} */
    this.before = 'shown';
    /** Whether it is another frame of the file that the person goes to. */
    this.toFrame = false;
  }

  get isPainted() {
    return this.state === 'painted';
  }

  get isLeaving() {
    return this.state === 'leaving';
  }

  /** What is to be read at the image. */
  get text() {
    const count = this.waiting.length;
    if (!count) return this.note;
    const named = this.waiting.slice(0, NAMED).map(({ title }) => title).join(', ');
    const keys = `${counted(count, 'key')} ${count === 1 ? 'waits' : 'wait'} for the picture`;
    return [this.note, `${keys}: ${named}${count > NAMED ? ', …' : ''}. Esc discards.`].filter(Boolean).join(' ');
  }

  // ---- what is pressed --------------------------------------------------------------------

  /** Do it, let it wait its turn, or refuse it. @type {(intent: Intent, run: () => void) => void} */
  submit({ title, needs }, run) {
    const atOnce = needs === 'nothing' || this.isPainted || (needs === 'field' && !this.isLeaving)
      || (needs === 'frame' && this.isLeaving && this.toFrame);
    if (atOnce) this.#run(run);
    else if (this.isLeaving) this.#ignore(needs === 'turn' || needs === 'field' || needs === 'picture');
    else if (needs === 'picture' || needs === 'signature') this.#refuse(title);
    else if (needs === 'turn') this.#wait(title, run);
    else if (this.waiting.length && !this.failed) this.#wait(title, run);
    else {
      this.discard();
      this.#run(run);
    }
  }

  /** Whether a pointer or a control may change the image now; refused visibly if not.
   * @type {(title: string) => boolean} */
  allows(title) {
    if (this.isPainted) return true;
    if (this.isLeaving) this.#ignore(false);
    else this.#refuse(title);
    return false;
  }

  /** Whether a key is part of typing that began on no image; it is no command then. */
  swallows() {
    if (this.now() >= this.ignoresUntil) return false;
    this.#ignore(true);
    return true;
  }

  /** The person knows: what is pressed next counts again. @returns {boolean} whether anything was ignored */
  attend() {
    const ignored = this.now() < this.ignoresUntil;
    this.ignoresUntil = 0;
    return ignored;
  }

  /** Say something at the image, until the next command. @type {(text: string, isLoss?: boolean) => void} */
  tell(text, isLoss = false) {
    this.note = text;
    this.isLoss = isLoss;
    this.announce(text);
    this.changed();
  }

  /** Let go of what waits. @returns {boolean} whether anything did */
  discard() {
    const count = this.waiting.length;
    this.waiting = [];
    if (count) this.tell(`${counted(count, 'waiting key')} discarded.`, true);
    return count > 0;
  }

  /** It cannot be done late, and what was pressed after it was meant for it. @type {(title: string) => void} */
  lose(title) {
    this.waiting = [];
    this.tell(`${title}, and what was pressed after it, was not done: it came too early. Press it again.`, true);
  }

  /** What was typed into a field, when the image changed under it; the typing may go on.
   * @type {(typed: string, goesOn: boolean) => void} */
  discardTyping(typed, goesOn) {
    if (goesOn) this.ignoresUntil = this.now() + TYPING_PAUSE_MS;
    this.tell(typed ? `“${typed}” was discarded: the image has changed.` : 'The field was closed: the image has changed.', true);
  }

  // ---- what happens to the image ----------------------------------------------------------

  /** The person leaves it. False if they do already; but for a further frame one may ask again.
   * @type {(toFrame?: boolean) => boolean} */
  leave(toFrame = false) {
    if (this.isLeaving) return toFrame && this.toFrame;
    this.toFrame = toFrame;
    this.before = this.state;
    this.state = 'leaving';
    this.ignored = 0;
    this.changed();
    return true;
  }

  /** No other image comes. @type {(why: string) => void} */
  stay(why) {
    if (this.isLeaving) this.state = this.before;
    this.tell(why);
  }

  /** The page shows its name, or shows it anew. @type {(isOther: boolean) => void} */
  arrive(isOther) {
    if (isOther) {
      if (!this.isLoss) this.note = '';
      this.discard();
    }
    this.ignored = 0;
    this.state = 'shown';
    this.failed = false;
    this.changed();
  }

  /** It can be seen: what waited is done, in order. */
  paint() {
    if (this.state !== 'shown') return;
    this.state = 'painted';
    this.failed = false;
    while (this.isPainted) {
      const next = this.waiting.shift();
      if (!next) break;
      next.run();
    }
    const left = this.waiting.splice(0);
    left.forEach(() => this.#ignore(false));
    this.changed();
  }

  /** Its picture cannot be had. */
  fail() {
    if (this.state !== 'shown') return;
    this.failed = true;
    if (this.waiting.length) this.announce(`The picture could not be loaded. ${this.text}`);
    this.changed();
  }

  /** @type {(run: () => void) => void} */
  #run(run) {
    if (this.isPainted && this.note) {
      this.note = '';
      this.changed();
    }
    run();
  }

  /** @type {(title: string, run: () => void) => void} */
  #wait(title, run) {
    this.waiting.push({ title, run });
    this.announce(`${title} waits for the picture`);
    this.changed();
  }

  /** @type {(title: string) => void} */
  #refuse(title) {
    const state = this.failed ? 'could not be loaded' : 'is still loading';
    this.tell(`${title}: not done, the picture ${state}.`);
  }

  /** @type {(isTyping: boolean) => void} */
  #ignore(isTyping) {
    this.ignored += 1;
    if (isTyping) this.ignoresUntil = this.now() + TYPING_PAUSE_MS;
    const inputs = counted(this.ignored, 'key or click', 'keys or clicks');
    this.tell(`Ignored: ${inputs} between two images. Press again.`, true);
  }
}
