/**
 * The values that pass between Python, the document and the screen. Types only.
 *
 * Coordinates are pixels of the original image, origin at the outer corner of its top-left
 * pixel; `x` is the column, `y` the row. Names are those of the Python side.
 *
 * @typedef {[number, number]} Point
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Bounds
 * @typedef {{type: 'box'} & Bounds} Box
 * @typedef {{type: 'ellipse'} & Bounds} Ellipse
 * @typedef {{type: 'polygon', points: Point[]}} Polygon
 * @typedef {Box | Ellipse | Polygon} Region
 * @typedef {{width: number, height: number}} Size
 *
 * @typedef {'undecided' | 'accepted' | 'edited' | 'rejected' | 'added' | 'withdrawn'} Decision
 * @typedef {'accept' | 'reject' | 'reopen' | 'reshape' | 'relabel' | 'add' | 'delete'
 *   | 'undo' | 'redo'} Action
 *
 * A region on the image with what is said about it.
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} label
 * @property {Region} region
 * @property {Decision} decision
 * @property {'suggestion' | 'rater'} origin
 * @property {number | null} score
 * @property {Region | null} proposed_region
 * @property {string | null} proposed_label
 * @property {string} reason
 * @property {string | null} last_act
 *
 * One act of the rater, stating what holds of its region afterwards.
 * @typedef {object} Act
 * @property {string} id
 * @property {string} document
 * @property {string} region_id
 * @property {Action} action
 * @property {Decision} decision
 * @property {string} label
 * @property {Region} region
 * @property {string | null} derived_from
 * @property {string | null} supersedes
 * @property {string} rater  the name it was made under, whenever it is sent
 *
 * @typedef {{code: string, meaning: string}} Label
 * @typedef {{name: string, low: number, high: number}} WindowPreset
 *
 * @typedef {object} ImageSource
 * @property {string} content  identity of the pixels; the URL may change while this does not
 * @property {string} url
 * @property {number} width
 * @property {number} height
 * @property {'png8' | 'grey16'} kind
 * @property {[number, number] | null} window
 * @property {WindowPreset[]} presets
 *
 * @typedef {{label: string, against: string, title: string, content: string, url: string}} MapSource
 *
 * What the server says about the acts it was sent.
 * @typedef {{acknowledged: string[], failure: string | null, attempt: number}} Receipt
 *
 * Everything Python hands over on a run.
 * @typedef {object} EditorData
 * @property {string} document
 * @property {string} owner
 * @property {string} rater
 * @property {string} caption
 * @property {ImageSource} image
 * @property {Entry[]} regions
 * @property {Label[]} labels
 * @property {MapSource[]} maps
 * @property {string[]} notices
 * @property {string[]} prefetch
 * @property {Receipt} receipt
 * @property {{answered: number, failure: string | null}} why
 * @property {boolean} can_previous
 * @property {boolean} can_next
 * @property {boolean} readonly
 * @property {number | 'fill'} height
 *
 * How the editor speaks to Python: a `state` persists and is sent again with whatever comes
 * next, a `trigger` counts once.
 * @typedef {(name: string, value: unknown) => void} Send
 * @typedef {{state: Send, trigger: Send}} Wire
 *
 * Where the pointer is.
 * @typedef {{image: Point, screen: Point, handle: string | null, coarse: boolean}} Pointer
 */

export {};
