"""Write a data set whole or not at all: the part that is the same for every format."""

from __future__ import annotations

import errno
import gc
import glob
import hashlib
import importlib.metadata
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import orjson

from ..dataset.csv_lines import append_line
from ..dataset.items import ExportItem, export_item
from ..dataset.json_lines import json_bytes
from ..dataset.record_json import record_from_json
from ..dataset.selection import Selection
from ..dataset.splits import SAME_SLICES, check_shares
from ..dataset.volumes import LEFT_EMPTY
from ..domain import ImageRecord, LabelSet
from ..errors import ExportError
from ..formats.export_format import ExportFormat
from ..settings import APPLICATION
from . import croissant, manifest
from .croissant import write_croissant
from .dataset_card import write_card
from .deidentification import Pseudonyms
from .manifest import RECORD_FILE
from .pictures import pictures_to_json, take_picture, writes_windowed
from .report import ExportReport
from .scores import note_scores
from .source import Source

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

SPLITS_FILE = "splits.csv"
_COLLECTIONS = gc.get_threshold()
_RARE = 50_000


def write_dataset(
    source: Source,
    target: Path,
    form: ExportFormat,
    selection: Selection,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write a data set in one format; see `annotator.export.export_items`."""
    check_shares(selection.splits)
    if form.needs_pictures and source.image_png is None:
        raise ExportError(f"{form.title} holds the pictures themselves; export with pictures.")
    if selection.image_prefix:
        _require_use_of_prefix(form, selection.image_prefix)
    if source.original is not None:
        _require_use_of_originals(form, selection)
    if selection.dated and not selection.unfinished:
        raise ExportError(
            "What was stated from one day to another is part of what is stated of an image, so no "
            "image is finished by it; ask for unfinished images, too (--unfinished)."
        )
    if selection.raters:
        source = replace(source, records=_known_readers(source.records, selection.raters))
    if selection.pseudonyms:
        source, selection = _without_names(source, selection)
    labels = _selected_labels(source.labels, selection)
    tally = manifest.Tally(labels, form.capacity)
    with _fewer_collections(), _new_folder(target) as folder:
        items = _items(source, folder, form, selection, tally, progress)
        form.write(folder, items, labels, source.facts)
        for _ in items:  # a format that looks at nothing must not lose what is recorded
            pass
        tally.leakage.check()
        tally.losses[SAME_SLICES] += tally.leakage.slices
        tally.losses[LEFT_EMPTY] += source.volumes.left_empty()
        form.check(folder, _recorded(folder, source, selection, tally, progress), labels)
        stated = {
            "format": form.name,
            "project": source.project,
            "code": {"name": APPLICATION, "version": importlib.metadata.version(APPLICATION)},
            "selection": selection.to_json(),
            "counts": tally.to_json(),
            "losses": dict(sorted((+tally.losses).items())),
            "pictures": pictures_to_json(tally),
            "models": tally.models,
            **source.about,
            "conventions": dict(form.conventions),
            "notices": list(manifest.NOTICES),
        }
        write_card(folder, stated, labels, form)
        stated["files"] = manifest.list_files(folder, tally.copied)
        write_croissant(folder, stated, labels, tally.picture_folders)
        stated["files"].append(manifest.file_entry(folder / croissant.FILE_NAME))
        text = json.dumps(stated, indent=2, allow_nan=False) + "\n"
        (folder / manifest.FILE_NAME).write_text(text, encoding="ascii", newline="\n")
    return ExportReport(target, stated)


def _require_use_of_prefix(form: ExportFormat, prefix: str) -> None:
    if not form.prefixed:
        raise ExportError(
            f"{form.title} has no place for a path or URL before the names of pictures; leave "
            "--image-prefix out, or choose Label Studio, CVAT or COCO."
        )
    if not prefix.endswith("/"):
        raise ExportError(
            f"{prefix!r} is no folder that a picture's name can follow; end --image-prefix with /."
        )


def _require_use_of_originals(form: ExportFormat, selection: Selection) -> None:
    if not form.refers_to_originals:
        raise ExportError(
            f"{form.title} refers to no originals; leave them out, or choose a format that does."
        )
    if selection.pseudonyms:
        raise ExportError(
            "What refers to originals names whom they name; export without originals, or without "
            "pseudonyms."
        )


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Have the garbage collector pass over what is there already, and come less often.

    An export makes millions of small objects that nothing keeps, and no cycles of its own; the
    collector, left alone, walks the whole program again and again meanwhile (a quarter of the
    time of reading the record).
    """
    frozen = gc.get_freeze_count()  # by the app, which stays so
    gc.freeze()
    usual = gc.get_threshold()
    if usual[0] == _RARE:  # set by another export
        usual = _COLLECTIONS
    gc.set_threshold(_RARE, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        if not frozen:
            gc.unfreeze()


def _known_readers(records: Iterable[ImageRecord], raters: frozenset[str]) -> Iterator[ImageRecord]:
    """Yield the records; at their end refuse names of which none of them has a word.

    Raises
    ------
    ExportError
    """
    known: set[str] = set()
    for record in records:
        known |= record.raters
        yield record
    if unknown := sorted(raters - known):
        readers = ", ".join(sorted(known)) or "nobody yet"
        raise ExportError(
            f"{', '.join(unknown)} stated and read nothing in this project; its readers are: "
            f"{readers}."
        )


def _without_names(source: Source, selection: Selection) -> tuple[Source, Selection]:
    names = Pseudonyms()
    raters = frozenset(names.of(rater) for rater in sorted(selection.raters))
    records = map(names.applied, source.records)
    return replace(source, records=records), replace(selection, raters=raters)


def _selected_labels(labels: LabelSet, selection: Selection) -> LabelSet:
    unknown = sorted(selection.labels - set(labels.codes))
    if unknown:
        raise ExportError(
            f"The project has no label {', '.join(unknown)}; it has {', '.join(labels.codes)}."
        )
    if not selection.labels:
        return labels
    return LabelSet(tuple(label for label in labels if label.code in selection.labels))


def _items(
    source: Source,
    folder: Path,
    form: ExportFormat,
    selection: Selection,
    tally: manifest.Tally,
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
        for record in source.records:
            item = _item(tally.images["all"] + 1, record, source, selection)
            if item.unfinished and not selection.unfinished:
                tally.leave_out(item)
                continue
            _require_one_reader(item, form, selection)
            recorded = json_bytes(item.to_json()) + b"\n"
            record_file.write(recorded)
            digest.update(recorded)
            if source.image_png is not None:
                windowed = writes_windowed(item, form, source, selection)
                take_picture(folder, item, form, source, tally, windowed=windowed)
            if item.split:
                line = f"{item.image.id},{item.split}\n"
                append_line(folder / SPLITS_FILE, "image_uuid,split\n", line)
            if selection.scores:
                note_scores(folder, item, tally.codes)
            tally.add(item)
            if source.original is not None and item.original is None:
                tally.losses["images without their original, written as pictures of their own"] += 1
            yield item
            if progress is not None:
                progress(tally.steps)
    if manifest.file_entry(folder / RECORD_FILE)["sha256"] != digest.hexdigest():
        raise ExportError(f"{RECORD_FILE} does not read back as written; check the disk.")


def _item(number: int, record: ImageRecord, source: Source, selection: Selection) -> ExportItem:
    item = export_item(
        number,
        record,
        copied=source.copies(record),
        selection=selection,
        maps=lambda: source.maps(record.image),
        offers=source.offers,
        volume=lambda: source.volumes.part(record.image),
        original=source.original(record.image) if source.original else None,
    )
    known = source.labels.codes
    for stated in item.stated:
        if stated.label not in known:
            raise ExportError(
                f"An annotation has the label {stated.label!r}, which is not in the project's "
                f"label set ({', '.join(known)}); add the label, then export again."
            )
    return item


def _require_one_reader(item: ExportItem, form: ExportFormat, selection: Selection) -> None:
    """Refuse to lay the regions of several readers over each other.

    Raises
    ------
    ExportError
    """
    readers = item.independent_readers
    if len(readers) < 2 or form.readers_apart or not form.capacity.shapes:
        return
    names = "" if selection.pseudonyms else f" ({', '.join(readers)})"
    raise ExportError(
        f"{len(readers)} readers{names} read the same image, and {form.title} has one list of "
        "regions for each image, in which nothing tells them apart. Choose one reader, or combine "
        "them by majority or STAPLE (on the command line: --rater NAME, or --consensus majority "
        "or staple)."
    )


def _recorded(
    folder: Path,
    source: Source,
    selection: Selection,
    tally: manifest.Tally,
    progress: Callable[[int], None] | None = None,
) -> Iterator[ExportItem]:
    """Yield the items again, from what was written down of them."""
    with (folder / RECORD_FILE).open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            yield _item(number, record_from_json(orjson.loads(line)), source, selection)
            if progress is not None:
                progress(tally.steps + number)


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """Yield a folder beside the target that becomes it at the end, or is removed.

    A process that is killed leaves at most a hidden folder that ends in ``.partial`` and has
    no manifest; the next export to the same target removes it.

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
        _remove_left_behind(target)
        partial.mkdir(parents=True)
        with _held(partial):
            yield partial
            _sync()
            partial.rename(target)
    except OSError as error:
        raise _write_error(target, error) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Lock a folder for as long as its process lives; yield whether nobody else holds it."""
    if fcntl is None:  # a system without such locks: nothing is ever taken for left behind
        yield False
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


def _remove_left_behind(target: Path) -> None:
    """Remove what exports to this target left when they were killed."""
    for folder in target.parent.glob(f".{glob.escape(target.name)}.*.partial"):
        with suppress(FileNotFoundError), _held(folder) as free:  # another export removed it
            if free:
                shutil.rmtree(folder, ignore_errors=True)


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
