import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { MaskActions } from '../../annotator/ui/region_editor/frontend/actions/mask_actions.js';
import { RegionActions } from '../../annotator/ui/region_editor/frontend/actions/region_actions.js';
import * as bitmaps from '../../annotator/ui/region_editor/frontend/geometry/masks/bitmaps.js';
import { stroke } from '../../annotator/ui/region_editor/frontend/geometry/masks/brush.js';
import * as morphology from '../../annotator/ui/region_editor/frontend/geometry/masks/morphology.js';
import { shapeOf } from '../../annotator/ui/region_editor/frontend/geometry/shapes/registry.js';
import { EditorDocument } from '../../annotator/ui/region_editor/frontend/record/document.js';
import { MaskChanges, onTheWire } from '../../annotator/ui/region_editor/frontend/record/mask_changes.js';
import { Outbox } from '../../annotator/ui/region_editor/frontend/record/outbox.js';
import { covered, shade } from '../../annotator/ui/region_editor/frontend/viewer/mask_shades.js';
import { PixelScale } from '../../annotator/ui/region_editor/frontend/viewer/pixel_scale.js';
import { valuesOf } from '../../annotator/ui/region_editor/frontend/viewer/region_values.js';
import { numbers } from './numbers.mjs';

const STATISTICS = JSON.parse(readFileSync(new URL('../shapes/statistics.json', import.meta.url), 'utf8'));
const IMAGE = { width: 40, height: 30 };

/** A bitmap as it is drawn: # is in. */
function drawn(lines, x = 0, y = 0) {
  return {
    x, y, width: lines[0].length, height: lines.length,
    pixels: Uint8Array.from(lines.join(''), (letter) => (letter === '#' ? 1 : 0)),
  };
}

/** Its rows on the whole image. */
function rows(bitmap, image = IMAGE) {
  const { pixels } = bitmaps.windowOf(bitmap, { x: 0, y: 0, ...image });
  return Array.from({ length: image.height }, (_, row) => (
    [...pixels.subarray(row * image.width, (row + 1) * image.width)].map((one) => (one ? '#' : '.')).join('')));
}

/** An editor with everything that painting asks of it. */
function editor({ overlap, regions = [] } = {}) {
  const told = [];
  const document = new EditorDocument((acts) => told.push(...acts), () => 0);
  document.load('image', regions, []);
  const nothing = () => {};
  const one = {
    told, document, editable: true, toolName: 'brush', notes: [],
    data: { labels: [{ code: 'A' }, { code: 'B' }], masks_may_overlap: overlap },
    labels: { current: 'A', followRegions: nothing },
    sheet: { restore: nothing },
    preferences: { get: (_, otherwise) => otherwise, set: nothing },
    pending: { tell: (text) => one.notes.push(text) },
    announce: (text) => one.notes.push(text),
    refresh: nothing, setTool: nothing,
    viewer: {
      view: { image: IMAGE }, schedule: nothing, masks: { touch: nothing }, previewed: new Map(),
      raster: { samples: Uint16Array.from({ length: 1200 }, (_, k) => k % 40), width: 40, channels: 1, isColour: false, window: [3.2, 9.6] },
    },
  };
  one.regions = new RegionActions(one);
  one.masks = new MaskActions(one);
  return one;
}

/** A stroke along points. */
function paint({ masks }, points, erases = false) {
  const begun = masks.begin(erases);
  if (!begun) return;
  points.forEach((at, k) => masks.brush(begun, points[Math.max(0, k - 1)], at));
  masks.finish(begun);
}

const shownRows = ({ document }) => document.shown.map(({ region }) => rows(bitmaps.unpack(region)));

test('a brush paints the pixels whose centre it passes, and never none', () => {
  const next = numbers(9);
  for (let k = 0; k < 60; k += 1) {
    const radius = next() * 6;
    const [a, b] = [[next() * 50 - 5, next() * 40 - 5], [next() * 50 - 5, next() * 40 - 5]];
    const bitmap = bitmaps.blank({ x: 0, y: 0, ...IMAGE });
    const touched = stroke(bitmap, a, b, radius, 1);
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    for (let y = 0; y < 30; y += 1) {
      for (let x = 0; x < 40; x += 1) {
        const t = Math.min(1, Math.max(0, ((x + 0.5 - a[0]) * dx + (y + 0.5 - a[1]) * dy) / (dx * dx + dy * dy)));
        const off = Math.hypot(a[0] + t * dx - x - 0.5, a[1] + t * dy - y - 0.5);
        const isEnd = Math.floor(b[0]) === x && Math.floor(b[1]) === y;
        if (Math.abs(off - radius) < 1e-9) continue;
        assert.equal(bitmap.pixels[y * 40 + x], off < radius || isEnd ? 1 : 0, `${x} ${y} of ${a} ${b} ${radius}`);
      }
    }
    const tight = bitmaps.tightBounds(bitmap);
    if (tight) assert.deepEqual(bitmaps.shared(tight, touched), tight);
  }
  const dot = bitmaps.blank({ x: 0, y: 0, ...IMAGE });
  stroke(dot, [5.01, 5.01], [5.01, 5.01], 0.5, 1);
  assert.equal(dot.pixels[5 * 40 + 5], 1);
});

test('grown, shrunk, smoothed and filled', () => {
  const bitmap = drawn(['###', '###', '###'], 10, 10);
  assert.equal(bitmaps.areaOf(bitmaps.pack(morphology.grown(bitmap, 1, IMAGE))), 9 + 12);
  assert.deepEqual(rows(morphology.shrunk(bitmap, 1, IMAGE)).join('').match(/#/g).length, 1);
  const corner = drawn(['####', '####', '####'], 0, 0);
  assert.equal(rows(morphology.shrunk(corner, 1, IMAGE)).join('').match(/#/g).length, 6, 'the edge of the image is no edge of the mask');
  assert.equal(bitmaps.pack(morphology.shrunk(drawn(['##', '##'], 4, 4), 1, IMAGE)), null);
  const ragged = drawn(['.....#.....', '###########', '###########', '#####.#####', '###########'], 5, 5);
  const smooth = rows(morphology.smoothed(ragged, 1, IMAGE));
  assert.ok(smooth[5].indexOf('#') < 0 && smooth[8].includes('#########'), smooth.join('\n'));
  const holes = drawn(['#####', '#...#', '#.#.#', '#...#', '####.'], 2, 2);
  assert.deepEqual(morphology.withoutHoles(holes).pixels, drawn(['#####', '#...#', '#.#.#', '#...#', '####.']).pixels, 'it is open at a corner');
  const closed = drawn(['#####', '#...#', '#.#.#', '#...#', '#####'], 2, 2);
  assert.ok(morphology.withoutHoles(closed).pixels.every((one) => one === 1));
});

test('a mask per label: strokes go on with it, another label begins another', () => {
  const one = editor();
  paint(one, [[5, 5], [15, 5]]);
  paint(one, [[5, 20], [15, 20]]);
  one.labels.current = 'B';
  paint(one, [[30, 5], [30, 20]]);
  assert.deepEqual(one.document.shown.map(({ label }) => label), ['A', 'B']);
  assert.deepEqual(one.told.map(({ action }) => action), ['add', 'reshape', 'add']);
  assert.deepEqual(one.document.selectedIds, [], 'a number key chooses the next label, and changes none');
});

test('undo and redo go stroke by stroke, to the pixel', () => {
  const one = editor();
  const states = [shownRows(one)];
  const next = numbers(4);
  for (let k = 0; k < 12; k += 1) {
    one.masks.options.size = 1 + next() * 9;
    paint(one, [[next() * 40, next() * 30], [next() * 40, next() * 30]], k % 3 === 2);
    states.push(shownRows(one));
  }
  for (let k = 11; k >= 0; k -= 1) {
    one.regions.undo();
    assert.deepEqual(shownRows(one), states[k]);
  }
  for (let k = 1; k <= 12; k += 1) {
    one.regions.redo();
    assert.deepEqual(shownRows(one), states[k]);
  }
});

test('erasing the last pixel deletes the region, and erasing from nothing is told', () => {
  const one = editor();
  paint(one, [[5, 5], [8, 5]], true);
  assert.match(one.notes[0], /no mask of A to erase from/);
  paint(one, [[5, 5], [8, 5]]);
  one.masks.options.size = 30;
  paint(one, [[5, 5], [8, 5]], true);
  assert.equal(one.document.shown.length, 0);
  assert.deepEqual([one.told.at(-1).action, one.told.at(-1).decision], ['delete', 'withdrawn']);
  one.regions.undo();
  assert.equal(one.document.shown.length, 1);
});

test('a stroke that is called off leaves nothing, one past the edge is clipped', () => {
  const one = editor();
  const begun = one.masks.begin(false);
  one.masks.brush(begun, [5, 5], [20, 20]);
  one.masks.abandon();
  assert.deepEqual([one.told.length, one.masks.stroke], [0, null]);
  paint(one, [[35, 15], [400, 15]]);
  const [{ region }] = one.document.shown;
  assert.equal(region.x + region.width, IMAGE.width);
  paint(one, [[-50, -50], [-40, -60]]);
  assert.equal(one.told.length, 1, 'a stroke beside the image states nothing');
});

test('within limits only values between them are painted', () => {
  const one = editor();
  one.masks.limitToWindow();
  assert.deepEqual([one.masks.limits, one.masks.options.limited], [[3, 10], true]);
  paint(one, [[0, 15], [39, 15]]);
  const [{ region }] = one.document.shown;
  assert.deepEqual([region.x, region.width], [3, 8]);
});

test('where masks may not overlap, paint takes pixels from the others in the same step', () => {
  for (const [overlap, expected] of [[true, 0], [undefined, 0], [false, 1]]) {
    const one = editor({ overlap });
    paint(one, [[5, 10], [30, 10]]);
    one.labels.current = 'B';
    paint(one, [[20, 5], [20, 20]]);
    const [a, b] = one.document.shown.map(({ region }) => bitmaps.unpack(region));
    const common = bitmaps.windowOf(a, { x: 0, y: 0, ...IMAGE });
    assert.equal(bitmaps.takeOut(common, b) ? 0 : 1, expected);
    one.regions.undo();
    assert.equal(one.document.shown.length, 1);
  }
});

test('fill closes what is enclosed, and says where nothing is', () => {
  const one = editor();
  one.masks.options.size = 3;
  paint(one, [[5, 5], [20, 5], [20, 20], [5, 20], [5, 5]]);
  one.masks.fillAt([12, 12], false);
  assert.equal(shownRows(one)[0][12].slice(5, 20), '#'.repeat(15));
  one.masks.fillAt([30, 12], false);
  assert.match(one.notes.at(-1), /Nothing encloses this place/);
  one.masks.fillAt([12, 12], false);
  assert.match(one.notes.at(-1), /in the mask already/);
  paint(one, [[30, 25], [35, 25]]);
  one.masks.fillAt([32, 25], true);
  assert.ok(!shownRows(one)[0][25].includes('#'));
});

test('scissors cut inside or outside a line, or fill it', () => {
  const one = editor();
  one.masks.options.size = 10;
  paint(one, [[10, 10], [30, 10]]);
  const line = [[15, 0], [25, 0], [25, 30], [15, 30]];
  one.masks.cut(line);
  assert.equal(shownRows(one)[0][10].slice(14, 26), '#..........#');
  one.regions.undo();
  one.masks.options.cuts = 'outside';
  one.masks.cut(line);
  assert.equal(shownRows(one)[0][10].slice(14, 26), '.##########.');
  one.masks.options.cuts = 'fill';
  one.masks.cut([[0, 20], [5, 20], [5, 25], [0, 25]]);
  assert.equal(shownRows(one)[0][22].slice(0, 6), '#####.');
});

test('outlines become masks and masks polygons, exactly and in one step', () => {
  const one = editor();
  one.document.add({ region: { type: 'box', x: 4, y: 4, width: 6, height: 5 }, label: 'A' });
  one.masks.toMasks();
  const [{ region, id }] = one.document.shown;
  assert.deepEqual(bitmaps.areaOf(region), 30);
  one.masks.options.size = 2;
  one.masks.fillAt([6, 6], true);
  assert.equal(one.document.shown.length, 0);
  one.regions.undo();
  one.document.select();
  paint(one, [[20, 20], [20, 20]]);
  paint(one, [[6, 6], [6, 6]], true);
  const before = shownRows(one);
  one.masks.toPolygons();
  const made = one.document.shown;
  assert.deepEqual(made.map(({ region: { type } }) => type), ['polygon', 'polygon']);
  assert.equal(made[0].id, id);
  assert.equal(made[0].region.holes.length, 1);
  one.masks.toMasks();
  one.document.select(id);
  const joined = shownRows(one).map((lines) => lines.join('\n'));
  const union = [...joined[0]].map((one_, k) => (one_ === '#' || joined[1][k] === '#' ? '#' : one_)).join('');
  assert.equal(union, before[0].join('\n'));
});

test('mean and deviation are those of the pixels inside', () => {
  const samples = Uint16Array.from({ length: 1200 }, (_, k) => (k % 40) * 10);
  const raster = { samples, width: 40, height: 30, channels: 1, isColour: false };
  const near = (spread, mean, deviation) => {
    assert.ok(Math.abs(spread.mean - mean) < 1e-9 && Math.abs(spread.deviation - deviation) < 1e-9, JSON.stringify(spread));
  };
  near(valuesOf({ type: 'box', x: 2, y: 3, width: 2, height: 5 }, raster), 25, 5);
  near(valuesOf({ type: 'mask', ...bitmaps.pack(drawn(['#.#', '...', '#..'], 10, 20)) }, raster), 320 / 3, Math.sqrt(2 * 400 / 9));
  const stored = { samples: Uint16Array.from(STATISTICS.stored.flat()), width: 14, height: 10, channels: 1, isColour: false };
  const scale = new PixelScale({ display: STATISTICS });
  for (const { name, region, pixels, ...expected } of STATISTICS.regions) {
    const spread = valuesOf(region, stored);
    assert.equal(bitmaps.areaOf(bitmaps.pack(shapeOf(region).pixels(region, stored)) ?? { counts: '' }), pixels, name);
    assert.equal(spread === null, expected.mean === null, name);
    if (!spread) continue;
    const said = scale.spreadOf(spread);
    for (const key of ['mean', 'deviation', 'minimum', 'maximum']) assert.ok(Math.abs(said[key] - expected[key]) < 1e-6, `${name} ${key}`);
  }
  assert.equal(valuesOf({ type: 'point', x: 3, y: 3 }, raster), null);
  assert.equal(valuesOf({ type: 'box', x: 2, y: 3, width: 2, height: 5 }, { ...raster, isColour: true }), null);
});

test('masks are seen at any scale, the smallest too', () => {
  const frame = { x: 0, y: 0, width: 60, height: 40 };
  const dot = drawn(['#'], 20, 12);
  for (const scale of [0.05, 0.3, 1, 2.5, 7]) {
    const placing = { across: scale, down: scale * 1.5, left: -20.3 * scale + 25, top: -18.4 * scale + 15 };
    const cover = covered(dot, frame, placing);
    assert.ok(cover.includes(1), String(scale));
    const size = cover.reduce((sum, value) => sum + value, 0);
    assert.ok(size <= Math.ceil(scale + 1) * Math.ceil(1.5 * scale + 1), String(scale));
  }
  const target = new Uint32Array(60 * 40);
  const look = { fill: 0x40ffffff, line: 0xff0000ff, thick: 2, dashed: false };
  shade(target, frame, { across: 2, down: 2, left: 0, top: 0 }, drawn(Array(10).fill('#'.repeat(10)), 5, 5), look);
  assert.deepEqual([target[10 * 60 + 10], target[20 * 60 + 20], target[9 * 60 + 10]], [look.line, look.fill, 0]);
  const part = new Uint32Array(20 * 20);
  shade(part, { x: 8, y: 8, width: 20, height: 20 }, { across: 2, down: 2, left: 0, top: 0 }, drawn(Array(10).fill('#'.repeat(10)), 5, 5), look);
  assert.deepEqual([...part], Array.from({ length: 400 }, (_, k) => target[(8 + Math.floor(k / 20)) * 60 + 8 + (k % 20)]), 'a part is as the whole');
});

const mask = (lines, x = 0, y = 0) => ({ type: 'mask', ...bitmaps.pack(drawn(lines, x, y)) });
const BIG = mask(Array.from({ length: 20 }, (_, k) => '#'.repeat(5 + (k % 7)).padEnd(30, k % 2 ? '.' : '#')));

/** A server that reads changes as the record does: what each act says of its region. */
function read(acts) {
  const said = new Map();
  for (const act of acts) {
    const { changes, ...flips } = act.region;
    said.set(act.id, changes ? { type: 'mask', ...bitmaps.flipped(said.get(changes), flips) } : act.region);
  }
  return acts.map(({ id }) => said.get(id));
}

test('a stroke sends what changed, and every so often the whole mask', () => {
  const told = [];
  const document = new EditorDocument((acts) => told.push(...acts), () => 0);
  document.load('image', [], []);
  const [id] = document.add({ region: BIG, label: 'A' });
  const states = [BIG];
  for (let k = 0; k < 140; k += 1) {
    const pixels = bitmaps.windowOf(bitmaps.unpack(states.at(-1)), { x: 0, y: 0, ...IMAGE });
    pixels.pixels[(k * 37) % 1200] ^= 1;
    states.push({ type: 'mask', ...bitmaps.pack(pixels) });
    document.repaint(new Map([[id, states.at(-1)]]));
  }
  const sent = told.map(onTheWire);
  assert.deepEqual(read(sent), states);
  const whole = sent.flatMap(({ region }, k) => (region.changes ? [] : [k]));
  assert.deepEqual(whole, [0, 64, 128]);
  assert.ok(sent.every((act) => !('changes' in act) || act.changes === undefined));
  for (const act of sent.filter(({ region }) => region.changes)) assert.equal(act.region.changes, act.supersedes);
  assert.ok(JSON.stringify(sent[5]).length < JSON.stringify(told[5]).length - 30);
});

test('what is not known to follow a whole mask is sent whole, and so is what did not change', () => {
  const entry = { id: 'r', region: BIG, last_act: 'a' };
  const changes = new MaskChanges();
  const other = mask(['####'], 3, 3);
  assert.equal(changes.since('r', other, entry), undefined, 'nobody knows how far back a whole one lies');
  assert.equal(changes.since('r', BIG, { ...entry, region: BIG }), undefined, 'no pixel changed');
  const dotted = { type: 'mask', ...bitmaps.flipped(BIG, mask(['#'], 2, 2)) };
  assert.equal(changes.since('r', dotted, { ...entry, last_act: null }), undefined, 'there is no act to change');
  assert.deepEqual(changes.since('r', dotted, entry), { ...mask(['#'], 2, 2), changes: 'a' });
  assert.equal(changes.since('r', { type: 'box', x: 0, y: 0, width: 1, height: 1 }, entry), undefined);
  changes.forget();
  assert.equal(changes.since('r', dotted, entry), undefined);
});

/** The browser's storage. */
class Store {
  map = new Map();
  get length() { return this.map.size; }
  key(k) { return [...this.map.keys()][k] ?? null; }
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}

test('a browser that dies with strokes unsent shows them again, whatever the server had', () => {
  const store = new Store();
  const parts = { changed() {}, refused() {}, store, clock: { now: () => 0, after: () => 0, cancel() {} } };
  const first = new Outbox({ ...parts, send: () => new Promise(() => {}) });
  first.open('p', 'r');
  const document = new EditorDocument((acts) => first.add(acts), () => 0);
  document.load('image', [], []);
  const [id] = document.add({ region: BIG, label: 'A' });
  for (const [x, y] of [[1, 1], [7, 2], [3, 9], [2, 4]]) {
    const dot = { ...bitmaps.blank({ x: 0, y: 0, ...IMAGE }) };
    dot.pixels[y * 40 + x] = 1;
    const now = document.entries.get(id).region;
    document.repaint(new Map([[id, { type: 'mask', ...bitmaps.flipped(now, bitmaps.pack(dot)) }]]));
  }
  const last = document.entries.get(id).region;
  const sent = [];
  const second = new Outbox({ ...parts, send: (acts) => { sent.push(...acts); return new Promise(() => {}); } });
  second.open('p', 'r');
  const pending = second.pendingFor('image');
  assert.equal(pending.length, 5);
  assert.deepEqual(sent.map(({ region }) => Boolean(region.changes)), [false, true, true, true, true]);
  assert.deepEqual(read(sent).at(-1), last, 'what is sent after the reload is what was sent before');
  const kept = [...store.map.values()].map((text) => JSON.parse(text).act);
  assert.equal(kept.filter(({ changes }) => changes).length, 1, 'only the latest is kept as a whole mask too');
  const server = read(sent);
  for (let had = 0; had < 5; had += 1) {
    const reloaded = new EditorDocument(() => {}, () => 0);
    const entry = { ...document.entries.get(id), region: server[had], last_act: sent[had].id };
    reloaded.load('image', [entry], pending.slice(0));
    assert.deepEqual(reloaded.entries.get(id).region, last, `the server had ${had + 1}`);
  }
  const alone = new EditorDocument(() => {}, () => 0);
  const { changes, ...act } = pending[4];
  alone.load('image', [{ ...document.entries.get(id), region: server[3], last_act: changes.changes }], [{ ...act, region: changes }]);
  assert.deepEqual(alone.entries.get(id).region, last, 'a change alone is applied to what it changes');
});
