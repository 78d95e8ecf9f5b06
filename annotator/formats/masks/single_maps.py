"""One label map for each picture, as people train with: nnU-Net's raw data, MONAI's datalist.

A pixel has the number of its label, which is the label's place in the project from 1; 0 is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ...errors import ExportError
from ..capacity import Capacity
from ..export_format import ExportFormat
from ..self_check import require
from .flattening import flattened
from .label_values import DESCRIPTION
from .mask_pictures import read_label_picture

SAYS = Capacity(shapes=frozenset({"mask"}), layered=False)
CONVENTIONS = {
    "label maps": "a PNG file for each picture, of its size: the number of the label whose region "
    "the pixel's centre lies in (8 bits, 16 where there are more than 255 labels), 0 for none",
    "numbers": "place of the label in the project's label set, from 1; where regions lie on each "
    "other, the smaller one has the pixel",
}

_BACKGROUND = "background"
_NNUNET = "Dataset001_annotations"
_TEST, _VALIDATION = "test", "val"
_MOST_IN_8_BITS = 255


@dataclass(slots=True)
class _Cases:
    """What a data set has, by the names of its parts; without parts it is all for training."""

    parts: dict[str, list[str]] = field(default_factory=dict)
    channels: set[int] = field(default_factory=set)

    def add(self, item: ExportItem) -> None:
        self.parts.setdefault(item.split or "train", []).append(item.stem)
        self.channels.add(item.image.channels)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where label maps and descriptions lie.

    Attributes
    ----------
    map_of : callable
        Returns the path of an image's label map.
    descriptions : callable
        Returns the JSON files, path to content.
    """

    map_of: Callable[[ExportItem], str]
    descriptions: Callable[[_Cases, LabelSet], Mapping[str, object]]

    def write(
        self, folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
    ) -> None:
        """Write the label maps as the items go by, then what describes them."""
        del project
        cases = _Cases()
        for item in items:
            cases.add(item)
            path = folder / self.map_of(item)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(_label_map(item, labels)).save(path, format="PNG")
        for name, content in self.descriptions(cases, labels).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(_json(content), encoding="ascii", newline="\n")

    def check(self, folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
        """Read every label map back and compare its pixels."""
        cases, maps = _Cases(), set()
        for item in items:
            cases.add(item)
            path = folder / self.map_of(item)
            maps.add(path)
            same = np.array_equal(read_label_picture(path), _label_map(item, labels))
            require(same, f"the label map of image {item.number}")
        written = {file for place in {path.parent for path in maps} for file in place.iterdir()}
        require(written == maps, "the number of label maps")
        for name, content in self.descriptions(cases, labels).items():
            require((folder / name).read_text("ascii") == _json(content), f"the content of {name}")


def _json(content: object) -> str:
    return json.dumps(content, indent=1) + "\n"


def _label_map(item: ExportItem, labels: LabelSet) -> npt.NDArray[Any]:
    """Return the numbers of an image's pixels, shape (H, W)."""
    places = labels.numbered(1)
    kind = np.uint8 if len(labels) <= _MOST_IN_8_BITS else np.uint16
    numbers = np.array([0, *(places[stated.label] for stated in item.stated)], dtype=kind)
    regions = [stated.region for stated in item.stated]
    of_regions, _ = flattened(regions, item.image.height, item.image.width)
    label_map: npt.NDArray[Any] = numbers[of_regions]
    return label_map


def _nnunet_part(item: ExportItem) -> str:
    return "Ts" if item.split == _TEST else "Tr"


def _nnunet(cases: _Cases, labels: LabelSet) -> dict[str, object]:
    """Return nnU-Net's dataset.json, and its split where the project has one.

    Raises
    ------
    ExportError
        If nnU-Net would take a label for something else, or asks for pictures that are alike.
    """
    taken = sorted({_BACKGROUND, "ignore"} & set(labels.codes))
    if taken:
        raise ExportError(
            f"nnU-Net gives the label {taken[0]!r} a meaning of its own, and the project has a "
            "label of that code; leave it out (--label for each of the others)."
        )
    if len(cases.channels) > 1:
        raise ExportError(
            "Some pictures are grey and some in colour, and nnU-Net asks for as many channels in "
            "each; export them from projects of their own."
        )
    colours = 3 in cases.channels
    training = [stem for part, stems in cases.parts.items() if part != _TEST for stem in stems]
    files: dict[str, object] = {
        f"{_NNUNET}/{DESCRIPTION}": {
            "channel_names": {"0": "R", "1": "G", "2": "B"} if colours else {"0": "grey"},
            "labels": {_BACKGROUND: 0, **labels.numbered(1)},
            "numTraining": len(training),
            "file_ending": ".png",
        }
    }
    validation = cases.parts.get(_VALIDATION)
    if validation:
        fold = {"train": sorted(set(training) - set(validation)), "val": sorted(validation)}
        files[f"{_NNUNET}/splits_final.json"] = [fold]
    return files


def _monai(cases: _Cases, labels: LabelSet) -> dict[str, object]:
    """Return a datalist in the manner of the Medical Segmentation Decathlon."""
    lists = {
        {"train": "training", _VALIDATION: "validation"}.get(part, part): [
            {"image": f"./images/{stem}.png", "label": f"./labels/{stem}.png"} for stem in stems
        ]
        for part, stems in cases.parts.items()
    }
    names = {str(n): code for n, code in enumerate((_BACKGROUND, *labels.codes))}
    number = len(lists.get("training", []))
    return {DESCRIPTION: {"labels": names, "numTraining": number, "training": [], **lists}}


_RAW = _Layout(lambda item: f"{_NNUNET}/labels{_nnunet_part(item)}/{item.stem}.png", _nnunet)
NNUNET = ExportFormat(
    "nnunet",
    "nnU-Net (raw data)",
    {
        **CONVENTIONS,
        "folder": f"this folder is nnUNet_raw; {_NNUNET} has imagesTr, labelsTr and dataset.json, "
        "and imagesTs and labelsTs of the part named test",
        "splits_final.json": "where there is a part named val: one fold, to be copied into the "
        "data set's folder in nnUNet_preprocessed",
        "slices of volumes": "each is a picture of its own",
    },
    SAYS,
    _RAW.write,
    _RAW.check,
    pictures=lambda item: f"{_NNUNET}/images{_nnunet_part(item)}",
    picture_name=lambda item: f"{item.stem}_0000.png",
    needs_pictures=True,
    windowed=False,
)

_DATALIST = _Layout(lambda item: f"labels/{item.stem}.png", _monai)
MONAI = ExportFormat(
    "monai",
    "Label maps, with MONAI's datalist",
    {
        **CONVENTIONS,
        DESCRIPTION: "names by number, and the pairs of each part: training (also of an undivided "
        "project), validation (the part named val), others by their name; for "
        "load_decathlon_datalist",
    },
    SAYS,
    _DATALIST.write,
    _DATALIST.check,
    needs_pictures=True,
    windowed=False,
)
