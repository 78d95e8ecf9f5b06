"""Pascal VOC: one XML file an image, boxes in whole pixels, counted from 1, both ends inside."""

from __future__ import annotations

from pathlib import Path

from ..domain import BoundingBox, LabelSet
from ..errors import IngestError, RegionError
from .formats import ImportFormat, SizeOf
from .imported import ImportedImage, ImportedImages, ImportedRegion
from .xml_reading import elements, text_of


def read_voc_file(path: Path) -> ImportedImage:
    """Read the annotation of one image, after the VOC2012 development kit.

    Raises
    ------
    IngestError
        If the file is not VOC's.
    """
    name, size = "", (0, 0)
    regions, faults = [], []
    for element in elements(path, "filename", "size", "object"):
        if element.tag == "filename":
            name = element.text or ""
        elif element.tag == "size":
            size = _whole(text_of(element, "width")), _whole(text_of(element, "height"))
        else:
            try:
                edges = [float(text_of(element, f"bndbox/{edge}")) for edge in _EDGES]
                left, top, right, bottom = edges
                box = BoundingBox(left - 1, top - 1, right - left + 1, bottom - top + 1)
                regions.append(ImportedRegion(text_of(element, "name"), box))
            except (ValueError, RegionError) as error:
                faults.append(f"An object of {path.name} is left out: {error}")
    if not name:
        raise IngestError(f"{path.name} names no image; it is not an annotation of Pascal VOC.")
    width, height = size
    return ImportedImage(name, width or None, height or None, tuple(regions), (), tuple(faults))


_EDGES = ("xmin", "ymin", "xmax", "ymax")


def _whole(text: str) -> int:
    return int(float(text)) if text.strip().replace(".", "", 1).isdigit() else 0


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    folder = path / "Annotations" if (path / "Annotations").is_dir() else path
    files = sorted(folder.glob("*.xml")) if folder.is_dir() else [folder]
    if not files:
        raise IngestError(f"There are no annotations (*.xml) in {path.name}; name their folder.")
    for file in files:
        try:
            yield read_voc_file(file)
        except IngestError as error:
            yield ImportedImage(file.stem, faults=(str(error),))


VOC = ImportFormat("voc", "Pascal VOC", _read)
