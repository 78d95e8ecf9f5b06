/**
 * What stored values and pixels mean: the quantity and its unit, windows by centre and width,
 * lengths in millimetres where the spacing is known. Pure.
 *
 * @import { Spread } from './region_values.js'
 * @import { Display, ImageSource, Point } from '../types.js'
 *
 * @typedef {{name: string, low: number, high: number}} NamedWindow  in stored values
 */

/** Windows that readers of CT expect, in Hounsfield units: those that the OHIF viewer offers.
 * @type {[string, number, number][]} */
const CT_WINDOWS = [
  ['Soft tissue', 40, 400], ['Lung', -600, 1500], ['Liver', 90, 150], ['Bone', 480, 2500],
  ['Brain', 40, 80],
];
/** What import calls a window, with the header's numbers. */
const HEADERS_NAME = /^W (\S+) L (\S+)$/;
const SAME = 1e-6;
/** @type {Display} */
const PLAIN = { unit: null, slope: 1, intercept: 0, windows: [], spacing_mm: null, aspect: 1 };

/** A number with as many digits as its size deserves. @type {(value: number) => string} */
export function said(value) {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 3;
  return value.toFixed(digits).replace(/^-(0(?:\.0+)?)$/, '$1').replace('-', '−');
}

export class PixelScale {
  /** @param {ImageSource | null} image */
  constructor(image) {
    this.image = image;
    /** @type {Display} */
    this.display = { ...PLAIN, ...image?.display };
  }

  get unit() {
    return this.display.unit ?? '';
  }

  /** Height of a pixel over its width. */
  get aspect() {
    return this.display.aspect || 1;
  }

  /** @type {(stored: number) => number} */
  toQuantity(stored) {
    return stored * this.display.slope + this.display.intercept;
  }

  /** @type {(quantity: number) => number} */
  toStored(quantity) {
    return (quantity - this.display.intercept) / this.display.slope;
  }

  /** Centre and width, in the quantity's unit, of a window in stored values: the standard's
   * LINEAR_EXACT (PS3.3 C.11.2.1.3.2). One of the file's own is written as its header has it, which
   * for LINEAR is half a value wider at either end.
   * @type {(low: number, high: number) => {center: number, width: number}} */
  centred(low, high) {
    const own = this.display.windows.find(({ center, width }) => {
      const ends = this.ends(center, width);
      return Math.abs(ends[0] - low) < SAME && Math.abs(ends[1] - high) < SAME;
    });
    const stated = HEADERS_NAME.exec(own?.name ?? '');
    if (stated) return { center: Number(stated[2]), width: Number(stated[1]) };
    const [a, b] = [this.toQuantity(low), this.toQuantity(high)];
    return { center: (a + b) / 2, width: Math.abs(b - a) };
  }

  /** The window's ends in stored values. @type {(center: number, width: number) => [number, number]} */
  ends(center, width) {
    const ends = [this.toStored(center - width / 2), this.toStored(center + width / 2)];
    return [Math.min(...ends), Math.max(...ends)];
  }

  /** Windows on offer, those of the file first. @returns {NamedWindow[]} */
  get windows() {
    const known = this.display.windows.map(({ name, center, width }) => (
      [name || `W ${said(width)} L ${said(center)}`, center, width]));
    const usual = this.unit === 'HU' ? CT_WINDOWS : [];
    const named = /** @type {[string, number, number][]} */ ([...known, ...usual]);
    const offered = named.map(([name, center, width]) => {
      const [low, high] = this.ends(center, width);
      return { name, low, high };
    });
    return [...offered.slice(0, known.length), ...(this.image?.presets ?? []), ...offered.slice(known.length)];
  }

  /** The window to begin with, or null for the full range. @returns {[number, number] | null} */
  get firstWindow() {
    const [first] = this.display.windows;
    return first ? this.ends(first.center, first.width) : this.image?.window ?? null;
  }

  /** A stored value as a quantity with its unit. @type {(stored: number) => string} */
  valueText(stored) {
    return `${said(this.toQuantity(stored))}${this.unit && ` ${this.unit}`}`;
  }

  /** A spread of stored values as quantities. @type {(spread: Spread) => Spread} */
  spreadOf({ mean, deviation, minimum, maximum }) {
    const [least, most] = [minimum, maximum].map((stored) => this.toQuantity(stored)).sort((a, b) => a - b);
    return { mean: this.toQuantity(mean), deviation: deviation * Math.abs(this.display.slope), minimum: least, maximum: most };
  }

  /** The same in words; '' of none. @type {(spread: Spread | null) => string} */
  spreadText(spread) {
    if (!spread) return '';
    const { mean, deviation, minimum, maximum } = this.spreadOf(spread);
    const unit = this.unit && ` ${this.unit}`;
    return `mean ${said(mean)}, SD ${said(deviation)}${unit}, from ${said(minimum)} to ${said(maximum)}${unit}`;
  }

  get hasSpacing() {
    return this.display.spacing_mm !== null;
  }

  /** From the image's top-left corner, in mm: across, down. @type {(point: Point) => Point | null} */
  inMillimetres([x, y]) {
    const spacing = this.display.spacing_mm;
    return spacing ? [x * spacing[1], y * spacing[0]] : null;
  }

  /** Length of a line in pixels, and in mm where the spacing is known.
   * @type {(a: Point, b: Point) => string} */
  lengthText(a, b) {
    const across = b[0] - a[0];
    const down = b[1] - a[1];
    const spacing = this.display.spacing_mm;
    const pixels = `${Math.hypot(across, down).toFixed(1)} px`;
    if (!spacing) return pixels;
    return `${Math.hypot(across * spacing[1], down * spacing[0]).toFixed(1)} mm · ${pixels}`;
  }

  /** Area in square pixels, and in mm² where the spacing is known. @type {(area: number) => string} */
  areaText(area) {
    const spacing = this.display.spacing_mm;
    const pixels = `${Math.round(area)} px²`;
    return spacing ? `${said(area * spacing[0] * spacing[1])} mm² · ${pixels}` : pixels;
  }
}
