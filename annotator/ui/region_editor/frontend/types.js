/**
 * The values that pass between Python, the document and the screen. Types only.
 *
 * Coordinates are pixels of the original image, origin at the outer corner of its top-left
 * pixel; `x` is the column, `y` the row. Names are those of the Python side.
 *
 * @typedef {[number, number]} Point
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Bounds
 * @typedef {import('./geometry/shapes/box.js').Box} Box
 * @typedef {import('./geometry/shapes/mask.js').Mask} Mask
 * @typedef {import('./geometry/shapes/mask.js').MaskChange} MaskChange
 * @typedef {import('./geometry/shapes/registry.js').Region} Region
 * @typedef {{width: number, height: number}} Size
 *
 * @typedef {'undecided' | 'accepted' | 'edited' | 'rejected' | 'added' | 'withdrawn'} Decision
 * @typedef {'accept' | 'reject' | 'reopen' | 'reshape' | 'relabel' | 'add' | 'delete'
 *   | 'undo' | 'redo' | 'settle'} Action
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
 * @property {boolean} [proposed_before]  by an earlier run, whose maps are not those shown
 * @property {string} reason
 * @property {number | null} [cut_level]  share of its map's maximum that the suggestion was cut at
 * @property {string} [quality]  what was measured of the machine for this label
 * @property {string | null} last_act
 *
 * What all acts of a rater say of themselves.
 * @typedef {object} ActHead
 * @property {string} id
 * @property {string} document
 * @property {string} rater  the name it was made under, whenever it is sent
 * @property {string | null} [reading_id]  the reading it was made in
 *
 * One act on a region, stating what holds of it afterwards.
 * @typedef {object} RegionSaying
 * @property {'region'} kind
 * @property {string} region_id
 * @property {Action} action
 * @property {Decision} decision
 * @property {string} label
 * @property {Region} region
 * @property {MaskChange} [changes]  what is sent instead of a whole mask, where that is shorter
 * @property {string | null} derived_from
 * @property {string | null} supersedes
 * @typedef {ActHead & RegionSaying} RegionAct
 *
 * @typedef {'present' | 'absent' | 'uncertain' | 'not_assessed' | 'not_assessable'} Presence
 * @typedef {{value: Presence, intensity: string | null, side: string | null}} Statement
 *
 * One act on a label of the whole image.
 * @typedef {object} LabelSaying
 * @property {'label'} kind
 * @property {string} label
 * @property {string | null} supersedes
 * @typedef {ActHead & LabelSaying & Statement} LabelAct
 *
 * @typedef {'note' | 'flag' | 'unflag' | 'skip' | 'unskip' | 'reply' | 'resolved' | 'issue'} RemarkKind
 * @typedef {object} RemarkSaying
 * @property {'remark'} kind
 * @property {RemarkKind} remark
 * @property {string} text
 * @property {string | null} region_id
 * @property {string | null} answers
 * @typedef {ActHead & RemarkSaying} RemarkAct
 *
 * @typedef {RegionAct | LabelAct | RemarkAct} Act
 *
 * What the record says of a label, and of a remark.
 * @typedef {Statement & {label: string, last_act: string | null}} LabelState
 * @typedef {{id: string, remark: RemarkKind, text: string, region_id: string | null,
 *   answers: string | null, rater: string}} RemarkState
 *
 * @typedef {{code: string, meaning: string, score?: number | null, quality?: string}} Label
 * @typedef {{name: string, low: number, high: number}} WindowPreset
 * @typedef {{name: string, center: number, width: number}} CentredWindow
 *
 * What the pixels mean: quantity = stored * slope + intercept, in the unit.
 * @typedef {object} Display
 * @property {string | null} unit  for example HU
 * @property {number} slope
 * @property {number} intercept
 * @property {CentredWindow[]} windows  in the quantity, as the file's header has them
 * @property {[number, number] | null} spacing_mm  between rows, between columns
 * @property {number} aspect  height of a pixel over its width
 *
 * @typedef {object} ImageSource
 * @property {string} content  identity of the pixels; the URL may change while this does not
 * @property {string} url
 * @property {number} width
 * @property {number} height
 * @property {'png8' | 'grey16'} kind
 * @property {[number, number] | null} window
 * @property {WindowPreset[]} presets
 * @property {Display | null} [display]
 * @property {string | null} [series]  identity of the sequence that this is a frame of
 *
 * @typedef {{label: string, against: string, title: string, content: string, url: string}} MapSource
 *
 * Where an image stands in its sequence, from 1, when or where that is, and what it is: a frame or a slice.
 * @typedef {{place: number, total: number, at: string, noun: string}} Frames
 *
 * The face that was read and how it came to be that one.
 * @typedef {{read: Box | null, how: string}} Faces
 *
 * An act that was not recorded because its region or label had moved on, and what holds now:
 * null where nothing does.
 * @typedef {{sent: string, by: string, current: (Partial<RegionAct> & Partial<LabelAct>) | null}} Conflict
 *
 * What became of an act: where it came too late, what was recorded meanwhile and by whom; where
 * it was refused, why.
 * @typedef {object} Verdict
 * @property {string} id
 * @property {'recorded' | 'conflict' | 'refused'} verdict
 * @property {string} [by]
 * @property {Conflict['current']} [current]
 * @property {string} [reason]
 *
 * An act that cannot be recorded as it is.
 * @typedef {{act: Act, reason: string}} Refused
 *
 * Where the editor's line is, and what it is opened with.
 * @typedef {{address: string, token: string}} LinePass
 *
 * What stands beside the editor: the round of the reading, how far the reader is, questions.
 * @typedef {object} ReadingBar
 * @property {string[]} round
 * @property {number} done
 * @property {number} total
 * @property {string} unit
 * @property {number} questions
 * @property {boolean} can_reopen
 * @property {{act: string, words: string}[]} askable
 *
 * Everything that is known of an image, and how it is shown.
 * @typedef {object} EditorData
 * @property {string} document
 * @property {string} owner
 * @property {string} rater
 * @property {string | null} reading_id
 * @property {string} caption
 * @property {ImageSource} image
 * @property {Entry[]} regions
 * @property {Label[]} labels
 * @property {LabelState[]} label_values
 * @property {RemarkState[]} remarks
 * @property {MapSource[]} maps
 * @property {string[]} notices
 * @property {string[]} prefetch
 * @property {Frames | null} frames
 * @property {Faces | null} faces
 * @property {number | null} [midline]  the column where the halves of the face meet
 * @property {string | null} facs_url  where the FACS vocabulary is, if the project codes with it
 * @property {boolean} can_sign
 * @property {string | null} previous  id of the image before this one
 * @property {string | null} next
 * @property {boolean} readonly
 * @property {boolean} [masks_may_overlap]  whether a pixel may be in masks of several labels
 * @property {boolean} must_decide  whether each suggestion takes a decision before Done
 * @property {ReadingBar | null} bar
 * @property {LinePass} line  from the page alone, like the next
 * @property {number | 'fill'} height
 *
 * How the editor reaches the server and the page around it.
 * @typedef {object} Wire
 * @property {(address: string, request: RequestInit) => Promise<Response>} fetch
 * @property {(image: string) => void} renew  has the page drawn anew, with this image
 * @property {import('./record/going.js').Address} address
 *
 * Where the pointer is.
 * @typedef {object} Pointer
 * @property {Point} image
 * @property {Point} screen
 * @property {string | null} handle
 * @property {boolean} coarse  by finger
 * @property {boolean} adds  Shift or Ctrl is held: to what is selected already
 * @property {boolean} takes  Alt is held: takes a corner away
 */

export {};
