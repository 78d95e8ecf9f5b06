"""CVAT's XML for images, version 1.1: coordinates are ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...dataset.stated import StatedRegion, StatedValue
from ...domain import LabelSet, Presence, Region
from ..capacity import SAYS_ALL
from ..export_format import ExportFormat
from ..markup.xml_writing import xml_escape
from ..reading_back import of_one_file
from ..self_check import check_by
from .cvat_reading import CVAT_PLACES, read_cvat

FILE_NAME = "annotations.xml"

SAYS = replace(
    SAYS_ALL,
    holes=False,
    not_offered=False,
    xml=True,
    values=frozenset({Presence.PRESENT}),
)

CONVENTIONS = {
    "coordinates": "pixels of the image; x is the column, y the row; the origin is the outer "
    "corner of the top-left pixel; not rounded; rotation in degrees, clockwise about the centre",
    "mask": "run lengths within left, top, width and height, row by row, the first background",
    "source": "manual; semi-auto where the region began as a suggestion; auto for suggestions",
    "attributes": "rater, round, decision of a shape; value, intensity, side, rater, round of a "
    "tag, which says the value of a label on the whole image",
    "review, original_file_name, frame": "of an image, beyond CVAT's own: reviewed, in progress or "
    "not reviewed; the file that was imported, and which of its frames, from 0",
}

_ATTRIBUTES = ("rater", "round", "decision", "value", "intensity", "side")


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    with (folder / FILE_NAME).open("w", encoding="ascii", newline="\n") as out:
        out.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n')
        out.write("<version>1.1</version>\n<meta><task>")
        out.write(f"<name>{xml_escape(project.name)}</name><labels>")
        for label in labels:
            out.write(f"<label><name>{xml_escape(label.code)}</name><attributes>")
            out.writelines(map(_declared, _ATTRIBUTES))
            out.write("</attributes></label>")
        out.write("</labels></task></meta>\n")
        for item in items:
            out.writelines(_image(item))
        out.write("</annotations>\n")


def _declared(name: str) -> str:
    return (
        f"<attribute><name>{name}</name><mutable>False</mutable><input_type>text</input_type>"
        "<default_value></default_value><values></values></attribute>"
    )


def _image(item: ExportItem) -> Iterator[str]:
    subset = f' subset="{item.split}"' if item.split else ""
    frame = "" if item.image.frame is None else f' frame="{item.image.frame}"'
    yield (
        f'<image id="{item.number - 1}" name="{xml_escape(item.address)}"{subset} '
        f'width="{item.image.width}" height="{item.image.height}" review="{item.review}" '
        f'original_file_name="{xml_escape(item.image.file_name)}"{frame}>\n'
    )
    for stated in item.stated:
        for region in SAYS.regions(stated.region, item.image.width, item.image.height):
            yield _shape(stated, region)
    # A tag says that the label is there: none for what is absent, uncertain or not assessable.
    yield from (_tag(said) for said in item.values if said.value in SAYS.values)
    yield "</image>\n"


def _shape(stated: StatedRegion, region: Region) -> str:
    source = "semi-auto" if stated.derived_from else "manual"
    if stated.decision == "suggested":
        source = "auto"
    tag, place = CVAT_PLACES[region.kind](region)
    attributes = _attributes(rater=stated.rater, round=stated.round, decision=stated.decision)
    return (
        f'<{tag} label="{xml_escape(stated.label)}" source="{source}" occluded="0" {place} '
        f'z_order="0">{attributes}</{tag}>\n'
    )


def _tag(said: StatedValue) -> str:
    attributes = _attributes(
        rater=said.rater,
        round=said.round,
        value=said.value.value,
        intensity=said.intensity or "",
        side=said.side or "",
    )
    return f'<tag label="{xml_escape(said.label)}" source="manual">{attributes}</tag>\n'


def _attributes(**values: str) -> str:
    return "".join(
        f'<attribute name="{name}">{xml_escape(value)}</attribute>'
        for name, value in values.items()
    )


FORMAT = ExportFormat(
    "cvat",
    "CVAT for images 1.1 (XML)",
    CONVENTIONS,
    SAYS,
    _write,
    check_by(of_one_file(read_cvat, FILE_NAME), SAYS),
    prefixed=True,
)
