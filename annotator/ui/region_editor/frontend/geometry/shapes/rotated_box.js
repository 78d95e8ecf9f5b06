/**
 * The rectangle turned about its centre. Grips: `c<k>` a corner, `s<k>` a side, `turn`.
 *
 * @import { Point, Size } from '../../types.js'
 * @import { Shape } from './shape.js'
 *
 * The angle is in degrees, clockwise on the screen, from the x axis to the side called width; in
 * [-180, 180).
 * @typedef {{type: 'rotated-box', cx: number, cy: number, width: number, height: number, angle: number}} RotatedBox
 */
import { filledOn } from '../masks/edges.js';
import { clampPoint, hundredths, toRing } from '../points.js';
import { boundsOf, isEnclosed, pathOf, SMALLEST_SIDE_PX } from './shape.js';

/** Where grips are, as shares of half the sides: corners clockwise from the top left, then the
 * sides that follow them. @type {Point[]} */
const CORNERS = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
/** @type {Point[]} */
const SIDES = [[0, -1], [1, 0], [0, 1], [-1, 0]];
/** The grip to turn it lies above it, by a share of its sides. */
const STALK = 0.2;

/** The direction of the side called width. @type {(angle: number) => Point} */
function along(angle) {
  const quarters = Math.floor(angle / 90);
  const rest = ((angle - 90 * quarters) * Math.PI) / 180;
  let [cos, sin] = [Math.cos(rest), Math.sin(rest)];
  // A quarter turn is exact.
  for (let k = 0; k < ((quarters % 4) + 4) % 4; k += 1) [cos, sin] = [-sin, cos];
  return [cos, sin];
}

/** An angle without full turns. @type {(angle: number) => number} */
const within = (angle) => hundredths(angle) - 360 * Math.floor((hundredths(angle) + 180) / 360);

/** A place given by shares of half the sides. @type {(box: RotatedBox, place: Point) => Point} */
function placeOf({ cx, cy, width, height, angle }, [u, v]) {
  const [cos, sin] = along(angle);
  const [x, y] = [(u * width) / 2, (v * height) / 2];
  return [cx + x * cos - y * sin, cy + x * sin + y * cos];
}

/** @type {(box: RotatedBox) => Point[][]} */
const rings = (box) => [CORNERS.map((corner) => placeOf(box, corner))];

/** Moved onto the image, as far as it fits. @type {(box: RotatedBox, image: Size) => RotatedBox} */
function onImage(box, image) {
  const { x, y, width, height } = boundsOf(rings(box)[0]);
  const [right, down] = [x + width - image.width, y + height - image.height];
  return {
    ...box,
    cx: box.cx + Math.max(0, -x) - Math.max(0, right),
    cy: box.cy + Math.max(0, -y) - Math.max(0, down),
  };
}

/** Turned so that the grip above it points to a place. @type {(box: RotatedBox, to: Point, image: Size) => RotatedBox} */
export function turnedTo(box, [x, y], image) {
  const angle = (Math.atan2(y - box.cy, x - box.cx) * 180) / Math.PI + 90;
  return onImage({ ...box, angle: within(angle) }, image);
}

/** With a corner or a side elsewhere: what lies opposite stays. @type {(box: RotatedBox, grip: Point, to: Point, image: Size) => RotatedBox} */
function pulled(box, [u, v], to, image) {
  const [cos, sin] = along(box.angle);
  const [fx, fy] = placeOf(box, [-u, -v]);
  const [dx, dy] = clampPoint(to, image).map((value, k) => value - [fx, fy][k]);
  const [across, down] = [(dx * cos + dy * sin) * u, (dy * cos - dx * sin) * v];
  const width = u ? Math.max(SMALLEST_SIDE_PX, hundredths(across)) : box.width;
  const height = v ? Math.max(SMALLEST_SIDE_PX, hundredths(down)) : box.height;
  const [x, y] = [(u * width) / 2, (v * height) / 2];
  return onImage({ ...box, width, height, cx: fx + x * cos - y * sin, cy: fy + x * sin + y * cos }, image);
}

/** @type {Shape<RotatedBox>} */
export const rotatedBox = {
  bounds: (region) => boundsOf(rings(region)[0]),
  area: ({ width, height }) => width * height,
  rings,
  pixels: (region, image) => filledOn(rings(region), image),
  contains: (region, point) => isEnclosed(rings(region), point),
  isNear: (region, point, reach) => toRing(point, rings(region)[0]) <= reach,
  isPixels: false,
  comesInNumbers: false,
  translated: (region, dx, dy) => ({ ...region, cx: region.cx + dx, cy: region.cy + dy }),
  // The keys change its own sides, not those of the frame around it.
  stretched(region, width, height) {
    const frame = boundsOf(rings(region)[0]);
    const longer = (/** @type {number} */ side, /** @type {number} */ by) => Math.max(SMALLEST_SIDE_PX, hundredths(side + by));
    return {
      ...region, width: longer(region.width, width - frame.width), height: longer(region.height, height - frame.height),
    };
  },
  handles(region) {
    const stalk = 1 + (STALK * (region.width + region.height)) / region.height;
    const grip = (/** @type {string} */ id, /** @type {Point} */ place) => ({ id, at: placeOf(region, place), inserts: false });
    return [
      ...SIDES.map((place, k) => grip(`s${k}`, place)), ...CORNERS.map((place, k) => grip(`c${k}`, place)),
      grip('turn', [0, -stalk])];
  },
  withHandleAt(region, handle, to, image) {
    if (handle === 'turn') return turnedTo(region, to, image);
    return pulled(region, (handle.startsWith('c') ? CORNERS : SIDES)[Number(handle.slice(1))], to, image);
  },
  withoutHandle: (region) => region,
  same: (a, b) => a.cx === b.cx && a.cy === b.cy && a.width === b.width && a.height === b.height && a.angle === b.angle,
  path: (region) => pathOf(rings(region)),
  isDrawn: ({ width, height }) => width >= SMALLEST_SIDE_PX && height >= SMALLEST_SIDE_PX,
  problem: () => null,
  form: ({ width, height, angle }) => `box of ${hundredths(width)} × ${hundredths(height)} px turned by ${hundredths(angle)}°`,
  ofPart([outer]) {
    const { x, y, width, height } = boundsOf(outer);
    return { type: 'rotated-box', cx: x + width / 2, cy: y + height / 2, width, height, angle: 0 };
  },
};
