"""The manifest: what a data set holds, what made it, and how to see that it is unchanged."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..dataset.items import ExportItem
from ..dataset.json_lines import json_line
from ..dataset.record_json import provenance_to_json
from ..dataset.splits import WITHOUT_SUBJECT, LeakageCheck
from ..domain import LabelSet, Provenance, Review
from ..errors import ExportError
from ..formats.capacity import Capacity

FILE_NAME = "manifest.json"
CHECKSUMS_FILE = "files.sha256"
RECORD_FILE = "decisions.jsonl"

NOTICES = (
    "For research and data-set making; not a medical device.",
    "Others may hold rights in Excitation Backprop, by which suggestions were made.",
    "An image that is not reviewed, or in progress, is not a negative.",
)


class CopiedFile(NamedTuple):
    """A picture in the data set, and the SHA-256 it was written with."""

    name: str
    sha256: bytes


class Tally:
    """Counts over the images of a data set; does not grow with their regions."""

    def __init__(self, labels: LabelSet, capacity: Capacity) -> None:
        self.codes = labels.codes
        self.losses: Counter[str] = Counter()
        self.leakage = LeakageCheck()
        self.copied: list[CopiedFile] = []
        self.withheld = 0
        self.windows: Counter[tuple[float, float]] = Counter()
        self.left_out: Counter[str] = Counter()
        self._capacity = capacity
        self._splits: Counter[str] = Counter()
        self._values: dict[str, Counter[str]] = {code: Counter() for code in labels.codes}
        self.images: Counter[str] = Counter()
        self.decisions: Counter[str] = Counter()
        self.labels: Counter[str] = Counter(dict.fromkeys(labels.codes, 0))
        self.raters: Counter[str] = Counter()
        self._readers: set[str] = set()
        self._runs: dict[str, tuple[Provenance, int]] = {}

    def add(self, item: ExportItem) -> None:
        """Count one image."""
        self.images["all"] += 1
        self.images[str(item.review)] += 1
        self.images["negative"] += item.without_findings
        self._splits.update([item.split] if item.split else [])
        self.leakage.add(item.image, item.split)
        if item.split and item.image.subject is None:
            self.losses[WITHOUT_SUBJECT] += 1
        self.losses.update(self._capacity.losses(item))
        for said in item.values:
            self._values[said.label][said.value.value] += 1
        self.decisions["suggestion not acted on"] += len(item.undecided)
        self.decisions.update([str(act.decision) for act in item.acts])
        stated = item.stated
        self.labels.update([region.label for region in stated])
        self.raters.update([region.rater for region in stated])
        readings = (read.reading for read in item.record.readings)
        tables = {one.rater for one in readings if one.is_imported}
        reading = {read.rater for read in item.reads if read.round}  # a consensus has no round
        self._readers |= ({act.rater for act in item.acts} | reading) - tables
        for run in item.record.runs:
            key = json_line(provenance_to_json(run.provenance))
            self._runs[key] = (run.provenance, self._runs.get(key, (run.provenance, 0))[1] + 1)

    def leave_out(self, item: ExportItem) -> None:
        """Count an image that stays out because it is unfinished."""
        self.left_out[item.unfinished] += 1

    @property
    def steps(self) -> int:
        """What is done: a step for each image that was written, two for each that stays out."""
        return self.images["all"] + 2 * self.left_out.total()

    @property
    def annotations(self) -> int:
        """Number of regions that were stated."""
        return self.labels.total()

    def to_json(self) -> dict[str, Any]:
        """Return the counts, JSON-ready, in an order that never varies."""
        review = [str(r) for r in Review]
        return {
            "images": {key: self.images[key] for key in ("all", *review, "negative")},
            "left_out": dict(sorted(self.left_out.items())),
            "annotations": self.annotations,
            "annotations_by_label": dict(self.labels),
            "annotations_by_rater": dict(sorted(self.raters.items())),
            "readers": len(self._readers),
            "values_by_label": {k: dict(sorted(v.items())) for k, v in self._values.items()},
            "decisions": dict(sorted(self.decisions.items())),
            **self._split_counts(),
        }

    def _split_counts(self) -> dict[str, Any]:
        if not self._splits:
            return {}
        return {
            "splits": dict(sorted(self._splits.items())),
            "images_without_subject": self.leakage.without_subject,
        }

    @property
    def picture_folders(self) -> set[str]:
        """Folders of the data set that pictures were copied into."""
        return {picture.name.rpartition("/")[0] for picture in self.copied}

    @property
    def models(self) -> list[dict[str, Any]]:
        """What made the suggestions, JSON-ready, each with the number of its runs."""
        made_by = sorted(self._runs.items())
        return [{**_model(made), "runs": runs} for _, (made, runs) in made_by]


def read(folder: Path) -> Mapping[str, Any]:
    """Return the manifest of a data set.

    Raises
    ------
    ExportError
        If the folder has none that can be read.
    """
    try:
        value = json.loads((folder / FILE_NAME).read_text("ascii"))
    except (OSError, ValueError):
        raise ExportError(
            f"{folder} has no {FILE_NAME} that can be read; name the folder of a data set."
        ) from None
    if not isinstance(value, dict):
        raise ExportError(f"The {FILE_NAME} of {folder} is none of a data set.")
    return value


def list_files(folder: Path, copied: list[CopiedFile]) -> list[dict[str, Any]]:
    """Return name, size and SHA-256 of every file at the top of a data set.

    Those in its folders are listed in ``files.sha256`` (which ``sha256sum -c`` reads), and that
    is one of the files at the top.

    Raises
    ------
    ExportError
        If a picture does not read back as it was written.
    """
    written = dict(copied)
    below = [name for name in _walk(folder) if "/" in name]
    if below:
        with (folder / CHECKSUMS_FILE).open("w", encoding="ascii", newline="\n") as checksums:
            for name in below:
                sha256 = file_entry(folder / name)["sha256"]
                if name in written and written[name].hex() != sha256:
                    raise ExportError(f"{name} does not read back as written; check the disk.")
                checksums.write(f"{sha256}  {name}\n")
    return [file_entry(folder / name) for name in _walk(folder) if "/" not in name]


def _walk(folder: Path, below: str = "") -> Iterator[str]:
    """Yield the files of a folder in an order that never varies, without holding them all."""
    with os.scandir(folder / below) as found:
        entries = sorted((entry.name, entry.is_dir()) for entry in found)
    for name, is_folder in entries:
        if is_folder:
            yield from _walk(folder, f"{below}{name}/")
        else:
            yield f"{below}{name}"


def file_entry(path: Path) -> dict[str, Any]:
    """Return name, size and SHA-256 of a file, read back from the disk."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return {"path": path.name, "bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _model(made: Provenance) -> dict[str, Any]:
    said = provenance_to_json(made)
    for key in ("name", "version", "sha256"):
        said[key] = said.pop(f"model_{key}")
    return {key: said[key] for key in sorted(said)}
