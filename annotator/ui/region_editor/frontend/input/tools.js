/**
 * What a press, a drag and a release on the image do, one object a tool. A tool only reads the
 * pointer and asks the editor; it never touches the page. The table of tools is all that keys,
 * toolbar and stage know of them.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Pointer } from '../types.js'
 *
 * @typedef {object} Tool
 * @property {(at: Pointer) => void} press
 * @property {(at: Pointer) => void} drag
 * @property {(at: Pointer) => void} release
 * @property {(at: Pointer | null) => void} [hover]  null: the pointer has left the stage
 * @property {() => void} [twice]  double click; both presses have been told
 * @property {() => boolean} [finish]  Enter; true if there was something to finish
 * @property {() => boolean} cancel  Escape; true if there was something to cancel
 * @property {(steps: number) => void} [wheel]  the wheel with Alt; without it, it pans
 * @property {boolean} [traces]  whether it is told every place that the pointer came by
 *
 * @typedef {object} ToolEntry
 * @property {string} name
 * @property {string} title  in the toolbar
 * @property {string} does  on the sheet of keys
 * @property {string} key
 * @property {'Draw' | 'Mask' | 'Pixels'} group
 * @property {(editor: RegionEditor) => Tool} make
 * @property {boolean} [states]  it states something, and is of no use where nothing may be changed
 * @property {boolean} [isAside]  it has no button in the toolbar
 * @property {string} [icon]  as a path, if it is not kept under the tool's name
 * @property {'cross' | 'level' | 'brush'} [cursor]
 */
import { FreehandTool, PointTool, PolygonTool, SpanTool, TurnedSpanTool } from './drawing_tools.js';
import { FaceTool } from './face_tool.js';
import { BrushTool, FillTool, ScissorsTool } from './mask_tools.js';
import { RulerTool, WindowFrameTool, WindowTool } from './pixel_tools.js';
import { SelectTool } from './select_tool.js';

/** @type {(name: string, title: string, does: string, key: string, make: ToolEntry['make'], more?: Partial<ToolEntry>) => ToolEntry} */
const drawing = (name, title, does, key, make, more) => (
  { name, title, does, key, group: 'Draw', make, states: true, cursor: 'cross', ...more });

/** @type {ToolEntry[]} */
export const TOOLS = [
  { name: 'select', title: 'Select and move', does: 'Select and move', key: 'v', group: 'Draw', make: (e) => new SelectTool(e) },
  drawing('box', 'Box', 'Draw a box', 'b', (e) => new SpanTool(e, 'box')),
  drawing('rotated-box', 'Rotated box', 'Draw a rotated box', 'Shift+d', (e) => new TurnedSpanTool(e), { icon: 'M8.5 3.5l12 8.5-5 7-12-8.5z' }),
  drawing('polygon', 'Polygon', 'Draw a polygon', 'p', (e) => new PolygonTool(e)),
  drawing('ellipse', 'Ellipse', 'Draw an ellipse', 'e', (e) => new SpanTool(e, 'ellipse')),
  drawing('freehand', 'Freehand', 'Draw freehand', 'f', (e) => new FreehandTool(e)),
  drawing('point', 'Point', 'Set points', 'o', (e) => new PointTool(e)),
  drawing('brush', 'Paint a mask', 'Paint a mask', 'Shift+b', (e) => new BrushTool(e, 1), { group: 'Mask', cursor: 'brush' }),
  drawing('eraser', 'Eraser', 'Erase from a mask', 'Shift+e', (e) => new BrushTool(e, 0), { group: 'Mask', cursor: 'brush', isAside: true }),
  drawing('fill', 'Fill', 'Fill an enclosed area', 'Shift+l', (e) => new FillTool(e), { group: 'Mask', cursor: 'brush', isAside: true }),
  drawing('scissors', 'Scissors', 'Cut a mask with scissors', 'Shift+x', (e) => new ScissorsTool(e), { group: 'Mask', cursor: 'brush', isAside: true }),
  { name: 'face', title: '', does: '', key: '', group: 'Draw', make: (e) => new FaceTool(e), isAside: true, cursor: 'cross' },
  { name: 'ruler', title: 'Measure', does: 'Measure', key: 'd', group: 'Pixels', make: (e) => new RulerTool(e), cursor: 'cross' },
  { name: 'window', title: 'Window and level', does: 'Window and level: drag', key: 'w', group: 'Pixels', make: (e) => new WindowTool(e), cursor: 'level' },
  { name: 'window-frame', title: '', does: 'Window from a frame', key: 'Alt+w', group: 'Pixels', make: (e) => new WindowFrameTool(e), isAside: true, cursor: 'cross' },
];

/** @type {(name: string) => ToolEntry} */
export function toolEntry(name) {
  const entry = TOOLS.find((one) => one.name === name);
  if (!entry) throw new Error(`there is no tool ${name}`);
  return entry;
}

/** @type {(editor: RegionEditor) => Record<string, Tool>} */
export const createTools = (editor) => Object.fromEntries(TOOLS.map(({ name, make }) => [name, make(editor)]));
