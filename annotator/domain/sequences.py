"""Sequences: pictures that belong together along an axis, by what they say of themselves.

A picture's *stack* and its place in it follow from that picture alone (decision 0037). Of pictures
at one place of one stack, the n-th that came is in the n-th repeat: a sequence of its own.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from .geometry import SlicePlace, Vector, VolumeGrid, plane_of
from .images import ImageAsset

_SLICED = frozenset({"CT", "MR", "NM", "PT"})
"""Modalities whose series are slices even where none says where it lies."""
_DIGITS = 3
"""Directions and millimetres are compared by so many decimals: headers have few."""
_EVEN = 0.05
"""How far a distance of slices may be from the usual one, or a multiple of it, as a share of it."""
_ACQUISITION = {
    "echo_time_ms": ("echo time", "TE {:g} ms"),
    "inversion_time_ms": ("inversion time", "TI {:g} ms"),
    "time_point": ("time point", "time point {:g}"),
    "b_value": ("b-value", "b {:g}"),
    "image_type": ("image type", "{}"),
}
"""What of ``display["acquisition"]`` tells stacks of one series apart: what it is, and in short."""


class SequenceKind(StrEnum):
    """What a sequence is of."""

    SERIES = "series"
    VOLUME = "volume"
    CLIP = "clip"


class Axis(StrEnum):
    """What the places of a sequence's frames are."""

    POSITION_MM = "position_mm"
    """Along the normal of the slices, in the patient."""
    TIME_S = "time_s"
    """When a frame is shown, from the beginning of its film."""
    INDEX = "index"
    """A number, where neither is known."""


class SequencePlace(NamedTuple):
    """Where a picture belongs.

    Attributes
    ----------
    stack : mapping
        JSON-ready: what all pictures share that may lie in one sequence.
    kind : SequenceKind
    axis : Axis
    place : float
        Along the axis.
    """

    stack: Mapping[str, Any]
    kind: SequenceKind
    axis: Axis
    place: float

    def stack_id(self, project_id: uuid.UUID) -> uuid.UUID:
        """Return what names the stack in a project, the same whenever it is asked for."""
        return uuid.uuid5(project_id, json.dumps(self.stack, sort_keys=True))


def sequence_place(image: ImageAsset) -> SequencePlace | None:
    """Return where a picture belongs; None of one that stands by itself."""
    display = image.display or {}
    of_file = {"file": image.source_sha256, "size": [image.width, image.height]}
    if image.volume is not None:
        place, axis = _in_volume(*image.volume)
        return SequencePlace(of_file, SequenceKind.VOLUME, axis, place)
    if image.time_s is not None:
        return SequencePlace(of_file, SequenceKind.CLIP, Axis.TIME_S, image.time_s)
    series, geometry = image.origin.get("series"), image.geometry
    stack = of_file if series is None else {"series": series, "size": of_file["size"]}
    if display.get("acquisition"):
        stack = {**stack, **display["acquisition"]}
    if geometry is not None:
        directions = (*geometry.row_direction, *geometry.column_direction)
        stack = {
            **stack,
            "space": geometry.frame_of_reference,
            "orientation": _rounded(directions),
            "spacing_mm": _rounded(geometry.spacing_mm),
        }
        (place,) = _rounded([np.dot(geometry.normal, geometry.position_mm)])
        return SequencePlace(stack, SequenceKind.SERIES, Axis.POSITION_MM, place)
    if image.frame is not None:
        still = image.modality in _SLICED | {"photograph"}
        kind = SequenceKind.SERIES if still else SequenceKind.CLIP
        return SequencePlace(of_file, kind, Axis.INDEX, float(image.frame))
    instance = image.origin.get("instance")
    if series is not None and instance is not None and image.modality in _SLICED:
        return SequencePlace(stack, SequenceKind.SERIES, Axis.INDEX, float(instance))
    return None


def _in_volume(grid: VolumeGrid, place: SlicePlace) -> tuple[float, Axis]:
    """Return a slice's place; towards right, front or head (RAS), whichever way the file runs."""
    affine = place.affine(grid)
    normal = np.cross(affine[:3, 0], affine[:3, 1])
    length = float(np.linalg.norm(normal))
    if not grid.placed or not length:
        return float(place.slice), Axis.INDEX
    normal = normal * np.sign(normal[np.argmax(np.abs(normal))]) / length
    return _rounded([np.dot(normal, affine[:3, 3])])[0], Axis.POSITION_MM


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(float(value), _DIGITS) + 0.0 for value in values]  # no -0.0


def repeats(places: Iterable[float | None]) -> list[int]:
    """Return for each place of a stack, in the order they came, the how-manieth there it is."""
    so_far: Counter[float | None] = Counter()
    numbers = []
    for place in places:
        so_far[place] += 1
        numbers.append(so_far[place])
    return numbers


class Frame(NamedTuple):
    """A picture, and where along the axis it lies."""

    place: float
    image: ImageAsset


@dataclass(frozen=True, slots=True)
class Sequence:
    """Pictures that belong together along an axis.

    Attributes
    ----------
    id : uuid.UUID
        The same as long as the pictures say the same of themselves.
    kind : SequenceKind
    axis : Axis
    stack : mapping
        As of `SequencePlace`.
    repeat : int
        From 1: others of its stack lie at the same places.
    frames : tuple of Frame
        In the order of their places.
    """

    id: uuid.UUID
    kind: SequenceKind
    axis: Axis
    stack: Mapping[str, Any]
    repeat: int
    frames: tuple[Frame, ...]

    @property
    def name(self) -> str:
        """What it is called: what it shows and the pseudonym of its series, or its file."""
        first = self.frames[0].image
        if "series" not in self.stack:
            called = first.file_name
        else:
            plane = plane_of(first.geometry.normal) if first.geometry else None
            called = " ".join(filter(None, (first.modality, plane, str(self.stack["series"]))))
        told = [
            short.format("/".join(stated) if isinstance(stated, list) else stated)
            for fact, (_, short) in _ACQUISITION.items()
            if (stated := self.stack.get(fact)) is not None
        ]
        return " · ".join([called, *told, *([f"repeat {self.repeat}"] if self.repeat > 1 else [])])

    @property
    def orientation(self) -> tuple[Vector, Vector] | None:
        """Directions of rows and columns in the patient (LPS); None where they are not known."""
        geometry = self.frames[0].image.geometry
        return (geometry.row_direction, geometry.column_direction) if geometry else None

    @property
    def between_mm(self) -> float | None:
        """Distance of neighbouring slices; None where it changes or is not known."""
        if self.axis is not Axis.POSITION_MM:
            return None
        if len(self.frames) < 2:
            geometry = self.frames[0].image.geometry
            return geometry.between_mm or geometry.thickness_mm if geometry else None
        usual, steps = self._steps()
        even = np.abs(steps - np.rint(steps)).max() <= _EVEN and steps.min() > 0.5
        return round(usual, _DIGITS) if even else None

    def _steps(self) -> tuple[float, np.ndarray[Any, np.dtype[np.float64]]]:
        """Return the usual distance in mm, and all distances as multiples of it."""
        distances = np.diff([frame.place for frame in self.frames])
        usual = float(np.median(distances))
        return usual, distances / usual

    @property
    def spacing_mm(self) -> tuple[float | None, float | None, float | None]:
        """Distances of rows, of columns and of slices; None for what is not known or changes."""
        rows, columns = self.frames[0].image.spacing_mm or (None, None)
        return rows, columns, self.between_mm

    def irregularities(self) -> list[str]:
        """Return a sentence for each thing that a reader of a whole stack has to know."""
        sentences = []
        instances = [frame.image.origin.get("instance") for frame in self.frames]
        in_turn = [number for number in instances if number is not None]
        if self.axis is Axis.POSITION_MM and in_turn not in (
            sorted(in_turn),
            sorted(in_turn, reverse=True),
        ):
            sentences.append(
                "Slices are in the order of their positions, which is not that of their instance "
                "numbers."
            )
        if self.axis is not Axis.POSITION_MM or len(self.frames) < 3:
            return sentences
        usual, steps = self._steps()
        if self.between_mm is None:
            low, high = (float(step) * usual for step in (steps.min(), steps.max()))
            sentences.append(f"The distance of its slices changes, from {low:g} to {high:g} mm.")
            return sentences
        for at in np.flatnonzero(steps > 1 + _EVEN).tolist():
            before, after = self.frames[at].place, self.frames[at + 1].place
            missing = round(float(steps[at])) - 1
            what = "A slice is" if missing == 1 else f"{missing} slices are"
            sentences.append(f"{what} missing between {before:g} and {after:g} mm.")
        return sentences


def sequences_of(project_id: uuid.UUID, images: Iterable[ImageAsset]) -> list[Sequence]:
    """Return the sequences of a project, each where its first picture came.

    Parameters
    ----------
    project_id : uuid.UUID
    images : iterable of ImageAsset
        In queue order. Those that stand by themselves are left out.
    """
    stacks: defaultdict[uuid.UUID, list[tuple[SequencePlace, ImageAsset]]] = defaultdict(list)
    for image in images:
        place = sequence_place(image)
        if place is not None:
            stacks[place.stack_id(project_id)].append((place, image))
    sequences = []
    for stack_id, members in stacks.items():
        frames: defaultdict[int, list[Frame]] = defaultdict(list)
        for repeat, (place, image) in zip(
            repeats(place.place for place, _ in members), members, strict=True
        ):
            frames[repeat].append(Frame(place.place, image))
        about = members[0][0]
        for repeat, own in frames.items():
            key = stack_id if repeat == 1 else uuid.uuid5(stack_id, str(repeat))
            along = tuple(sorted(own, key=lambda frame: frame.place))
            sequences.append(Sequence(key, about.kind, about.axis, about.stack, repeat, along))
    return sequences


def splits(sequences: Iterable[Sequence]) -> list[tuple[str, str]]:
    """Return for each series that is several sequences its pseudonym, and why, in a sentence."""
    of_series: defaultdict[str, list[Sequence]] = defaultdict(list)
    for sequence in sequences:
        if "series" in sequence.stack:
            of_series[str(sequence.stack["series"])].append(sequence)
    return [(series, _split(own)) for series, own in of_series.items() if len(own) > 1]


def _split(sequences: list[Sequence]) -> str:
    words = {
        "size": "size",
        "orientation": "orientation",
        "spacing_mm": "pixel spacing",
        "space": "frame of reference",
        **{fact: word for fact, (word, _) in _ACQUISITION.items()},
    }
    differ = [
        word
        for fact, word in words.items()
        if len({json.dumps(one.stack.get(fact)) for one in sequences}) > 1
    ]
    if any(one.repeat > 1 for one in sequences):
        differ.append("nothing but their number, at the same places")
    counts = " + ".join(str(len(one.frames)) for one in sequences)
    return (
        f"The series is taken in as {len(sequences)} sequences ({counts} slices), which differ in "
        f"{', '.join(differ)}."
    )
