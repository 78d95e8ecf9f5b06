"""What the editor in the browser is told: regions, labels, addresses of pixels.

What comes back is in `acts`. Regions are the JSON form of `annotator.domain` (``Region.to_json``),
in pixels of the original image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

RegionJson = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EditorRegion:
    """A region to draw, with what is said about it now.

    Attributes
    ----------
    id : str
        UUID that all acts on the region share (for a suggestion, the suggestion's).
    label : str
        Code of its label.
    region : mapping
        Its outline, as ``Region.to_json`` writes it.
    decision : str
        ``undecided``, ``accepted``, ``edited``, ``rejected``, ``added`` or ``withdrawn``
        (not drawn).
    origin : str
        ``suggestion`` or ``rater``.
    score : float or None
        The classifier's score, in [0, 1].
    proposed_region, proposed_label
        What the machine proposed; None for a region the rater drew.
    proposed_before : bool
        Whether an earlier run proposed it, whose maps are not those that are shown.
    reason : str
        Why the machine proposed it, in a line.
    quality : str
        What was measured of the machine for this label, in a line; empty if nothing was.
    cut_level : float or None
        Share of its map's maximum that the machine cut it at, in (0, 1), for a map that is shown.
    last_act : str or None
        Id of the latest act on it.
    """

    id: str
    label: str
    region: RegionJson
    decision: str = "undecided"
    origin: Literal["suggestion", "rater"] = "suggestion"
    score: float | None = None
    proposed_region: RegionJson | None = None
    proposed_label: str | None = None
    proposed_before: bool = False
    reason: str = ""
    quality: str = ""
    cut_level: float | None = None
    last_act: str | None = None


@dataclass(frozen=True, slots=True)
class EditorLabel:
    """A label that regions may carry.

    Attributes
    ----------
    code : str
    meaning : str
        What it says in words.
    score : float or None
        The classifier's score of it on this image, in [0, 1], where it may be seen.
    quality : str
        What was measured of the machine for it, in a line, where that may be seen.
    """

    code: str
    meaning: str = ""
    score: float | None = None
    quality: str = ""


@dataclass(frozen=True, slots=True)
class EditorLabelValue:
    """What is said of a label for the whole image.

    Attributes
    ----------
    label : str
        Its code.
    value : str
        A value of `annotator.domain.Presence`.
    intensity, side : str or None
        Of a FACS code.
    last_act : str or None
        Id of the act that said it.
    """

    label: str
    value: str
    intensity: str | None = None
    side: str | None = None
    last_act: str | None = None


@dataclass(frozen=True, slots=True)
class EditorRemarkShown:
    """A remark on the image or on a region of it.

    Attributes
    ----------
    id : str
    remark : str
        A value of `annotator.domain.RemarkKind`.
    text : str
    rater : str
        Who made it.
    region_id : str or None
    answers : str or None
        Id of the issue it answers.
    """

    id: str
    remark: str
    text: str
    rater: str
    region_id: str | None = None
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A named window: stored values from `low` (black) to `high` (white)."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class EditorImage:
    """Where the browser finds an image's pixels.

    Attributes
    ----------
    url : str
        Address of the encoded pixels (`encode_image`), usually from `PixelRoute.url`.
    content : str
        Identity of the pixels, for example their SHA-256. While it stays the same the browser
        fetches nothing, even if the address changes.
    width, height : int
        Size in pixels.
    kind : str
        ``png8`` or ``grey16``, from `kind_of`.
    window : (float, float) or None
        The window to begin with; None for the full range.
    presets : tuple of WindowPreset
        Further windows on offer.
    series : str or None
        Identity of the sequence that this is a frame of: from one of its frames to another,
        zoom and window stay as they are.
    display : mapping or None
        What stored values mean (``ImageAsset.display``): ``unit``, ``slope``, ``intercept``,
        ``windows`` (``name``, ``center``, ``width``), ``spacing_mm`` ([row, column]), ``aspect``.
    """

    url: str
    content: str
    width: int
    height: int
    kind: Literal["png8", "grey16"] = "png8"
    window: tuple[float, float] | None = None
    presets: tuple[WindowPreset, ...] = ()
    display: Mapping[str, Any] | None = None
    series: str | None = None


@dataclass(frozen=True, slots=True)
class EditorFrames:
    """Where an image stands in its sequence.

    Attributes
    ----------
    place, total : int
        From 1.
    at : str
        When or where along its axis it is, in words; empty where that is not known.
    noun : str
        What it is: ``frame`` or ``slice``.
    """

    place: int
    total: int
    at: str = ""
    noun: str = "frame"


@dataclass(frozen=True, slots=True)
class EditorFaces:
    """Which face of the image the machine read.

    Attributes
    ----------
    read : mapping or None
        The box, as ``BoundingBox.to_json`` writes it; None where no face was found.
    how : str
        How it came that it was this one, in words.
    """

    read: RegionJson | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class MapOverlay:
    """An excitation map that can be laid over the image.

    Attributes
    ----------
    label, against : str
        The label explained, and its rival: ``dual``, ``none`` or a label code.
    url : str
        Address of the map (`encode_map`), covering the whole image.
    content : str
        Identity of the map's values.
    title : str
        What the rater reads, for example ``AU12 against everything else``.
    """

    label: str
    against: str
    url: str
    content: str
    title: str


@dataclass(frozen=True, slots=True)
class AskableAct:
    """Another person's act that can be asked about: its id, and the act in words."""

    act: str
    words: str


@dataclass(frozen=True, slots=True)
class ReadingBar:
    """In which round one reads, how far one is, and what can be asked.

    Attributes
    ----------
    round : sequence of str
        Sentences on the round of the reading and its signature.
    done, total : int
        Images reviewed, or signed by this reader, of how many; 0 of 0 says nothing.
    unit : str
        ``reviewed`` or ``signed``.
    questions : int
        How many questions wait for the reader's answer.
    can_reopen : bool
        Whether the reader's signed reading can be opened again.
    askable : sequence of AskableAct
    """

    round: Sequence[str] = ()
    done: int = 0
    total: int = 0
    unit: str = "reviewed"
    questions: int = 0
    can_reopen: bool = False
    askable: Sequence[AskableAct] = ()


@dataclass(frozen=True, slots=True)
class EditorContent:
    """Everything the editor shows.

    Attributes
    ----------
    document : str
        Id of the image. Acts carry it.
    image : EditorImage
    regions : sequence of EditorRegion
        As the record has them now, in the order they are listed. What the rater did since and
        is not acknowledged yet is shown on top of them.
    labels : sequence of EditorLabel
        In the order of the number keys.
    maps : sequence of MapOverlay
        For each label its map against the usual rival first, then those asked for.
    label_values : sequence of EditorLabelValue
        What is said of labels of the whole image.
    remarks : sequence of EditorRemarkShown
        Oldest first.
    reading_id : str or None
        The reading that is open; each act carries it.
    midline : float or None
        The column where the halves of the face meet, in pixels; None where it is not known.
    facs_url : str or None
        Address of the FACS vocabulary (JSON) for projects that code with it: the editor then
        offers the code line.
    owner : str
        What these acts belong to, for example the project: what a browser has kept unsent is
        sent under the same owner only.
    rater : str
        Who acts; each act carries the name it was made under.
    caption : str
        Shown between the arrows, for example ``film.dcm, 3 of 20``.
    notices : sequence of str
        Sentences for the rater, for example why the image has no suggestion.
    prefetch : sequence of str
        Addresses of pixels that will be wanted next.
    previous, next : str or None
        Ids of the images to go to.
    can_sign : bool
        Whether the rater can say that all is said of this image.
    readonly : bool
        Look only.
    frames : EditorFrames or None
        For a frame of a video, a stack or a multi-frame file.
    faces : EditorFaces or None
        Where the rater may choose which face is read.
    bar : ReadingBar or None
        What stands beside the editor.
    must_decide : bool
        Whether every suggestion takes a decision before the image can be signed.
    masks_may_overlap : bool
        Whether a pixel may be in the masks of several labels.
    """

    document: str
    image: EditorImage
    regions: Sequence[EditorRegion]
    labels: Sequence[EditorLabel]
    maps: Sequence[MapOverlay] = ()
    label_values: Sequence[EditorLabelValue] = ()
    remarks: Sequence[EditorRemarkShown] = ()
    reading_id: str | None = None
    midline: float | None = None
    facs_url: str | None = None
    owner: str = ""
    rater: str = ""
    caption: str = ""
    notices: Sequence[str] = ()
    prefetch: Sequence[str] = ()
    previous: str | None = None
    next: str | None = None
    can_sign: bool = False
    readonly: bool = False
    frames: EditorFrames | None = None
    faces: EditorFaces | None = None
    bar: ReadingBar | None = None
    must_decide: bool = False
    masks_may_overlap: bool = True
