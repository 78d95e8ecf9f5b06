"""Write a data set whole or not at all: the part that is the same for every format."""

from __future__ import annotations

import errno
import hashlib
import importlib.metadata
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..domain import ImageAsset, ImageRecord, LabelSet
from ..errors import ExportError
from ..settings import APPLICATION
from . import manifest
from .formats import ExportFormat
from .items import ExportItem, export_item
from .json_lines import json_line

RECORD_FILE = "decisions.jsonl"
IMAGES_FOLDER = "images"
CHECKSUMS_FILE = "images.sha256"

ImagePng = Callable[[ImageAsset], bytes]
"""Returns an image's pixels as a PNG file, for example ``PixelStore.encoded``."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported.

    Attributes
    ----------
    folder : Path
        The data set.
    manifest : dict
        As in its ``manifest.json``.
    """

    folder: Path
    manifest: dict[str, Any] = field(repr=False)

    def summary(self) -> str:
        """Return the counts in a sentence."""
        counts = self.manifest["counts"]
        images = counts["images"]
        return (
            f"{images['all']} images with {counts['annotations']} annotations in {self.folder}: "
            f"{images['reviewed']} reviewed ({images['negative']} without findings), "
            f"{images['in progress']} in progress, {images['not reviewed']} not reviewed."
        )


def write_dataset(
    records: Iterable[ImageRecord],
    labels: LabelSet,
    target: Path,
    *,
    project: str,
    form: ExportFormat,
    image_png: ImagePng | None = None,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write a data set in one format; see `annotator.export.export_items`."""
    tally = manifest.Tally(labels)
    with _new_folder(target) as folder:
        items = _items(records, folder, tally, image_png, progress)
        form.write(folder, items, labels, project)
        names = [*form.files, RECORD_FILE]
        if image_png is not None:
            names.append(CHECKSUMS_FILE)
            _check_images(folder)
        form.check(folder, _recorded(folder), labels)
        stated = {
            "format": form.name,
            "project": project,
            "code": {"name": APPLICATION, "version": importlib.metadata.version(APPLICATION)},
            "counts": tally.to_json(),
            "models": tally.models,
            "conventions": dict(form.conventions),
            "notices": list(manifest.NOTICES),
            "files": [manifest.file_entry(folder / name) for name in names],
        }
        text = json.dumps(stated, indent=2, allow_nan=False) + "\n"
        (folder / manifest.FILE_NAME).write_text(text, encoding="ascii", newline="\n")
    return ExportReport(target, stated)


def _items(
    records: Iterable[ImageRecord],
    folder: Path,
    tally: manifest.Tally,
    image_png: ImagePng | None,
    progress: Callable[[int], None] | None,
) -> Iterator[ExportItem]:
    """Yield the items; as each goes by, write it down whole, copy its image, and count it.

    Raises
    ------
    ExportError
        If what was written down does not read back as it was written.
    """
    digest = hashlib.sha256()
    with (folder / RECORD_FILE).open("wb") as record_file:
        for number, record in enumerate(records, start=1):
            item = export_item(number, record, copied=image_png is not None)
            line = json_line(item.to_json()).encode() + b"\n"
            record_file.write(line)
            digest.update(line)
            if image_png is not None:
                _copy_image(folder, item, image_png(item.image))
            tally.add(item)
            yield item
            if progress is not None:
                progress(number)
    if manifest.file_entry(folder / RECORD_FILE)["sha256"] != digest.hexdigest():
        raise ExportError(f"{RECORD_FILE} does not read back as written; check the disk.")


def _recorded(folder: Path) -> Iterator[dict[str, Any]]:
    with (folder / RECORD_FILE).open(encoding="ascii") as lines:
        yield from map(json.loads, lines)


def _copy_image(folder: Path, item: ExportItem, content: bytes) -> None:
    # The header of a PNG file holds its size (PNG specification, section 11.2.1).
    size = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    if size != (item.image.width, item.image.height):
        raise ExportError(
            f"The pixels of {item.image.file_name} are {size[0]} x {size[1]} px and the record "
            f"says {item.image.width} x {item.image.height}; import the file again."
        )
    (folder / IMAGES_FOLDER).mkdir(exist_ok=True)
    (folder / IMAGES_FOLDER / item.file_name).write_bytes(content)
    line = f"{hashlib.sha256(content).hexdigest()}  {IMAGES_FOLDER}/{item.file_name}\n"
    with (folder / CHECKSUMS_FILE).open("a", encoding="ascii", newline="\n") as checksums:
        checksums.write(line)


def _check_images(folder: Path) -> None:
    (folder / CHECKSUMS_FILE).touch()
    with (folder / CHECKSUMS_FILE).open(encoding="ascii") as checksums:
        for line in checksums:
            sha256, name = line.rstrip("\n").split("  ", 1)
            if manifest.file_entry(folder / name)["sha256"] != sha256:
                raise ExportError(f"{name} does not read back as written; check the disk.")


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """Yield a folder beside the target that becomes it at the end, or is removed.

    A process that is killed leaves at most a hidden folder that ends in ``.partial`` and has
    no manifest.

    Raises
    ------
    ExportError
        If the target exists and is not an empty folder, or the disk does not take the files.
    """
    partial = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.partial"
    try:
        if target.is_dir() and any(target.iterdir()):
            raise ExportError(f"{target} is not empty; name a new folder.")
        if target.exists() and not target.is_dir():
            raise ExportError(f"{target} is a file; name a new folder.")
        partial.mkdir(parents=True)
        yield partial
        _sync()
        partial.rename(target)
    except OSError as error:
        raise _write_error(target, error) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _sync() -> None:
    """Have everything on the disk before the rename makes it look whole."""
    if hasattr(os, "sync"):
        os.sync()


def _write_error(target: Path, error: OSError) -> ExportError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExportError(
            f"The disk of {target} is full and nothing was exported; free some space, then "
            "export again."
        )
    return ExportError(
        f"{target} cannot be written ({os.strerror(error.errno or 0)}) and nothing was exported; "
        "name a folder that this user may write."
    )
