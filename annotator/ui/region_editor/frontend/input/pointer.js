/**
 * Mouse, pen and touch on the stage: turns page events into image points and hands them to the
 * tool in use; panning, pinching and the wheel work with every tool.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Point, Pointer } from '../types.js'
 */
import { distance } from '../geometry/points.js';

/** The pointer must travel this far on the screen before a press becomes a drag. */
export const DRAG_STARTS_PX = 3;
/** The rubber of a pen, among its buttons. */
const RUBBER = 32;
const [WHEEL_RATE, WHEEL_LINE_RATE, WHEEL_LINE_PX] = [0.0016, 0.05, 30];

export class PointerInput {
  /** @param {RegionEditor} editor  @param {HTMLElement} node */
  constructor(editor, node) {
    this.editor = editor;
    this.node = node;
    /** Pointers that are down, by id. @type {Map<number, Point>} */
    this.down = new Map();
    /** @type {'tool' | 'pan' | 'pinch' | 'divide' | null} */
    this.mode = null;
    /** @type {import('./tools.js').Tool | null} */
    this.tool = null;
    this.spaceHeld = false;
    /** The tool that the latest press was for; null: it panned or pinched.
     * @type {import('./tools.js').Tool | null} */
    this.pressed = null;
    node.addEventListener('pointerdown', (event) => this.#press(event));
    node.addEventListener('pointermove', (event) => this.#move(event));
    node.addEventListener('pointerup', (event) => this.#release(event));
    node.addEventListener('pointercancel', (event) => this.#abandon(event));
    node.addEventListener('pointerleave', () => editor.hoverAt(null));
    node.addEventListener('dblclick', () => this.#twice());
    node.addEventListener('contextmenu', (event) => event.preventDefault());
    node.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
  }

  /** @type {(event: MouseEvent, frame?: DOMRect) => Pointer} */
  #locate(event, frame = this.node.getBoundingClientRect()) {
    /** @type {Point} */
    const screen = [this.#inPane(event.clientX - frame.left), event.clientY - frame.top];
    const target = event.target instanceof Element ? event.target : null;
    return {
      screen,
      image: this.editor.viewer.view.toImage(screen),
      handle: target?.closest('[data-handle]')?.getAttribute('data-handle') ?? null,
      coarse: event instanceof PointerEvent && event.pointerType === 'touch',
      adds: event.shiftKey || event.ctrlKey || event.metaKey,
      takes: event.altKey || (event.buttons & RUBBER) !== 0,
    };
  }

  /** In a comparison side by side, the second pane shows the same as the first.
   * @type {(x: number) => number} */
  #inPane(x) {
    const { width } = this.editor.viewer.view.stage;
    return this.editor.viewer.stage.panes === 2 && x >= width ? x - width : x;
  }

  /** @type {(event: PointerEvent) => void} */
  #press(event) {
    if (event.target === this.editor.viewer.stage.divider) {
      this.node.setPointerCapture(event.pointerId);
      this.mode = 'divide';
      return;
    }
    const at = this.#locate(event);
    this.pressed = null;
    this.editor.focus();
    this.down.set(event.pointerId, at.screen);
    this.node.setPointerCapture(event.pointerId);
    if (this.down.size > 1) {
      this.#stopTool();
      this.mode = 'pinch';
    } else if (event.button === 1 || this.spaceHeld) {
      this.mode = 'pan';
      event.preventDefault();
    } else {
      this.mode = null;
      if (!this.editor.pending.allows('Drawing and selecting')) return;
      this.mode = 'tool';
      // The right button windows with any tool, as reading stations do.
      this.tool = event.button === 2 ? this.editor.tools.window : this.editor.tool;
      this.pressed = this.tool;
      this.tool.press(at);
    }
    this.node.dataset.mode = this.mode;
  }

  /** @type {(event: PointerEvent) => void} */
  #move(event) {
    if (this.mode === 'divide') {
      const { left, width } = this.node.getBoundingClientRect();
      this.editor.maps.divideAt((event.clientX - left) / width);
      return;
    }
    const at = this.#locate(event);
    this.editor.hoverAt(at);
    const before = this.down.get(event.pointerId);
    if (!before) {
      this.editor.tool.hover?.(at);
      return;
    }
    if (this.mode === 'tool') this.#drag(event, at);
    if (this.mode === 'pan') this.editor.viewer.panBy(at.screen[0] - before[0], at.screen[1] - before[1]);
    if (this.mode === 'pinch') this.#pinch(event.pointerId, at.screen);
    this.down.set(event.pointerId, at.screen);
  }

  /** A page is told of the pointer once a frame; it came by more places since.
   * @type {(event: PointerEvent, at: Pointer) => void} */
  #drag(event, at) {
    const passed = this.tool?.traces ? event.getCoalescedEvents() : [];
    const frame = passed.length > 1 ? this.node.getBoundingClientRect() : null;
    if (frame) passed.forEach((part) => this.tool?.drag(this.#locate(part, frame)));
    else this.tool?.drag(at);
  }

  /** @type {(id: number, now: Point) => void} */
  #pinch(id, now) {
    const before = /** @type {Point} */ (this.down.get(id));
    const other = [...this.down].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const ratio = distance(now, other) / Math.max(1, distance(before, other));
    /** @type {Point} */
    const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
    this.editor.viewer.panBy((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    this.editor.viewer.zoomTo(this.editor.viewer.view.scale * ratio, middle);
  }

  /** @type {(event: PointerEvent) => void} */
  #release(event) {
    const wasTool = this.mode === 'tool' && this.down.has(event.pointerId);
    this.down.delete(event.pointerId);
    if (wasTool) this.tool?.release(this.#locate(event));
    if (this.down.size) return;
    this.mode = null;
    this.tool = null;
    delete this.node.dataset.mode;
  }

  /** @type {(event: PointerEvent) => void} */
  #abandon(event) {
    this.#stopTool();
    this.#release(event);
  }

  #stopTool() {
    this.tool?.cancel();
    this.tool = null;
  }

  /** Tools go by what they were pressed on: a captured pointer's clicks no longer name it. */
  #twice() {
    if (this.pressed === this.editor.tool) this.pressed.twice?.();
  }

  /** @type {(event: WheelEvent) => void} */
  #wheel(event) {
    event.preventDefault();
    const { tool } = this.editor;
    if (event.altKey && tool.wheel) {
      tool.wheel(-Math.sign(event.deltaX || event.deltaY));
      tool.hover?.(this.#locate(event));
      return;
    }
    if (event.shiftKey || event.altKey) {
      const step = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : WHEEL_LINE_PX;
      // Some browsers turn the wheel sideways by themselves while Shift is held.
      const by = -step * (event.deltaX || event.deltaY);
      this.editor.viewer.panBy(event.shiftKey ? by : 0, event.shiftKey ? 0 : by);
      return;
    }
    const rate = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? WHEEL_RATE : WHEEL_LINE_RATE;
    // A pinch on a trackpad arrives as a wheel with ctrl and far smaller steps.
    const factor = Math.exp(-event.deltaY * rate * (event.ctrlKey ? 6 : 1));
    this.editor.viewer.zoomTo(this.editor.viewer.view.scale * factor, this.#locate(event).screen);
    tool.hover?.(this.#locate(event));
  }
}
