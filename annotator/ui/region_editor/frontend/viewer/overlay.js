/**
 * The regions over the image: outlines, name tags, grips, and what is being drawn. Outlines are
 * in image pixels under one transform, so panning 500 of them changes a single attribute.
 *
 * @import { Entry, Point, Region } from '../types.js'
 * @import { View } from './view.js'
 */
import { area, bounds, distance, handles } from '../geometry/regions.js';
import { drawn, element, setAttributes } from '../panels/elements.js';
import { decisionIcon, icon } from '../panels/icons.js';

/** An edge shorter than this on the screen offers no grip to insert a corner. */
const SHORTEST_SPLIT_PX = 32;
const SPOKEN = {
  undecided: 'suggested, undecided', accepted: 'accepted', edited: 'accepted after a change',
  rejected: 'rejected', added: 'added by you', withdrawn: 'withdrawn',
};

/** @type {(score: number | null) => string} */
export const percent = (score) => (score === null ? '' : `${Math.round(score * 100)} %`);

/** @type {(region: Region) => string} */
function pathOf(region) {
  if (region.type === 'polygon') return `M${region.points.map((p) => p.join(' ')).join('L')}Z`;
  const { x, y, width, height } = region;
  if (region.type === 'box') return `M${x} ${y}h${width}v${height}h${-width}Z`;
  const [rx, ry] = [width / 2, height / 2];
  return `M${x} ${y + ry}a${rx} ${ry} 0 1 0 ${width} 0a${rx} ${ry} 0 1 0 ${-width} 0Z`;
}

/** @typedef {{group: SVGGElement, paths: SVGPathElement[], tag: HTMLElement, said: string,
 *   region: Region | null}} Drawing */
/** @typedef {{region: Region} | {line: Point[], closes: boolean}} Draft */

export class Overlay {
  constructor() {
    this.outlines = drawn('g');
    this.draftLayer = drawn('g', { class: 'draft' });
    this.grips = drawn('g');
    this.svg = drawn('svg', { class: 'overlay', role: 'group', 'aria-label': 'Regions on the image' },
      this.outlines, this.draftLayer, this.grips);
    this.tags = element('div', { class: 'tags', 'aria-hidden': 'true' });
    /** @type {Map<string, Drawing>} */
    this.drawings = new Map();
  }

  /**
   * @param {object} scene
   * @param {Entry[]} scene.entries
   * @param {Entry | null} scene.selected
   * @param {{id: string, region: Region} | null} scene.preview  a region under the pointer's drag
   * @param {Draft | null} scene.draft
   * @param {View} scene.view
   * @param {boolean} scene.editable
   */
  render({ entries, selected, preview, draft, view, editable }) {
    const seen = new Set(entries.map((entry) => entry.id));
    for (const [id, { group, tag }] of this.drawings) {
      if (seen.has(id)) continue;
      group.remove();
      tag.remove();
      this.drawings.delete(id);
    }
    const live = entries.map((entry) => (
      preview?.id === entry.id ? { ...entry, region: preview.region } : entry));
    // The smaller lies on the larger, so a box inside a box stays in sight.
    live.sort((a, b) => area(b.region) - area(a.region));
    live.forEach((entry, place) => this.#renderEntry(entry, entry.id === selected?.id, place));
    this.#renderGrips(live.find((entry) => entry.id === selected?.id), view, editable);
    this.#renderDraft(draft, view);
    this.place(view, live);
  }

  /** Follow the view without drawing anew. @type {(view: View, entries: Entry[]) => void} */
  place(view, entries) {
    const matrix = `matrix(${view.scale} 0 0 ${view.scale} ${view.tx} ${view.ty})`;
    this.outlines.setAttribute('transform', matrix);
    for (const { id, region } of entries) {
      const box = bounds(region);
      const [left, top] = view.toScreen([box.x, box.y]);
      const tag = this.drawings.get(id)?.tag;
      if (!tag) continue;
      const above = top > 26;
      tag.style.transform = `translate(${Math.round(left)}px, ${Math.round(above ? top - 24 : top + 4)}px)`;
    }
  }

  /** @type {(entry: Entry, isSelected: boolean, place: number) => void} */
  #renderEntry(entry, isSelected, place) {
    const drawing = this.drawings.get(entry.id) ?? this.#begin(entry.id);
    const { group, paths, tag } = drawing;
    if (drawing.region !== entry.region) {
      drawing.region = entry.region;
      const d = pathOf(entry.region);
      paths.forEach((path) => path.setAttribute('d', d));
    }
    const state = { 'data-decision': entry.decision, 'data-selected': isSelected };
    setAttributes(group, {
      ...state,
      'data-region-id': entry.id,
      'aria-label': `${entry.label}, ${SPOKEN[entry.decision]} ${percent(entry.score)}`,
    });
    setAttributes(tag, state);
    if (this.outlines.children[place] !== group) {
      this.outlines.insertBefore(group, this.outlines.children[place] ?? null);
    }
    const said = `${entry.decision} ${entry.label} ${entry.score}`;
    if (said === drawing.said) return;
    drawing.said = said;
    const score = entry.decision === 'undecided' ? percent(entry.score) : '';
    tag.replaceChildren(icon(decisionIcon(entry.decision)), element('b', {}, entry.label), score);
  }

  /** @type {(id: string) => Drawing} */
  #begin(id) {
    const paths = [drawn('path', { class: 'halo' }), drawn('path', { class: 'outline' })];
    const group = drawn('g', { class: 'region', role: 'img' }, ...paths);
    const tag = element('div', { class: 'tag' });
    this.outlines.append(group);
    this.tags.append(tag);
    /** @type {Drawing} */
    const drawing = { group, paths, tag, said: '', region: null };
    this.drawings.set(id, drawing);
    return drawing;
  }

  /** @type {(entry: Entry | undefined, view: View, editable: boolean) => void} */
  #renderGrips(entry, view, editable) {
    if (!entry || !editable) {
      this.grips.replaceChildren();
      return;
    }
    const { region } = entry;
    const corners = region.type === 'polygon' ? region.points : [];
    const roomToSplit = (/** @type {number} */ k) =>
      distance(corners[k], corners[(k + 1) % corners.length]) * view.scale >= SHORTEST_SPLIT_PX;
    const wanted = handles(region).filter(({ id, inserts }) => !inserts || roomToSplit(Number(id.slice(1))));
    this.grips.replaceChildren(...wanted.map(({ id, at, inserts }) => {
      const [cx, cy] = view.toScreen(at);
      return drawn('g', { class: 'grip', 'data-handle': id, 'data-inserts': inserts },
        drawn('circle', { class: 'reach', cx, cy, r: 11 }),
        drawn('circle', { class: 'knob', cx, cy, r: inserts ? 3 : 4.5 }));
    }));
  }

  /** @type {(draft: Draft | null, view: View) => void} */
  #renderDraft(draft, view) {
    if (!draft) {
      this.draftLayer.replaceChildren();
      return;
    }
    if ('region' in draft) {
      const { scale, tx, ty } = view;
      const path = drawn('path', {
        d: pathOf(draft.region), transform: `matrix(${scale} 0 0 ${scale} ${tx} ${ty})`,
      });
      this.draftLayer.replaceChildren(path);
      return;
    }
    const points = draft.line.map((point) => view.toScreen(point));
    const line = drawn('polyline', { points: points.map((p) => p.join(',')).join(' ') });
    const dots = draft.closes
      ? points.slice(0, -1).map(([cx, cy], k) => drawn('circle', { cx, cy, r: k ? 3.5 : 6 }))
      : [];
    this.draftLayer.replaceChildren(line, ...dots);
  }
}
