/**
 * The code line of FACS read, checked, printed and said in words: the twin of
 * `annotator/domain/facs.py`. Codes, sides, exclusions and messages are data that both share
 * (`annotator/domain/vocabularies/facs.json`). Pure.
 *
 * @typedef {{code: string, meaning: string, sides: string, intensity: boolean}} FacsLabel
 * @typedef {object} Vocabulary
 * @property {FacsLabel[]} labels
 * @property {{separator: string, example: string, pattern: string, alone: string[],
 *   intensities: Record<string, string>, sides: Record<string, string>,
 *   exclusions: {codes: string[], reason: string}[]}} grammar
 * @property {Record<string, string>} messages
 *
 * @typedef {{code: string, side: string | null, intensity: string | null}} FacsCode
 * @typedef {{kind: string, position: number, length: number, message: string}} FacsFault
 * @typedef {FacsCode & {position: number, length: number}} Found  where the line says it
 * @typedef {{codes: Found[], fault: null} | {codes: null, fault: FacsFault}} Reading
 */

const [SIDE, NUMBER, INTENSITY] = [1, 3, 4];

/** A label's code as a line has it: 12 for AU12, M57 for M57. @type {(code: string) => string} */
const numberOf = (code) => code.replace(/^A[UD]/, '');

/** @type {(a: FacsCode, b: FacsCode) => number} */
function inOrder(a, b) {
  const [p, q] = [numberOf(a.code), numberOf(b.code)];
  const place = (/** @type {string} */ number) => Number(number.replace('M', ''));
  const moves = (/** @type {string} */ number) => Number(number.startsWith('M'));
  const side = (/** @type {FacsCode} */ code) => code.side ?? '';
  return place(p) - place(q) || moves(p) - moves(q) || (side(a) < side(b) ? -1 : Number(side(a) > side(b)));
}

class Fault extends Error {
  /** @param {FacsFault} fault */
  constructor(fault) {
    super(fault.message);
    this.fault = fault;
  }
}

export class FacsGrammar {
  /** @param {Vocabulary} vocabulary */
  constructor({ labels, grammar, messages }) {
    this.grammar = grammar;
    this.messages = messages;
    this.labels = new Map(labels.map((label) => [label.code, label]));
    this.byNumber = new Map(labels.map((label) => [numberOf(label.code), label]));
    this.pattern = new RegExp(grammar.pattern, 'iy');
    this.alone = new Set(grammar.alone);
  }

  /** Read a code line. @type {(text: string) => Reading} */
  read(text) {
    try {
      return { codes: this.#codes(text).sort(inOrder), fault: null };
    } catch (error) {
      if (error instanceof Fault) return { codes: null, fault: error.fault };
      throw error;
    }
  }

  /** The one way codes are printed. @type {(codes: FacsCode[]) => string} */
  print(codes) {
    return [...codes].sort(inOrder)
      .map(({ code, side, intensity }) => `${side ?? ''}${numberOf(code)}${intensity ?? ''}`)
      .join(this.grammar.separator);
  }

  /** @type {(codes: FacsCode[]) => string} */
  inWords(codes) {
    return codes.map(({ code, side, intensity }) => [
      this.labels.get(code)?.meaning, side && this.grammar.sides[side],
      intensity && `intensity ${intensity}`,
    ].filter(Boolean).join(', ')).join('; ');
  }

  /**
   * Codes that the one being typed before the cursor may become, and where it begins.
   * @param {string} text  @param {number} cursor
   * @returns {{from: number, labels: FacsLabel[]}}
   */
  completions(text, cursor) {
    const from = text.lastIndexOf(this.grammar.separator, cursor - 1) + 1;
    const typed = text.slice(from, cursor).trim();
    const side = /^[LRBA](?=.)/i.test(typed) && !/^A[UD]/i.test(typed) ? typed[0] : '';
    const sought = typed.slice(side.length).replace(/^A[UD]/i, '').toLowerCase();
    if (!sought) return { from, labels: [] };
    const labels = [...this.labels.values()].filter(({ code, meaning }) => (
      numberOf(code).toLowerCase().startsWith(sought)
        || (/^[a-z]/.test(sought) && meaning.split(' ').some((word) => word.startsWith(sought)))));
    return { from: from + (text.slice(from).length - text.slice(from).trimStart().length) + side.length, labels };
  }

  /** @type {(text: string) => Found[]} */
  #codes(text) {
    /** @type {Found[]} */
    const found = [];
    const { separator, example } = this.grammar;
    let at = afterBlanks(text, 0);
    if (at === text.length) this.#fail('empty', 0, 0, { example });
    for (;;) {
      const item = this.#code(text, at);
      this.#checkBeside(item, found);
      found.push(item);
      at = afterBlanks(text, item.position + item.length);
      if (at === text.length) return found;
      if (text[at] !== separator) this.#fail('separator', at, 1, { text: signAt(text, at) });
      at = afterBlanks(text, at + 1);
    }
  }

  /** The code that begins at a place. @type {(text: string, at: number) => Found} */
  #code(text, at) {
    const { separator, intensities } = this.grammar;
    if (at === text.length || text[at] === separator) this.#fail('missing', at, 0, {});
    this.pattern.lastIndex = at;
    const match = this.pattern.exec(text);
    if (!match) return this.#fail('character', at, 1, { text: signAt(text, at) });
    const side = (match[SIDE] ?? '').toUpperCase();
    const [digits, letter] = [match[NUMBER].toUpperCase(), match[INTENSITY].toUpperCase()];
    const end = at + match[0].length;
    const numberAt = end - letter.length - digits.length;
    const number = (digits.startsWith('M') ? 'M' : '') + (digits.replace(/^[M0]+/, '') || '0');
    const label = this.byNumber.get(number);
    if (!label) return this.#fail('unknown', numberAt, digits.length, { number });
    if (letter && !(letter in intensities)) this.#fail('letter', end - 1, 1, { letter });
    const said = { code: number, meaning: label.meaning };
    if (side && !label.sides.includes(side)) this.#fail('side', at, 1, { side, ...said });
    if (letter && !label.intensity) this.#fail('intensity', end - 1, 1, { intensity: letter, ...said });
    return { code: label.code, side: side || null, intensity: letter || null, position: at, length: end - at };
  }

  /** Refuse a code that does not go with those before it. @type {(item: Found, others: Found[]) => void} */
  #checkBeside(item, others) {
    const number = numberOf(item.code);
    const { position, length } = item;
    for (const other of others) {
      const name = numberOf(other.code);
      const bothSides = [item.side, other.side].sort().join() === 'L,R';
      if (name === number && !bothSides) this.#fail('twice', position, length, { code: number });
      const rule = this.grammar.exclusions.find(({ codes }) => (
        codes.includes(number) && codes.includes(name) && number !== name));
      if (rule) this.#fail('excluded', position, length, { code: number, other: name, reason: rule.reason });
      const alone = [item.code, other.code].find((code) => this.alone.has(code));
      if (alone) {
        const meaning = this.labels.get(alone)?.meaning ?? '';
        this.#fail('alone', position, length, { code: numberOf(alone), meaning });
      }
    }
  }

  /** @type {(kind: string, position: number, length: number, values: Record<string, string>) => never} */
  #fail(kind, position, length, values) {
    const message = this.messages[kind].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    throw new Fault({ kind, position, length, message });
  }
}

/** @type {(text: string, at: number) => number} */
function afterBlanks(text, at) {
  let place = at;
  while (text[place] === ' ') place += 1;
  return place;
}

/** @type {(text: string, at: number) => string} */
const signAt = (text, at) => String.fromCodePoint(text.codePointAt(at) ?? 0);
