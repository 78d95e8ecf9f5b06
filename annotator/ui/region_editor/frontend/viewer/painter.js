/**
 * Paints the image and the maps over it on a 2-D canvas, in one pane or in two.
 *
 * @import { MapSource } from '../types.js'
 * @import { MapLayer } from './map_layer.js'
 * @import { Raster } from './raster.js'
 * @import { View } from './view.js'
 *
 * @typedef {object} Look
 * @property {View} view
 * @property {Raster} raster
 * @property {MapLayer} maps
 * @property {boolean} bare  nothing but the image
 * @property {boolean} smooth  whether enlarged pixels are smoothed at all
 */

/** From this many device pixels per image pixel on, pixels are shown as squares. */
const SQUARES_FROM = 3;
const [LINE_PX, HALO_PX] = [1.6, 3.6];

/** @type {(canvas: HTMLCanvasElement, ratio: number, look: Look) => void} */
export function paint(canvas, ratio, look) {
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!look.raster.ready) return;
  const { maps, bare } = look;
  const { source, other } = maps;
  const compare = bare ? 'off' : maps.comparing;
  const half = canvas.width / 2;
  if (compare === 'side') {
    inPane(context, [0, half], 0, () => pane(context, ratio, look, source));
    inPane(context, [half, half], half, () => pane(context, ratio, look, other));
    return;
  }
  image(context, ratio, look);
  if (compare === 'swipe') {
    const at = maps.divider * canvas.width;
    inPane(context, [0, at], 0, () => map(context, ratio, look, source));
    inPane(context, [at, canvas.width - at], 0, () => map(context, ratio, look, other));
  } else if (!bare) map(context, ratio, look, source);
}

/** Paint in a part of the canvas's width, shifted by so much.
 * @type {(context: CanvasRenderingContext2D, part: [number, number], shift: number, draw: () => void) => void} */
function inPane(context, [left, width], shift, draw) {
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.beginPath();
  context.rect(left, 0, width, context.canvas.height);
  context.clip();
  context.translate(shift, 0);
  draw();
  context.restore();
}

/** @type {(context: CanvasRenderingContext2D, ratio: number, look: Look, source: MapSource | null) => void} */
function pane(context, ratio, look, source) {
  image(context, ratio, look);
  map(context, ratio, look, source);
}

/** @type {(context: CanvasRenderingContext2D, ratio: number, look: Look, draw: (density: number) => void) => void} */
function onImage(context, ratio, { view }, draw) {
  context.save();
  context.transform(view.scale * ratio, 0, 0, view.down * ratio, view.tx * ratio, view.ty * ratio);
  draw(view.scale * ratio);
  context.restore();
}

/** @type {(context: CanvasRenderingContext2D, ratio: number, look: Look) => void} */
function image(context, ratio, look) {
  const { raster, view, smooth } = look;
  onImage(context, ratio, look, (density) => {
    const picture = raster.picture(view.frame, density);
    if (!picture) return;
    context.imageSmoothingEnabled = density < (smooth ? SQUARES_FROM : 1);
    context.imageSmoothingQuality = 'high';
    context.drawImage(picture, 0, 0, raster.width, raster.height);
  });
}

/** @type {(context: CanvasRenderingContext2D, ratio: number, look: Look, source: MapSource | null) => void} */
function map(context, ratio, look, source) {
  const { maps, raster } = look;
  if (!maps.on || !source) return;
  onImage(context, ratio, look, (density) => {
    if (maps.outlineOnly) {
      const lines = maps.store.linesOf(source, maps.threshold, raster);
      if (lines) outline(context, lines, density / ratio);
      return;
    }
    const picture = maps.store.pictureOf(source, maps.ramp);
    if (!picture || maps.opacity === 0) return;
    context.globalAlpha = maps.opacity;
    context.imageSmoothingEnabled = true;
    context.drawImage(picture, 0, 0, raster.width, raster.height);
  });
}

/** @type {(context: CanvasRenderingContext2D, lines: Path2D, scale: number) => void} */
function outline(context, lines, scale) {
  context.lineCap = 'round';
  for (const [width, colour] of [[HALO_PX, 'rgb(0 0 0 / 60%)'], [LINE_PX, '#fff']]) {
    context.lineWidth = Number(width) / scale;
    context.strokeStyle = String(colour);
    context.stroke(lines);
  }
}
