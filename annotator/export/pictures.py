"""The copies of the pictures in a data set."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..dataset.items import ExportItem
from ..errors import ExportError
from ..formats.export_format import ExportFormat
from . import manifest
from .report import NO_CONSENT
from .source import Source


def take_picture(
    folder: Path, item: ExportItem, form: ExportFormat, source: Source, tally: manifest.Tally
) -> None:
    """Copy the picture of an image, or count that it may not be handed on."""
    if not source.copies(item.record) or source.image_png is None:
        if form.needs_pictures:
            raise ExportError(
                f"{form.title} holds the pictures themselves, and for one of them {NO_CONSENT}; "
                "state the consent, or choose a format that does without pictures."
            )
        tally.withheld += 1
        return
    tally.copied.append(_copy_image(folder, item, form, source.image_png(item.image)))


def _copy_image(
    folder: Path, item: ExportItem, form: ExportFormat, content: bytes
) -> manifest.CopiedFile:
    # The header of a PNG file holds its size (PNG specification, section 11.2.1).
    size = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    if size != (item.image.width, item.image.height):
        raise ExportError(
            f"The pixels of {item.image.file_name} are {size[0]} x {size[1]} px and the record "
            f"says {item.image.width} x {item.image.height}; import the file again."
        )
    name = f"{form.pictures(item)}/{form.picture_name(item)}"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return manifest.CopiedFile(name, hashlib.sha256(content).digest())
