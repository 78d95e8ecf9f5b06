/**
 * The editor's model without a page: documents and outboxes of several browsers, driven by lines
 * of JSON. Each line is {browser, do, ...}; each answer is a line of JSON.
 */
import { createInterface } from 'node:readline';

const root = process.argv[2];
const { EditorDocument } = await import(`${root}/record/document.js`);
const { LabelSheet } = await import(`${root}/record/label_sheet.js`);
const { Outbox } = await import(`${root}/record/outbox.js`);

class Store {
  map = new Map();
  get length() { return this.map.size; }
  key(k) { return [...this.map.keys()][k] ?? null; }
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}
