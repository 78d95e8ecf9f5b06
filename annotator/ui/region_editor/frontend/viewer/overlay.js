/**
 * The regions over the image: outlines, name tags, grips, and what is being drawn. Outlines are
 * in image pixels under one transform, so panning 500 of them changes a single attribute.
 *
 * @import { Face } from '../actions/face_actions.js'
 * @import { Entry, Point, Region } from '../types.js'
 * @import { View } from './view.js'
 */
import { uppermostFirst } from '../geometry/hits.js';
import { bounds, handles } from '../geometry/regions.js';
import { shapeOf } from '../geometry/shapes/registry.js';
import { arrange, drawn, element, setAttributes } from '../panels/elements.js';
import { decisionIcon, icon } from '../panels/icons.js';
import { percent, SPOKEN } from '../panels/wording.js';
import { FaceFrames } from './face_frames.js';

/** An edge shorter than this on the screen offers no grip to insert a corner. */
const SHORTEST_SPLIT_PX = 32;
/** Above so many regions names are written only on what is selected. */
const MOST_TAGS = 150;

/** @type {(region: Region) => string} */
const pathOf = (region) => shapeOf(region).path(region);

/** @typedef {{group: SVGGElement, paths: SVGPathElement[], tag: HTMLElement, said: string,
 *   region: Region | null}} Drawing */
/** What is being drawn: an outline, a line of corners, a frame to select in, or a measured line.
 * @typedef {{region: Region} | {line: Point[], closes: boolean} | {frame: Region}
 *   | {measured: [Point, Point], text: string}} Draft */

/**
 * @typedef {object} OverlayScene
 * @property {Entry[]} entries
 * @property {Entry[]} selection  the one selected last at the end
 * @property {Map<string, number>} heights
 * @property {Map<string, Region>} previews  outlines under the pointer's drag, by region
 * @property {Draft | null} draft
 * @property {Draft | null} ruler
 * @property {Face[]} faces  to choose from
 * @property {View} view
 * @property {boolean} editable
 */

export class Overlay {
  constructor() {
    this.outlines = drawn('g', { id: 'region-outlines' });
    this.draftLayer = drawn('g', { class: 'draft' });
    this.rulerLayer = drawn('g', { class: 'ruler' });
    this.faces = new FaceFrames();
    this.grips = drawn('g');
    this.brush = drawn('g', { class: 'brush', visibility: 'hidden' },
      drawn('ellipse', { class: 'halo' }), drawn('ellipse', {}));
    this.svg = drawn('svg', { class: 'overlay', role: 'group', 'aria-label': 'Regions on the image' },
      this.outlines, this.faces.layer, this.rulerLayer, this.draftLayer, this.grips, this.brush);
    this.tags = element('div', { class: 'tags', 'aria-hidden': 'true' });
    this.node = element('div', { class: 'pane' }, this.svg, this.tags);
    /** The outlines once more, for the second pane of a comparison. */
    this.mirror = drawn('svg', { class: 'pane mirror', 'aria-hidden': 'true' },
      drawn('use', { href: '#region-outlines' }));
    /** @type {Map<string, Drawing>} */
    this.drawings = new Map();
  }

  /** @param {OverlayScene} scene */
  render({ entries, selection, heights, faces, previews, draft, ruler, view, editable }) {
    const seen = new Set(entries.map((entry) => entry.id));
    for (const [id, { tag }] of this.drawings) {
      if (seen.has(id)) continue;
      tag.remove();
      this.drawings.delete(id);
    }
    const live = uppermostFirst(entries.map((entry) => {
      const region = previews.get(entry.id);
      return region ? { ...entry, region } : entry;
    }), heights).reverse();
    const chosen = new Set(selection.map((entry) => entry.id));
    this.tags.classList.toggle('few', live.length > MOST_TAGS);
    arrange(this.outlines, live.map((entry) => this.#renderEntry(entry, chosen.has(entry.id))));
    const only = chosen.size === 1 ? live.find((entry) => chosen.has(entry.id)) : undefined;
    this.#renderGrips(only, view, editable);
    this.faces.render(faces, view);
    this.#renderDraft(this.draftLayer, draft, view);
    this.#renderDraft(this.rulerLayer, ruler, view);
    this.#place(view, live);
  }

  /** @type {(view: View, entries: Entry[]) => void} */
  #place(view, entries) {
    this.outlines.setAttribute('transform', view.matrix);
    const few = entries.length > MOST_TAGS;
    for (const { id, region } of entries) {
      const tag = this.drawings.get(id)?.tag;
      if (!tag || (few && !tag.hasAttribute('data-selected'))) continue;
      const box = bounds(region);
      const [left, top] = view.toScreen([box.x, box.y]);
      const above = top > 26;
      tag.style.transform = `translate(${Math.round(left)}px, ${Math.round(above ? top - 24 : top + 4)}px)`;
    }
  }

  /** @type {(entry: Entry, isSelected: boolean) => SVGGElement} */
  #renderEntry(entry, isSelected) {
    const drawing = this.drawings.get(entry.id) ?? this.#begin(entry.id);
    const { group, paths, tag } = drawing;
    if (drawing.region !== entry.region) {
      drawing.region = entry.region;
      const d = pathOf(entry.region);
      paths.forEach((path) => path.setAttribute('d', d));
    }
    const said = `${isSelected} ${entry.decision} ${entry.region.type} ${entry.label} ${entry.score}`;
    if (said === drawing.said) return group;
    drawing.said = said;
    const state = { 'data-decision': entry.decision, 'data-selected': isSelected };
    setAttributes(group, {
      ...state,
      'data-type': entry.region.type,
      'data-region-id': entry.id,
      'aria-label': `${entry.label}, ${SPOKEN[entry.decision]} ${percent(entry.score)}`,
    });
    setAttributes(tag, state);
    const score = entry.decision === 'undecided' ? percent(entry.score) : '';
    tag.replaceChildren(icon(decisionIcon(entry.decision)), element('b', {}, entry.label), score);
    return group;
  }

  /** @type {(id: string) => Drawing} */
  #begin(id) {
    const paths = [drawn('path', { class: 'halo' }), drawn('path', { class: 'outline' })];
    const group = drawn('g', { class: 'region', role: 'img' }, ...paths);
    const tag = element('div', { class: 'tag' });
    this.tags.append(tag);
    /** @type {Drawing} */
    const drawing = { group, paths, tag, said: '', region: null };
    this.drawings.set(id, drawing);
    return drawing;
  }

  /** @type {(entry: Entry | undefined, view: View, editable: boolean) => void} */
  #renderGrips(entry, view, editable) {
    const wanted = entry && editable && entry.decision !== 'rejected' ? gripsOf(entry.region, view) : [];
    const before = new Map([...this.grips.children].map((grip) => [grip.getAttribute('data-handle'), grip]));
    arrange(this.grips, wanted.map(({ id, at, inserts }) => {
      const grip = before.get(id) ?? newGrip(id, inserts);
      const [cx, cy] = view.toScreen(at);
      for (const circle of grip.children) setAttributes(circle, { cx, cy });
      return grip;
    }));
  }

  /** The brush, in screen pixels; null hides it. @type {(at: Point | null, rx: number, ry: number) => void} */
  showBrush(at, rx, ry) {
    setAttributes(this.brush, { visibility: at ? null : 'hidden' });
    if (!at) return;
    for (const circle of this.brush.children) setAttributes(circle, { cx: at[0], cy: at[1], rx, ry });
  }

  /** @type {(layer: SVGGElement, draft: Draft | null, view: View) => void} */
  #renderDraft(layer, draft, view) {
    if (!draft) {
      layer.replaceChildren();
    } else if ('measured' in draft) {
      layer.replaceChildren(...measuredLine(draft.measured.map((point) => view.toScreen(point)), draft.text));
    } else if ('line' in draft) {
      const points = draft.line.map((point) => view.toScreen(point));
      const line = drawn('polyline', { points: points.map((p) => p.join(',')).join(' ') });
      const dots = draft.closes
        ? points.slice(0, -1).map(([cx, cy], k) => drawn('circle', { cx, cy, r: k ? 3.5 : 6 }))
        : [];
      layer.replaceChildren(line, ...dots);
    } else {
      const isFrame = 'frame' in draft;
      layer.replaceChildren(drawn('path', {
        d: pathOf(isFrame ? draft.frame : draft.region), class: isFrame ? 'frame' : 'shape',
        transform: view.matrix,
      }));
    }
  }
}

/** The grips of a region, but for those to insert a corner where an edge is too short for one.
 * @type {(region: Region, view: View) => ReturnType<typeof handles>} */
const gripsOf = (region, view) => handles(region).filter(({ edge }) => (
  edge === undefined || edge * view.scale >= SHORTEST_SPLIT_PX));

/** @type {(id: string, inserts: boolean) => Element} */
function newGrip(id, inserts) {
  return drawn('g', { class: 'grip', 'data-handle': id, 'data-inserts': inserts },
    drawn('circle', { class: 'reach', r: 11 }),
    drawn('circle', { class: 'knob', r: inserts ? 3 : 4.5 }));
}

/** @type {(ends: Point[], text: string) => SVGElement[]} */
function measuredLine([[ax, ay], [bx, by]], text) {
  const line = { x1: ax, y1: ay, x2: bx, y2: by };
  const says = drawn('text', { x: (ax + bx) / 2 + 10, y: (ay + by) / 2 - 8 });
  says.textContent = text;
  return [
    drawn('line', { class: 'halo', ...line }), drawn('line', { class: 'measure', ...line }),
    drawn('circle', { cx: ax, cy: ay, r: 3.5 }), drawn('circle', { cx: bx, cy: by, r: 3.5 }), says,
  ];
}
