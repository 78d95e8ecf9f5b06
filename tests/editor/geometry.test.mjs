import assert from 'node:assert/strict';
import test from 'node:test';
import { crosses, withoutLoops } from '../../annotator/ui/region_editor/frontend/geometry/crossings.js';
import * as hits from '../../annotator/ui/region_editor/frontend/geometry/hits.js';
import * as points from '../../annotator/ui/region_editor/frontend/geometry/points.js';
import * as regions from '../../annotator/ui/region_editor/frontend/geometry/regions.js';
import { shapeOf } from '../../annotator/ui/region_editor/frontend/geometry/shapes/registry.js';
import { signedArea } from '../../annotator/ui/region_editor/frontend/geometry/shapes/shape.js';
import { View } from '../../annotator/ui/region_editor/frontend/viewer/view.js';
import { numbers } from './numbers.mjs';

const geometry = { ...hits, ...points, ...regions };
const IMAGE = { width: 640, height: 480 };
const box = { type: 'box', x: 10, y: 20, width: 30, height: 40 };
const triangle = { type: 'polygon', points: [[0, 0], [10.125, 0], [10.125, 8]] };

test('a move by whole pixels is exact, whatever the coordinates were', () => {
  const odd = { ...box, x: 123.456789, y: 77.000123 };
  const moved = geometry.translated(odd, 40, -25, IMAGE);
  assert.equal(moved.x, 123.456789 + 40);
  assert.equal(moved.y, 77.000123 - 25);
  assert.deepEqual([moved.width, moved.height], [30, 40]);
});

test('a move keeps the size and stops at every edge', () => {
  const next = numbers(1);
  for (let k = 0; k < 300; k += 1) {
    const region = { ...box, x: next() * 600, y: next() * 400 };
    const { x, y, width, height } = geometry.translated(
      region, (next() - 0.5) * 2000, (next() - 0.5) * 2000, IMAGE);
    assert.deepEqual([width, height], [30, 40]);
    assert.ok(x >= -1e-9 && y >= -1e-9 && x + width <= 640 + 1e-9 && y + height <= 480 + 1e-9);
  }
});

test('a region that reaches over the edge may be moved inwards and is not pulled', () => {
  const over = { ...box, x: -15 };
  assert.equal(geometry.translated(over, 5, 0, IMAGE).x, -10);
  assert.equal(geometry.translated(over, -5, 0, IMAGE).x, -15);
});

test('a grip never turns a box inside out nor leaves the image', () => {
  const next = numbers(2);
  for (const { id } of geometry.handles(box)) {
    for (let k = 0; k < 60; k += 1) {
      const to = [(next() - 0.2) * 900, (next() - 0.2) * 700];
      const { x, y, width, height } = geometry.withHandleAt(box, id, to, IMAGE);
      assert.ok(width >= 1 && height >= 1, id);
      assert.ok(x >= 0 && y >= 0 && x + width <= 640 && y + height <= 480, id);
    }
  }
});

test('a grip moves its own side only', () => {
  const moved = geometry.withHandleAt(box, 'e', [77, 300], IMAGE);
  assert.deepEqual(moved, { ...box, width: 67 });
});

test('corners of a polygon are inserted, moved and taken away', () => {
  const inserted = geometry.withHandleAt(triangle, 'm0', [5, 3], IMAGE);
  assert.deepEqual(inserted.points, [[0, 0], [5, 3], [10.125, 0], [10.125, 8]]);
  const moved = geometry.withHandleAt(inserted, 'v1', [6, -9], IMAGE);
  assert.deepEqual(moved.points[1], [6, 0]);
  assert.deepEqual(geometry.withoutHandle(moved, 'v1'), triangle);
  assert.equal(geometry.withoutHandle(triangle, 'v0'), triangle);
  assert.deepEqual(triangle.points[0], [0, 0], 'the original is untouched');
});

test('areas', () => {
  assert.equal(geometry.area(box), 1200);
  assert.equal(geometry.area(triangle), (10.125 * 8) / 2);
  const round = { type: 'ellipse', x: 0, y: 0, width: 4, height: 2 };
  assert.ok(Math.abs(geometry.area(round) - 2 * Math.PI) < 1e-12);
});

test('inside and outside', () => {
  assert.ok(geometry.contains(box, [10, 20]));
  assert.ok(!geometry.contains(box, [9.99, 20]));
  const round = { ...box, type: 'ellipse' };
  assert.ok(geometry.contains(round, [25, 40]));
  assert.ok(!geometry.contains(round, [11, 21]));
  assert.ok(geometry.contains(triangle, [8, 2]));
  assert.ok(!geometry.contains(triangle, [2, 6]));
});

test('of nested regions the smaller is hit, of far ones none', () => {
  const outer = { id: 'outer', region: { type: 'box', x: 0, y: 0, width: 200, height: 200 } };
  const inner = { id: 'inner', region: box };
  assert.equal(geometry.regionAt([inner, outer], [20, 30], 2).id, 'inner');
  assert.equal(geometry.regionAt([inner, outer], [150, 150], 2).id, 'outer');
  assert.equal(geometry.regionAt([inner, outer], [201.5, 100], 2).id, 'outer');
  assert.equal(geometry.regionAt([inner, outer], [300, 300], 2), null);
});

test('a box is spanned from any corner and clipped', () => {
  const spanned = geometry.spanned('box', [50, 60], [-20, 500], IMAGE);
  assert.deepEqual(spanned, { type: 'box', x: 0, y: 60, width: 50, height: 420 });
  assert.ok(!geometry.isDrawn(geometry.spanned('box', [5, 5], [5.4, 90], IMAGE)));
});

test('a freehand line keeps its corners and nothing on a straight line', () => {
  const line = [[0, 0], [1, 0.01], [2, 0], [3, 0.02], [4, 0], [4, 4]];
  assert.deepEqual(geometry.simplified(line, 0.1), [[0, 0], [4, 0], [4, 4]]);
});

test('screen and image are inverse at any zoom', () => {
  const view = new View();
  view.resize({ width: 900, height: 700 });
  view.showImage(IMAGE);
  for (const scale of [0.037, 0.5, 1, 3, 17.3]) {
    view.zoomTo(scale, [200, 300]);
    const [x, y] = view.toImage(view.toScreen([123.4, 56.7]));
    assert.ok(Math.abs(x - 123.4) < 1e-9 && Math.abs(y - 56.7) < 1e-9);
  }
});

test('zooming keeps the point under the pointer', () => {
  const view = new View();
  view.resize({ width: 900, height: 700 });
  view.showImage(IMAGE);
  const before = view.toImage([400, 300]);
  view.zoomTo(4, [400, 300]);
  assert.ok(geometry.distance(before, view.toImage([400, 300])) < 1e-9);
});

test('zoom keys stop at whole numbers', () => {
  const view = new View();
  view.resize({ width: 900, height: 700 });
  view.showImage(IMAGE);
  const stops = Array.from({ length: 8 }, () => {
    view.zoomStep(1);
    return view.scale;
  });
  for (const scale of [2, 3, 4, 8]) assert.ok(stops.includes(scale), String(stops));
});

test('a hole has corners of its own, and goes with its last triangle', () => {
  const frame = {
    type: 'polygon',
    points: [[0, 0], [20, 0], [20, 20], [0, 20]],
    holes: [[[5, 5], [5, 10], [10, 5]], [[12, 12], [12, 16], [16, 16], [16, 12]]],
  };
  assert.equal(geometry.area(frame), 400 - 12.5 - 16);
  assert.deepEqual(geometry.bounds(frame), { x: 0, y: 0, width: 20, height: 20 });
  assert.ok(geometry.contains(frame, [2, 2]) && !geometry.contains(frame, [14, 14]));
  const ids = geometry.handles(frame).map(({ id }) => id);
  assert.deepEqual(ids.filter((id) => id.startsWith('v')), Array.from({ length: 11 }, (_, k) => `v${k}`));
  const moved = geometry.withHandleAt(frame, 'v5', [6, 11], IMAGE);
  assert.deepEqual(moved.holes[0], [[5, 5], [6, 11], [10, 5]]);
  assert.deepEqual(moved.points, frame.points);
  const inserted = geometry.withHandleAt(frame, 'm10', [14, 11], IMAGE);
  assert.deepEqual(inserted.holes[1].at(-1), [14, 11]);
  assert.deepEqual(geometry.withoutHandle(frame, 'v4').holes, [frame.holes[1]]);
  assert.equal(geometry.withoutHandle(frame, 'v8').holes[1].length, 3);
  assert.ok(!geometry.sameRegion(frame, moved) && geometry.sameRegion(frame, structuredClone(frame)));
  assert.deepEqual(geometry.translated(frame, 3, 4, IMAGE).holes[0][0], [8, 9]);
});

test('an outline that crosses itself is known, one that touches itself is not blamed', () => {
  const bow = [[0, 0], [10, 10], [10, 0], [0, 10]];
  assert.ok(crosses([bow]));
  assert.ok(!crosses([[[0, 0], [10, 0], [10, 10], [0, 10]]]));
  const touching = [[0, 0], [2, 0], [2, 2], [4, 2], [4, 4], [2, 4], [2, 2], [0, 2]];
  assert.ok(!crosses([touching]), 'two squares that meet at a corner');
  const through = [[0, 0], [10, 0], [10, 5], [5, 0], [5, -5], [0, 5]];
  assert.ok(crosses([through]), 'a corner on an edge, and out on the other side');
  const outer = [[0, 0], [10, 0], [10, 10], [0, 10]];
  assert.ok(crosses([outer, [[5, 5], [5, 15], [8, 8]]]), 'a hole that reaches out');
  assert.ok(shapeOf({ type: 'polygon', points: bow }).problem({ type: 'polygon', points: bow }));
});

test('a freehand line loses its loops and keeps the larger part', () => {
  const loop = [[0, 0], [20, 0], [20, 20], [9, 20], [9, 22], [12, 22], [12, 19], [0, 19]];
  const mended = withoutLoops(loop);
  assert.ok(!crosses([mended]));
  assert.ok(Math.abs(Math.abs(signedArea(mended)) - 388) < 1e-9, String(signedArea(mended)));
  const next = numbers(7);
  for (let k = 0; k < 50; k += 1) {
    const scribble = Array.from({ length: 12 }, () => [next() * 100, next() * 100]);
    assert.ok(!crosses([withoutLoops(scribble)]));
  }
  const plain = [[0, 0], [4, 0], [4, 4]];
  assert.equal(withoutLoops(plain), plain);
});

test('a rotated box is pulled by corners and sides with the opposite one at rest, and turned', () => {
  const turned = { type: 'rotated-box', cx: 200, cy: 200, width: 100, height: 40, angle: 30 };
  const at = Object.fromEntries(geometry.handles(turned).map(({ id, at: place }) => [id, place]));
  const near = ([x, y], [u, v]) => assert.ok(Math.hypot(x - u, y - v) < 0.02, `${[x, y]} ${[u, v]}`);
  for (const [grip, opposite] of [['c0', 'c2'], ['c1', 'c3'], ['s1', 's3'], ['s2', 's0']]) {
    const to = at[grip].map((value, k) => value + 0.3 * (value - at[opposite][k]));
    const pulled = geometry.withHandleAt(turned, grip, to, IMAGE);
    const now = Object.fromEntries(geometry.handles(pulled).map(({ id, at: place }) => [id, place]));
    near(now[opposite], at[opposite]);
    near(now[grip], to);
    assert.equal(pulled.angle, 30);
  }
  const inwards = geometry.withHandleAt(turned, 's1', [0, 0], IMAGE);
  assert.equal(inwards.width, 1, 'sides never cross');
  const up = geometry.withHandleAt(turned, 'turn', [200, 10], IMAGE);
  assert.deepEqual(up, { ...turned, angle: 0 });
  assert.equal(geometry.withHandleAt(turned, 'turn', [200, 390], IMAGE).angle, -180);
  near(at.turn, [200 + 34 * Math.sin(Math.PI / 6), 200 - 34 * Math.cos(Math.PI / 6)]);
  const corner = geometry.withHandleAt({ ...turned, cx: 40, cy: 30 }, 'turn', [40, 470], IMAGE);
  const { x, y } = geometry.bounds(corner);
  assert.ok(x >= -1e-9 && y >= -1e-9);
  assert.ok(geometry.contains(turned, [200, 200]) && !geometry.contains(turned, [245, 180]));
});
