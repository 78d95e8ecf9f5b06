"""What a file of another tool says of images, whatever its format."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..domain import BoundingBox, LabelSet, Presence, Region
from ..errors import AnnotatorError, IngestError

ENTRY_FAULTS = (
    AnnotatorError,
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading one entry of a stranger's file may raise: it is left out, and the rest goes on."""


def reason(error: Exception) -> str:
    """Return why an entry is left out, as a sentence without its subject."""
    if isinstance(error, AnnotatorError):
        return str(error)
    return "a field of it is missing or no number."


def _text(what: str, value: object) -> None:
    if not isinstance(value, str):
        raise IngestError(f"its {what} is {_short(value)}, which is no text.")


def _short(value: object) -> str:
    return repr(value)[:40]


def _score(value: Any) -> float | None:
    """Return how sure a machine was.

    Raises
    ------
    IngestError
        If it is no number from 0 to 1.
    """
    if value is None:
        return None
    score = _number(value)
    if not 0 <= score <= 1:
        raise IngestError(f"its score is {_short(value)}; write a number from 0 to 1.")
    return score


def _pixels(what: str, value: Any) -> int | None:
    """Return a whole number of pixels, however it is written; None for none and for 0.

    Raises
    ------
    IngestError
        If it is none.
    """
    if value in (None, "", 0):
        return None
    number = _number(value)
    if not number.is_integer() or number < 0:
        raise IngestError(f"its {what} is {_short(value)}; write a whole number of pixels.")
    return int(number) or None


IN_PERCENT = "scores in percent taken over as parts of 1"
_PERCENT = 100
_UNSAID = frozenset({"", "0", "False", "false", "None"})
"""What an attribute has that nobody set."""


def score_scale(scores: Iterable[Any]) -> int:
    """Return what the scores of a whole file are parts of: 100 where all are percent, else 1.

    Parameters
    ----------
    scores : iterable
        As the file has them, those that are no numbers among them.
    """
    numbers = [n for n in (_number(s) for s in scores if s is not None) if not math.isnan(n)]
    percent = all(s == 0 or 1 <= s <= _PERCENT for s in numbers) and max(numbers, default=0) > 2
    return _PERCENT if percent else 1


def scaled_score(score: Any, scale: int) -> Any:
    """Return a score as a part of 1; what is no number as it is, for `ImportedRegion` to refuse."""
    number = _number(score)
    return score if scale == 1 or math.isnan(number) else number / scale


def _number(value: Any) -> float:
    """Return a number, however it is written; none is not a number."""
    try:
        return math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def left_out(attributes: Mapping[Any, Any]) -> Iterator[str]:
    """Yield a note for each attribute of a region that says something: regions have labels only."""
    for name, value in attributes.items():
        if not (isinstance(value, str | bool | int | None) and str(value).strip() in _UNSAID):
            yield f"attributes {str(name)[:40]!r} of regions left out: a region has its label only"


_UPLOAD = re.compile(r"^[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of a file that was uploaded."""


def names_before_upload(name: str, *, uploaded: bool = False) -> tuple[str, ...]:
    """Return what a file may have been called before Label Studio took it; none if it did not.

    It puts eight digits before a name, and underscores for blanks, also in its YOLO and COCO
    files. There a date looks alike: unless it is known that the file was `uploaded`, one of the
    digits has to be a letter.
    """
    folder, parted, base = name.replace("\\", "/").rpartition("/")
    if not _UPLOAD.match(base) or (base[:8].isdecimal() and not uploaded):
        return ()
    own = _UPLOAD.sub("", base)
    return tuple(f"{folder}{parted}{one}" for one in dict.fromkeys((own, own.replace("_", " "))))


@dataclass(frozen=True, slots=True)
class ImportedRegion:
    """One region.

    Attributes
    ----------
    label : str
        As the file names it.
    region : Region
        In pixels of the image, the origin at the outer corner of its top-left pixel.
    rater : str
        Who stated it; empty where the file does not say.
    score : float or None
        Of a machine, in [0, 1].
    suggested : bool
        Whether the file says that a machine proposes it and nobody stated it.
    """

    label: str
    region: Region
    rater: str = ""
    score: float | None = None
    suggested: bool = False

    def __post_init__(self) -> None:
        _text("label", self.label)
        _text("rater", self.rater)
        object.__setattr__(self, "score", _score(self.score))


@dataclass(frozen=True, slots=True)
class ImportedValue:
    """The value of a label on the whole image.

    Attributes
    ----------
    label : str
    value : Presence
    rater : str
        Empty where the file does not say.
    intensity : str or None
        ``A`` to ``E``.
    side : str or None
        ``L``, ``R``, ``B`` or ``A``.
    score : float or None
        Of a machine, in [0, 1].
    suggested : bool
        Whether the file says that a machine proposes it and nobody stated it.
    """

    label: str
    value: Presence
    rater: str = ""
    intensity: str | None = None
    side: str | None = None
    score: float | None = None
    suggested: bool = False

    def __post_init__(self) -> None:
        _text("label", self.label)
        _text("rater", self.rater)
        _text("intensity", self.intensity or "")
        _text("side", self.side or "")
        object.__setattr__(self, "score", _score(self.score))


class FaceInTable(NamedTuple):
    """A face that a table has a row of: what the table calls it, and where it is in pixels."""

    name: str
    box: BoundingBox | None


@dataclass(frozen=True, slots=True)
class ImportedImage:
    """What a file says of one image.

    Attributes
    ----------
    file_name : str
        As the file has it; may have folders before it.
    width, height : int or None
        In pixels; None where the file does not say.
    marks : tuple of str
        What else the file says of which image it is: the SHA-256 of its file or its pixels, its
        identity in a record, the name that it had.
    frame : int or None
        Where the file numbers frames: which one of its film or volume it is, from 0.
    time_s : float or None
        When it is shown in its film, in seconds, where the file says so.
    face : FaceInTable or None
        Which face of the picture it speaks of, where the file may have several.
    regions : tuple of ImportedRegion
    values : tuple of ImportedValue
    faults : tuple of str
        Sentences about entries that could not be read and are left out.
    notes : tuple of str
        What became of entries that are taken over as something else, once for each, such as
        "rotated ellipses taken over as polygons".
    """

    file_name: str
    width: int | None = None
    height: int | None = None
    regions: tuple[ImportedRegion, ...] = ()
    values: tuple[ImportedValue, ...] = ()
    faults: tuple[str, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    marks: tuple[str, ...] = field(default=(), compare=False)
    frame: int | None = field(default=None, compare=False)
    time_s: float | None = field(default=None, compare=False)
    face: FaceInTable | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        _text("file name", self.file_name)
        object.__setattr__(self, "width", _pixels("width", self.width))
        object.__setattr__(self, "height", _pixels("height", self.height))


ImportedImages = Iterator[ImportedImage]
"""What an importer gives: one image at a time, in the order of the file."""


def code_at(labels: LabelSet, number: int, what: str) -> str:
    """Return the label at a place from 0, of a format that numbers its classes.

    Raises
    ------
    IngestError
        If there is no such place.
    """
    if not 0 <= number < len(labels):
        raise IngestError(
            f"{what} has class {number} and there are {len(labels)} labels; give the project the "
            "labels that the file was made with, in their order."
        )
    return labels.codes[number]
