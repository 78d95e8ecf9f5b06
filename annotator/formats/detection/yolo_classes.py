"""The names of YOLO's classes: what stands beside the labels says them, not a project's order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from ...domain import LabelSet
from ...errors import IngestError
from ..markup.json_reading import read_json

_LABELS = "labels"


@dataclass(frozen=True, slots=True)
class YoloClasses:
    """The classes of a data set.

    Attributes
    ----------
    names : mapping of int to str
    source : str
        The file that names them; empty where the project's labels stand for them.
    points : (int, int) or None
        How many points follow the box of a pose, and of how many numbers each is.
    point_labels : mapping of int to list of str
        The labels of a class's points, in their order; empty where a point has none of its own.
    """

    names: Mapping[int, str]
    source: str = ""
    points: tuple[int, int] | None = None
    point_labels: Mapping[int, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: LabelSet) -> YoloClasses:
        """Return the labels of a project, in their order."""
        return cls(dict(enumerate(labels.codes)))

    def with_point_labels(self, codes: Sequence[str]) -> YoloClasses:
        """Return the classes, names of points only where they are labels of the project."""
        own = {
            number: [name if name in codes else "" for name in names]
            for number, names in self.point_labels.items()
        }
        return replace(self, point_labels=own)

    def point_label(self, number: float, place: int) -> str:
        """Return the label of a class's point; empty where it has none of its own."""
        names = self.point_labels.get(int(number), [])
        return names[place] if place < len(names) else ""

    def name_of(self, number: float) -> str:
        """Return the name of a class.

        Raises
        ------
        IngestError
            If it has none.
        """
        if number in self.names:
            return self.names[int(number)]
        if self.source:
            raise IngestError(
                f"{self.source} names {len(self.names)} classes and none {number:g}; "
                "write its name there."
            )
        raise IngestError(
            f"its class is {number:g} and the project has {len(self.names)} labels; put data.yaml "
            "or classes.txt, which name the classes, beside the label files."
        )


def classes_beside(path: Path, labels: LabelSet) -> YoloClasses:
    """Return the classes that a folder of labels, or one below or around it, names.

    Parameters
    ----------
    path : Path
        The folder, as a person names it.
    labels : LabelSet
        What stands for the classes where no file names them.

    Raises
    ------
    IngestError
        If a file of names cannot be read, or two name them differently.
    """
    above = [folder / name for folder in _folders_above(path) for name in _READERS]
    files = {*filter(names_classes, path.rglob("*")), *filter(Path.is_file, above)}
    order = list(_READERS)  # data.yaml first, which alone says what a pose is
    files_in_order = sorted(files, key=lambda file: (order.index(file.name), file))
    named = [_READERS[file.name](file) for file in files_in_order]
    named = [classes for classes in named if classes.names]
    for other in named[1:]:
        if other.names != named[0].names:
            raise IngestError(
                f"{named[0].source} and {other.source} name the classes differently; remove the "
                "one that these labels were not made with."
            )
    return named[0].with_point_labels(labels.codes) if named else YoloClasses.of(labels)


def names_classes(file: Path) -> bool:
    """Return whether a file is one that names classes, by its own name."""
    return file.name in _READERS


def _folders_above(path: Path) -> Sequence[Path]:
    """Return where names may stand above: a split's labels lie one or two folders below them."""
    if _LABELS in (path.name, path.parent.name):
        return path.parents[:2]
    return path.parents[:1] if (path / _LABELS).is_dir() else ()


def _from_yaml(file: Path) -> YoloClasses:
    try:
        # Every scalar is text here: a class may be called `no` or `1`.
        whole = yaml.load(file.read_text("utf-8-sig"), yaml.BaseLoader)  # noqa: S506
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        raise IngestError(f"{file.name} cannot be read as YAML; write it again.") from None
    try:
        names = _numbered(whole.get("names") or {})
        shape = [int(number) for number in whole.get("kpt_shape") or ()]
        of_points = {
            int(number): [str(name).strip() for name in own]
            for number, own in (whole.get("kpt_names") or {}).items()
        }
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise IngestError(
            f"{file.name} does not say which number each class has; write names, as a list or as "
            "number: name."
        ) from None
    points = (shape[0], shape[1]) if len(shape) == 2 else None
    return YoloClasses(names, file.name, points, of_points)


def _numbered(names: Any) -> dict[int, str]:
    pairs = names.items() if isinstance(names, dict) else enumerate(names)
    if isinstance(names, str):
        raise TypeError
    return {int(number): str(name).strip() for number, name in pairs}


def _from_lines(file: Path) -> YoloClasses:
    try:
        lines = file.read_text("utf-8-sig").rstrip().splitlines()
    except (OSError, UnicodeDecodeError):
        raise IngestError(f"{file.name} cannot be read as text; save it as UTF-8.") from None
    return YoloClasses(_numbered(lines), file.name)


def _from_notes(file: Path) -> YoloClasses:
    """Read what Label Studio writes beside its labels."""
    try:
        categories = read_json(file, dict, "Label Studio's notes")["categories"]
        return YoloClasses({int(c["id"]): str(c["name"]) for c in categories}, file.name)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise IngestError(
            f"{file.name} does not say which number each class has; export it again."
        ) from None


_READERS: Mapping[str, Callable[[Path], YoloClasses]] = {
    "data.yaml": _from_yaml,
    "data.yml": _from_yaml,
    "dataset.yaml": _from_yaml,
    "classes.txt": _from_lines,
    "predefined_classes.txt": _from_lines,
    "_darknet.labels": _from_lines,
    "obj.names": _from_lines,
    "notes.json": _from_notes,
}
