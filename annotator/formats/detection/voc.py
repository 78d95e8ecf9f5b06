"""Pascal VOC: one XML file an image, boxes in whole pixels, counted from 1, both ends inside."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ..capacity import Capacity
from ..export_format import ExportFormat
from ..imported import ImportedImage
from ..markup.xml_writing import xml_escape
from ..reading_back import of_many_files
from ..self_check import check_by
from .voc_reading import read_voc_file

SAYS = Capacity(
    shapes=frozenset({"box"}),
    clipped=True,
    resolution_px=1.0,
    xml=True,
)

CONVENTIONS = {
    "bndbox": "whole pixels, counted from 1, the last one inside (VOC2012 development kit); a box "
    "is widened to the pixels that it touches and ends at the edge of the image",
    "labelmap.txt": "the labels, for CVAT and Datumaro",
    "source": "image: the file that was imported; frame: which of its frames, from 0",
    "truncated": "1 where the box was cut at the edge",
    "ImageSets/Main": "names of the images of each split; trainval where there are none",
}


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    (folder / "labelmap.txt").write_text(_label_map(labels), encoding="utf-8", newline="\n")
    (folder / "Annotations").mkdir()
    (folder / "ImageSets" / "Main").mkdir(parents=True)
    for item in items:
        path = folder / "Annotations" / f"{item.stem}.xml"
        path.write_text(_annotation(item, project), encoding="ascii", newline="\n")
        listed = folder / "ImageSets" / "Main" / f"{item.split or 'trainval'}.txt"
        with listed.open("a", encoding="ascii", newline="\n") as names:
            names.write(f"{item.stem}\n")


def _label_map(labels: LabelSet) -> str:
    """Return the labels as CVAT and Datumaro ask for; those with a colon have no way into it."""
    known = [code for code in labels.codes if ":" not in code and code.isprintable()]
    lines = ["# label:color_rgb:parts:actions", *(f"{name}:::" for name in ("background", *known))]
    return "\n".join(lines) + "\n"


def _annotation(item: ExportItem, project: ProjectFacts) -> str:
    image = item.image
    frame = "" if image.frame is None else f"<frame>{image.frame}</frame>"
    return (
        "<annotation>\n<folder>JPEGImages</folder>\n"
        f"<filename>{xml_escape(item.file_name)}</filename>\n"
        f"<source><database>{xml_escape(project.name)}</database>"
        f"<image>{xml_escape(image.file_name)}</image>{frame}</source>\n"
        f"<size><width>{image.width}</width><height>{image.height}</height>"
        f"<depth>{image.channels}</depth></size>\n<segmented>0</segmented>\n"
        + "".join(_objects(item))
        + "</annotation>\n"
    )


def _objects(item: ExportItem) -> Iterable[str]:
    width, height = item.image.width, item.image.height
    for stated in item.stated:
        truncated = int(stated.region.reaches_out(width, height))
        for box in SAYS.regions(stated.region, width, height):
            left, top, right, bottom = box.extent
            edges = {
                "xmin": math.floor(left) + 1,
                "ymin": math.floor(top) + 1,
                "xmax": math.ceil(right),
                "ymax": math.ceil(bottom),
            }
            bounds = "".join(f"<{edge}>{value}</{edge}>" for edge, value in edges.items())
            yield (
                f"<object><name>{xml_escape(stated.label)}</name><pose>Unspecified</pose>"
                f"<truncated>{truncated}</truncated><difficult>0</difficult>"
                f"<bndbox>{bounds}</bndbox></object>\n"
            )


def _read(folder: Path, item: ExportItem, labels: LabelSet) -> ImportedImage:
    del labels
    return read_voc_file(folder / "Annotations" / f"{item.stem}.xml")


FORMAT = ExportFormat(
    "voc",
    "Pascal VOC",
    CONVENTIONS,
    SAYS,
    _write,
    check_by(of_many_files(_read, "Annotations/*.xml"), SAYS),
    pictures=lambda _: "JPEGImages",
)
