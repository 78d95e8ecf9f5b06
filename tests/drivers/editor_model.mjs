/**
 * The editor's model without a page: what the browsers of several people keep and send, driven by
 * lines of JSON. A line asks {do, browser, ...}; the answer is a line too.
 */
import { createInterface } from 'node:readline';

const root = process.argv[2];
const { EditorDocument } = await import(`${root}/record/document.js`);
const { Outbox } = await import(`${root}/record/outbox.js`);
const { flipped } = await import(`${root}/geometry/masks/bitmaps.js`);

class Store {
  map = new Map();
  get length() { return this.map.size; }
  key(k) { return [...this.map.keys()][k] ?? null; }
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}

const settled = () => new Promise((done) => { setTimeout(done, 0); });
let now = 1000;
const clock = { now: () => { now += 1000; return now; }, after: () => 0, cancel() {} };

/** A page in a browser: whoever sits down at it, and one document. */
class Page {
  constructor(store) {
    this.waiting = null;
    this.outbox = new Outbox({
      send: (acts) => new Promise((resolve, reject) => { this.waiting = { acts, resolve, reject }; }),
      changed() {},
      refused() {},
      store,
      clock,
    });
    this.document = new EditorDocument((acts) => this.outbox.add(acts), clock.now);
  }

  get state() {
    const shown = [...this.document.entries.values()];
    return {
      sending: this.waiting?.acts ?? null,
      pending: this.outbox.acts.map(({ id }) => id),
      held: [...this.outbox.held.values()].flatMap(({ acts }) => acts.map(({ id }) => id)),
      refused: this.outbox.refused.map(({ act }) => act.id),
      document: this.document.id,
      entries: Object.fromEntries(shown.map(({ id, decision, label, last_act }) => (
        [id, { decision, label, last_act: last_act ?? null }]))),
      undoable: this.document.history.done.length,
      redoable: this.document.history.undone.length,
    };
  }
}

const stores = new Map();
const pages = new Map();

const commands = {
  /** Somebody sits down: a page of their own, in a browser that keeps what was left in it. */
  sit({ browser, project, rater }) {
    if (!stores.has(browser)) stores.set(browser, new Store());
    pages.get(browser)?.outbox.close();
    const page = new Page(stores.get(browser));
    page.document.rater = rater;
    pages.set(browser, page);
    page.outbox.open(project, rater);
    return page;
  },
  show({ browser, document, reading, regions }) {
    const page = pages.get(browser);
    page.document.readingId = reading;
    const pending = page.outbox.pendingFor(document).filter(({ kind }) => kind === 'region');
    page.document.load(document, regions, pending);
    return page;
  },
  act({ browser, action, region, label, box, blot, stroke }) {
    const page = pages.get(browser);
    if (action === 'add') page.document.add({ region: box, label });
    else if (action === 'undo' || action === 'redo') page.document[action]();
    else if (action === 'relabel') page.document.relabel(label, region);
    else if (action === 'reshape') page.document.reshape(region, box);
    else if (action === 'paint') {
      const before = page.document.entries.get(region).region;
      const after = before.type === 'mask' ? flipped(before, stroke) : blot;
      if (after) page.document.reshape(region, { type: 'mask', ...after });
    }
    else page.document[action](region);
    return page;
  },
  /** The server answers what is being sent, or does not. */
  answer({ browser, verdicts }) {
    const page = pages.get(browser);
    const { resolve, reject } = page.waiting;
    page.waiting = null;
    if (verdicts) resolve(verdicts);
    else reject(Object.assign(new Error('offline'), { trouble: 'offline' }));
    return page;
  },
  retry({ browser }) {
    const page = pages.get(browser);
    page.outbox.retry();
    return page;
  },
  letGo({ browser }) {
    const page = pages.get(browser);
    [...page.outbox.held.values()].forEach((held) => page.outbox.letGo(held));
    page.outbox.discard([...page.outbox.refused]);
    return page;
  },
  forget() {
    stores.clear();
    pages.clear();
    return null;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const page = commands[asked.do](asked);
  await settled();
  process.stdout.write(`${JSON.stringify(page?.state ?? {})}\n`);
}
