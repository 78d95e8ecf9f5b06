"""The copies of the pictures in a data set."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ..dataset.csv_lines import append_line
from ..dataset.items import ExportItem
from ..dataset.selection import Selection
from ..errors import ExportError
from ..formats.export_format import ExportFormat
from . import manifest
from .report import NO_CONSENT
from .source import Source

WINDOWS_FILE = "windows.csv"
WINDOWED = (
    "pictures of 16-bit grey written as 8 bits through the window that they are shown with "
    f"({WINDOWS_FILE})"
)
_MOST_WINDOWS = 20
"""How many windows the manifest has; all of them are in the table."""


def writes_windowed(
    item: ExportItem, form: ExportFormat, source: Source, selection: Selection
) -> bool:
    """Tell whether a picture is copied in 8 bits, as it is shown."""
    if item.image.bits <= 8 or source.windowed is None:
        return False
    return form.windowed if not selection.pictures else selection.pictures == "windowed-8bit"


def pictures_to_json(tally: manifest.Tally) -> dict[str, Any]:
    """Return what the manifest says of the copies, the most frequent windows among it."""
    said: dict[str, Any] = {"copied": len(tally.copied), "withheld": tally.withheld}
    if tally.windows:
        most = sorted(tally.windows.items(), key=lambda one: (-one[1], one[0]))[:_MOST_WINDOWS]
        said["windowed"] = tally.windows.total()
        said["windows"] = [
            {"black": black, "white": white, "pictures": count} for (black, white), count in most
        ]
    return said


def take_picture(
    folder: Path,
    item: ExportItem,
    form: ExportFormat,
    source: Source,
    tally: manifest.Tally,
    *,
    windowed: bool,
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
    if windowed and source.windowed is not None:
        content, *window = source.windowed(item.image)
        _note_window(folder, item, form, window)
        tally.windows[window[0], window[1]] += 1
        tally.losses[WINDOWED] += 1
    else:
        content = source.image_png(item.image)
    tally.copied.append(_copy_image(folder, item, form, content))


def _note_window(folder: Path, item: ExportItem, form: ExportFormat, window: list[float]) -> None:
    name = f"{form.pictures(item)}/{form.picture_name(item)}"
    line = f"{item.image.id},{name},{window[0]!r},{window[1]!r}\n"
    append_line(folder / WINDOWS_FILE, "image_uuid,picture,black,white\n", line)


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
