import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import * as bitmaps from '../../annotator/ui/region_editor/frontend/geometry/masks/bitmaps.js';
import { filledIn, piecesOf, ringsOf } from '../../annotator/ui/region_editor/frontend/geometry/masks/edges.js';
import { partAround } from '../../annotator/ui/region_editor/frontend/geometry/contours.js';
import { largestIsland, withIslands } from '../../annotator/ui/region_editor/frontend/geometry/masks/islands.js';
import { packed, unpacked } from '../../annotator/ui/region_editor/frontend/geometry/masks/runs.js';
import { shapeOf } from '../../annotator/ui/region_editor/frontend/geometry/shapes/registry.js';
import { signedArea } from '../../annotator/ui/region_editor/frontend/geometry/shapes/shape.js';
import { simplifiedRing } from '../../annotator/ui/region_editor/frontend/geometry/simplifying.js';
import { numbers } from './numbers.mjs';

const EXAMPLES = JSON.parse(readFileSync(new URL('../shapes/examples.json', import.meta.url), 'utf8'));

/** A bitmap as it is drawn: # is in. */
export function drawn(lines, x = 0, y = 0) {
  return {
    x, y, width: lines[0].length, height: lines.length,
    pixels: Uint8Array.from(lines.join(''), (letter) => (letter === '#' ? 1 : 0)),
  };
}

/** Noise, more or less of it. */
function noise(next, width, height, share) {
  return { x: 3, y: 5, width, height, pixels: Uint8Array.from({ length: width * height }, () => (next() < share ? 1 : 0)) };
}

test('run lengths come back from their text, as COCO writes it', () => {
  assert.equal(packed([0, 9]), '09');
  assert.deepEqual(unpacked(packed([6, 1, 40, 4, 5, 4, 5, 4, 21])), [6, 1, 40, 4, 5, 4, 5, 4, 21]);
  const next = numbers(3);
  for (let k = 0; k < 200; k += 1) {
    const runs = Array.from({ length: 1 + Math.floor(next() * 40) }, () => Math.floor(next() ** 8 * 9e6));
    assert.deepEqual(unpacked(packed(runs)), runs);
  }
});

test('a mask is packed in its tight window and comes back', () => {
  const bitmap = drawn(['......', '..##..', '..#.#.', '......'], 10, 20);
  const mask = bitmaps.pack(bitmap);
  assert.deepEqual({ ...mask, counts: unpacked(mask.counts) }, { x: 12, y: 21, width: 3, height: 2, counts: [0, 2, 1, 1, 1, 1] });
  const back = bitmaps.unpack(mask);
  assert.deepEqual([...back.pixels], [1, 1, 0, 1, 0, 1]);
  assert.equal(bitmaps.areaOf(mask), 4);
  assert.equal(bitmaps.pack(drawn(['...', '...'])), null);
});

test('what changed between two masks gives either from the other', () => {
  const next = numbers(11);
  for (let k = 0; k < 60; k += 1) {
    const a = bitmaps.pack(noise(next, 9, 7, 0.5));
    const b = bitmaps.pack({ ...noise(next, 8, 9, 0.4), x: Math.floor(next() * 12), y: 1 });
    const flips = bitmaps.flipped(a, b);
    assert.deepEqual(bitmaps.flipped(a, flips), b);
    assert.deepEqual(bitmaps.flipped(b, flips), a);
    assert.equal(bitmaps.flipped(a, a), null);
  }
});

test('mask to outlines to mask is the identity, whatever the mask', () => {
  const next = numbers(5);
  for (let k = 0; k < 300; k += 1) {
    const bitmap = noise(next, 1 + Math.floor(next() * 12), 1 + Math.floor(next() * 12), next());
    const rings = ringsOf(bitmap);
    assert.deepEqual(filledIn(rings, bitmap).pixels, bitmap.pixels);
    const count = bitmap.pixels.reduce((sum, one) => sum + one, 0);
    assert.equal(rings.reduce((sum, ring) => sum + signedArea(ring), 0), count);
    const pieces = piecesOf(bitmap);
    for (const [outer, ...holes] of pieces) {
      assert.ok(signedArea(outer) > 0 && holes.every((hole) => signedArea(hole) < 0));
    }
    assert.equal(pieces.flat().length, rings.length);
    const together = pieces.map((piece) => filledIn(piece, bitmap).pixels);
    assert.deepEqual(Uint8Array.from(bitmap.pixels, (_, place) => together.reduce((sum, one) => sum + one[place], 0)), bitmap.pixels);
  }
});

test('outlines run along pixel edges, outer ones clockwise, holes the other way', () => {
  assert.deepEqual(ringsOf(drawn(['###', '#.#', '###'], 2, 4)), [
    [[2, 4], [5, 4], [5, 7], [2, 7]], [[3, 5], [3, 6], [4, 6], [4, 5]]]);
  assert.deepEqual(ringsOf(drawn(['#.', '.#'])), [
    [[0, 0], [1, 0], [1, 1], [0, 1]], [[1, 1], [2, 1], [2, 2], [1, 2]]]);
});

test('islands are kept by their size', () => {
  const bitmap = drawn(['##..#', '##...', '....#', '.#..#', '.#.##']);
  assert.deepEqual(largestIsland(bitmap).pixels, drawn(['##...', '##...', '.....', '.....', '.....']).pixels);
  assert.deepEqual(withIslands(bitmap, (size) => size >= 2).pixels, drawn(['##...', '##...', '....#', '.#..#', '.#.##']).pixels);
});

test('an outline is simplified and keeps its area', () => {
  const [width, height] = [120, 100];
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) pixels[y * width + x] = Math.hypot(x - 60, (y - 50) * 1.3) < 45 ? 1 : 0;
  }
  const [ring] = ringsOf({ x: 0, y: 0, width, height, pixels });
  const simple = simplifiedRing(ring, 2);
  assert.ok(simple.length < ring.length / 4, `${simple.length} of ${ring.length}`);
  assert.ok(Math.abs(signedArea(simple) - signedArea(ring)) < 1e-6);
  const square = [[0, 0], [10, 0], [10, 10], [0, 10]];
  assert.deepEqual(simplifiedRing(square, 2), square);
});

test('the table of examples that Python is held against too', () => {
  for (const { name, rows, region, rings, pieces, area_px } of EXAMPLES.masks) {
    const bitmap = drawn(rows);
    const mask = bitmaps.pack(bitmap);
    assert.deepEqual({ type: 'mask', ...mask }, region, name);
    assert.deepEqual(bitmaps.windowOf(bitmaps.unpack(region), bitmap).pixels, bitmap.pixels, name);
    assert.deepEqual(shapeOf(region).rings(region), rings, name);
    assert.deepEqual(piecesOf(bitmaps.unpack(region)), pieces, name);
    assert.equal(shapeOf(region).area(region), area_px, name);
    assert.deepEqual(filledIn(rings, bitmap).pixels, bitmap.pixels, name);
  }
  for (const { name, region, extent, area_px, rows, refused } of EXAMPLES.regions) {
    const shape = shapeOf(region);
    const { x, y, width, height } = shape.bounds(region);
    [x, y, x + width, y + height].forEach((edge, k) => assert.ok(Math.abs(edge - extent[k]) < 1e-9, name));
    assert.ok(Math.abs(shape.area(region) - area_px) < 1e-9, name);
    assert.equal(Boolean(shape.problem(region)), Boolean(refused), name);
    // The pixel of a point is Python's to say.
    if (!rows || region.type === 'point') continue;
    const pixels = bitmaps.windowOf(shape.pixels(region, drawn(rows)), drawn(rows));
    assert.deepEqual(pixels.pixels, drawn(rows).pixels, name);
    // The pointer hits a box on its edge too.
    if (region.type === 'box') continue;
    rows.forEach((row, v) => [...row].forEach((letter, u) => (
      assert.equal(shape.contains(region, [u + 0.5, v + 0.5]), letter === '#', `${name} ${u} ${v}`))));
  }
  for (const { name, before, change, after } of EXAMPLES.changes) {
    const { changes, type, ...flips } = change;
    assert.deepEqual({ type, ...bitmaps.flipped(before, flips) }, after, name);
    assert.deepEqual({ type, ...bitmaps.flipped(after, flips) }, before, name);
    const sent = bitmaps.flipped(before, after);
    assert.deepEqual({ type, ...sent, changes }, change, name);
  }
});

test('parts of the table have their pixels, and outlines that enclose as much', () => {
  let compared = 0;
  for (const { name, values, level, parts } of EXAMPLES.parts) {
    const grid = {
      values: Uint8Array.from(values.join(''), Number), width: values[0].length, height: values.length,
    };
    const peak = Math.max(...grid.values);
    for (const { region, area_px: area, rings } of parts) {
      const part = partAround(grid, level * peak, region, grid);
      if (name === 'noise' && shapeOf({ type: 'mask' }).ofPart(part.rings).counts !== region.counts) {
        continue; // the strongest point in its bounds is another part's
      }
      compared += 1;
      const mask = shapeOf({ type: 'mask' }).ofPart(part.rings, part.cell);
      assert.deepEqual(mask, region, name);
      const polygon = shapeOf({ type: 'polygon' }).ofPart(part.rings, part.cell);
      assert.ok(Math.abs(shapeOf(polygon).area(polygon) - area) < 1e-6 * area, name);
      assert.equal(shapeOf(polygon).rings(polygon).length, rings.length, `holes of ${name}`);
      assert.equal(shapeOf(polygon).problem(polygon), null, name);
    }
  }
  assert.ok(compared > 20);
});
