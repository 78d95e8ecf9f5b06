import assert from 'node:assert/strict';
import test from 'node:test';
import { isoLines, partAround } from '../../annotator/ui/region_editor/frontend/geometry/contours.js';
import { encloses, regionAt, uppermostFirst } from '../../annotator/ui/region_editor/frontend/geometry/hits.js';
import { area, bounds, handles, translatedTogether } from '../../annotator/ui/region_editor/frontend/geometry/regions.js';
import { shapeOf } from '../../annotator/ui/region_editor/frontend/geometry/shapes/registry.js';
import { signedArea } from '../../annotator/ui/region_editor/frontend/geometry/shapes/shape.js';
import { percent, zoomText } from '../../annotator/ui/region_editor/frontend/panels/wording.js';
import { halved } from '../../annotator/ui/region_editor/frontend/viewer/pixel_levels.js';
import { PixelScale, said } from '../../annotator/ui/region_editor/frontend/viewer/pixel_scale.js';
import { View } from '../../annotator/ui/region_editor/frontend/viewer/view.js';

const CT = {
  window: [1, 2], presets: [], display: {
    unit: 'HU', slope: 2, intercept: -1024, spacing_mm: [1.5, 0.5], aspect: 3,
    windows: [{ name: 'Header', center: 40, width: 400 }],
  },
};

test('a window by centre and width comes back, in the unit', () => {
  const scale = new PixelScale(CT);
  assert.deepEqual(scale.ends(40, 400), [432, 632]);
  assert.deepEqual(scale.centred(432, 632), { center: 40, width: 400 });
  assert.deepEqual(scale.firstWindow, [432, 632]);
  assert.deepEqual(scale.windows.map(({ name }) => name).slice(0, 3), ['Header', 'Soft tissue', 'Lung']);
  assert.equal(scale.valueText(512), '0 HU');
  assert.equal(scale.valueText(12), '−1000 HU');
  const falling = new PixelScale({ ...CT, display: { ...CT.display, slope: -2 } });
  const [low, high] = falling.ends(40, 400);
  assert.ok(low < high);
  assert.deepEqual(falling.centred(low, high), { center: 40, width: 400 });
  const plain = new PixelScale({ window: [800, 3200], presets: [{ name: 'Soft', low: 1, high: 2 }] });
  assert.deepEqual([plain.firstWindow, plain.windows.length, plain.valueText(7)], [[800, 3200], 1, '7']);
});

test('a window of the file is written with the numbers of its header', () => {
  const windows = [{ name: 'W 400 L 40', center: 39.5, width: 399 }];
  const scale = new PixelScale({ ...CT, display: { ...CT.display, windows } });
  assert.deepEqual(scale.centred(...scale.firstWindow), { center: 40, width: 400 });
  assert.deepEqual(scale.centred(...scale.ends(39, 399)), { center: 39, width: 399 });
});

test('lengths are in millimetres where the spacing is known, rows and columns apart', () => {
  const scale = new PixelScale(CT);
  assert.equal(scale.lengthText([0, 0], [30, 0]), '15.0 mm · 30.0 px');
  assert.equal(scale.lengthText([0, 0], [0, 10]), '15.0 mm · 10.0 px');
  assert.equal(scale.lengthText([0, 0], [8, 2]), '5.0 mm · 8.2 px');
  assert.deepEqual(scale.inMillimetres([10, 10]), [5, 15]);
  assert.equal(scale.areaText(100), '75.0 mm² · 100 px²'.replace('75.0', said(75)));
  assert.equal(new PixelScale(null).lengthText([0, 0], [3, 4]), '5.0 px');
});

test('pixels that are not square are shown at their shape', () => {
  const view = new View();
  view.resize({ width: 400, height: 900 });
  view.showImage({ width: 100, height: 50 }, 3);
  const [left, top] = view.toScreen([0, 0]);
  const [right, bottom] = view.toScreen([100, 50]);
  assert.ok(Math.abs((bottom - top) / (right - left) - 1.5) < 1e-9);
  const [x, y] = view.toImage(view.toScreen([12.5, 33]));
  assert.ok(Math.abs(x - 12.5) < 1e-9 && Math.abs(y - 33) < 1e-9);
});

test('nothing is rounded to all or to nothing', () => {
  assert.deepEqual([1, 0.996, 0.004, 0, 0.5, null].map(percent), ['100 %', '> 99 %', '< 1 %', '0 %', '50 %', '']);
  assert.deepEqual([1, 0.9999, 1.5, 64].map(zoomText), ['100 %', '100.0 %', '150 %', '6400 %']);
});

test('halving takes the mean of four, for grey and for colour', () => {
  assert.deepEqual([...halved(new Uint16Array([0, 4, 100, 60000, 8, 12, 100, 60000]), 4, 2, 1)], [6, 30050]);
  const colour = new Uint8ClampedArray([10, 0, 0, 255, 20, 0, 0, 255, 30, 0, 0, 255, 40, 4, 0, 255]);
  assert.deepEqual([...halved(colour, 2, 2, 4)], [25, 1, 0, 255]);
});

/** A grid with a disc of 200 around (30, 20) and a far one of 255. */
function discs() {
  const [width, height] = [80, 60];
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const near = Math.hypot(x + 0.5 - 30, y + 0.5 - 20);
      values[y * width + x] = Math.max(0, 200 - 10 * near);
      if (Math.hypot(x - 70, y - 50) < 4) values[y * width + x] = 255;
    }
  }
  return { values, width, height };
}

test('a map is cut around the suggestion, at a level, in image pixels', () => {
  const image = { width: 160, height: 120 };
  const around = { x: 44, y: 24, width: 40, height: 40 };
  for (const [level, radius] of [[100, 10], [150, 5]]) {
    const { rings, cell } = partAround(discs(), level, around, image);
    const region = shapeOf({ type: 'polygon' }).ofPart(rings, cell);
    const exact = rings.reduce((sum, ring) => sum + signedArea(ring), 0);
    assert.ok(Math.abs(area(region) - exact) < 0.002 * exact, 'the area of the part is kept');
    assert.ok(region.points.length < rings[0].length);
    const box = bounds(region);
    assert.ok(Math.abs(box.width - 4 * radius) <= 4, `${level}: ${box.width}`);
    assert.ok(Math.abs(area(region) - Math.PI * (2 * radius) ** 2) < 0.15 * Math.PI * (2 * radius) ** 2);
    assert.ok(Math.abs(box.x + box.width / 2 - 60) <= 2);
  }
  assert.equal(partAround(discs(), 201, around, image), null);
  const cell = partAround({ values: new Uint8Array([0, 0, 0, 0, 9, 0, 0, 0, 0]), width: 3, height: 3 }, 5, { x: 0, y: 0, width: 3, height: 3 }, { width: 3, height: 3 });
  assert.deepEqual(bounds({ type: 'polygon', points: cell.rings[0] }), { x: 1, y: 1, width: 1, height: 1 });
});

test('lines of equal value lie on their circle', () => {
  const pieces = isoLines(discs(), 100, { width: 80, height: 60 });
  const onDisc = pieces.filter(([[x, y]]) => Math.hypot(x - 30, y - 20) < 20);
  assert.ok(onDisc.length > 30);
  for (const [[x, y]] of onDisc) assert.ok(Math.abs(Math.hypot(x - 30, y - 20) - 10) < 0.2);
});

test('points: hit within reach, moved, never reshaped', () => {
  const spot = { id: 'p', region: { type: 'point', x: 10, y: 10 } };
  const around = { id: 'b', region: { type: 'box', x: 0, y: 0, width: 40, height: 40 } };
  assert.equal(regionAt([around, spot], [13, 10], 5).id, 'p');
  assert.equal(regionAt([around, spot], [20, 10], 5).id, 'b');
  assert.equal(regionAt([around, spot], [13, 10], 5, new Map([['b', 1]])).id, 'b');
  assert.deepEqual(uppermostFirst([around, spot], new Map([['p', -1]])).map(({ id }) => id), ['b', 'p']);
  assert.deepEqual(handles(spot.region), []);
  assert.ok(encloses(around.region, spot.region));
});

test('regions that move together stop together', () => {
  const image = { width: 100, height: 100 };
  const [box, spot] = translatedTogether([
    { type: 'box', x: 60, y: 10, width: 30, height: 10 }, { type: 'point', x: 5, y: 5 }], 40, -20, image);
  assert.deepEqual([box.x, box.y, spot], [70, 5, { type: 'point', x: 15, y: 0 }]);
});
