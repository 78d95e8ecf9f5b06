"""DOTA: one text file an image, the four corners of each region's rotated box in pixels."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ..capacity import Capacity
from ..export_format import ExportFormat
from ..imported import ImportedImage
from ..reading_back import of_many_files
from ..self_check import check_by
from .dota_reading import dota_names, read_dota_file

SAYS = Capacity(shapes=frozenset({"rotated-box"}))

CONVENTIONS = {
    "labelTxt": "labelTxt/NAME.txt for images/NAME.png; a line for each region; empty: no region",
    "line": "x and y of the four corners, clockwise, the class, 0 (not difficult)",
    "coordinates": "pixels of the image; the origin is the outer corner of the top-left pixel; not "
    "rounded and not clipped",
    "class": "the label's code; _ for blanks in it",
}


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    del project
    names = dota_names(labels)
    (folder / "labelTxt").mkdir()
    for item in items:
        lines = []
        for stated in item.stated:
            for region in SAYS.regions(stated.region, item.image.width, item.image.height):
                corners = " ".join(f"{x!r} {y!r}" for x, y in region.outline)
                lines.append(f"{corners} {names[stated.label]} 0\n")
        path = folder / "labelTxt" / f"{item.stem}.txt"
        path.write_text("".join(lines), encoding="utf-8", newline="\n")


def _read(folder: Path, item: ExportItem, labels: LabelSet) -> ImportedImage:
    return read_dota_file(folder / "labelTxt" / f"{item.stem}.txt", item.file_name, labels)


FORMAT = ExportFormat(
    "dota",
    "DOTA (rotated boxes)",
    CONVENTIONS,
    SAYS,
    _write,
    check_by(of_many_files(_read, "labelTxt/*.txt"), SAYS),
)
