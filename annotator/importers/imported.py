"""What a file of another tool says of images, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..domain import LabelSet, Presence, Region
from ..errors import IngestError


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
    """

    label: str
    value: Presence
    rater: str = ""
    intensity: str | None = None
    side: str | None = None
    score: float | None = None


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
