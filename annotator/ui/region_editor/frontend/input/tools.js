/**
 * What a press, a drag and a release on the image do, one object a tool. A tool only reads the
 * pointer and asks the editor; it never touches the page.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Pointer } from '../types.js'
 *
 * @typedef {object} Tool
 * @property {(at: Pointer) => void} press
 * @property {(at: Pointer) => void} drag
 * @property {(at: Pointer) => void} release
 * @property {(at: Pointer) => void} [hover]
 * @property {() => void} [twice]  double click; both presses have been told
 * @property {() => boolean} [finish]  Enter; true if there was something to finish
 * @property {() => boolean} cancel  Escape; true if there was something to cancel
 */
import { FreehandTool, PointTool, PolygonTool, SpanTool } from './drawing_tools.js';
import { FaceTool } from './face_tool.js';
import { RulerTool, WindowFrameTool, WindowTool } from './pixel_tools.js';
import { SelectTool } from './select_tool.js';

/** Tools that state something, and are of no use where nothing may be changed. */
export const DRAWING = ['box', 'polygon', 'ellipse', 'freehand', 'point'];

/** @type {(editor: RegionEditor) => Record<string, Tool>} */
export const createTools = (editor) => ({
  select: new SelectTool(editor),
  box: new SpanTool(editor, 'box'),
  ellipse: new SpanTool(editor, 'ellipse'),
  polygon: new PolygonTool(editor),
  freehand: new FreehandTool(editor),
  point: new PointTool(editor),
  face: new FaceTool(editor),
  ruler: new RulerTool(editor),
  window: new WindowTool(editor),
  'window-frame': new WindowFrameTool(editor),
});
