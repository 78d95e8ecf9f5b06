"""The manifest: what a data set holds, what made it, and how to see that it is unchanged."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..domain import LabelSet, Provenance
from .items import ExportItem, Review
from .json_lines import json_line

FILE_NAME = "manifest.json"

NOTICES = (
    "For research and data-set making; not a medical device.",
    "Others may hold rights in Excitation Backprop, by which suggestions were made.",
    "An image that is not reviewed, or in progress, is not a negative.",
)


class Tally:
    """Counts over the images of a data set; its size does not grow with them."""

    def __init__(self, labels: LabelSet) -> None:
        self.images: Counter[str] = Counter()
        self.decisions: Counter[str] = Counter()
        self.labels: Counter[str] = Counter(dict.fromkeys(labels.codes, 0))
        self.raters: Counter[str] = Counter()
        self._runs: dict[str, tuple[Provenance, int]] = {}

    def add(self, item: ExportItem) -> None:
        """Count one image."""
        self.images["all"] += 1
        self.images[str(item.review)] += 1
        self.images["negative"] += item.review is Review.REVIEWED and not item.stated
        self.decisions["suggestion not acted on"] += len(item.undecided)
        self.decisions.update(str(act.decision) for act in item.acts)
        self.labels.update(act.label for act in item.stated)
        self.raters.update(act.rater for act in item.stated)
        for run in item.record.runs:
            key = json_line(_provenance_json(run.provenance))
            self._runs[key] = (run.provenance, self._runs.get(key, (run.provenance, 0))[1] + 1)

    @property
    def annotations(self) -> int:
        """Number of regions that were stated."""
        return self.labels.total()

    def to_json(self) -> dict[str, Any]:
        """Return the counts, JSON-ready, in an order that never varies."""
        review = [str(r) for r in Review]
        return {
            "images": {key: self.images[key] for key in ("all", *review, "negative")},
            "annotations": self.annotations,
            "annotations_by_label": dict(self.labels),
            "annotations_by_rater": dict(sorted(self.raters.items())),
            "decisions": dict(sorted(self.decisions.items())),
        }

    @property
    def models(self) -> list[dict[str, Any]]:
        """What made the suggestions, JSON-ready, each with the number of its runs."""
        made_by = sorted(self._runs.items())
        return [{**_provenance_json(made), "runs": runs} for _, (made, runs) in made_by]


def file_entry(path: Path) -> dict[str, Any]:
    """Return name, size and SHA-256 of a file, read back from the disk."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return {"path": path.name, "bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _provenance_json(made: Provenance) -> dict[str, Any]:
    return {
        "name": made.model_name,
        "version": made.model_version,
        "sha256": made.model_sha256,
        "method": made.method,
        "parameters": _sorted(made.parameters),
        "code_version": made.code_version,
    }


def _sorted(value: Any) -> Any:
    """Return a value with the keys of its mappings in order, whatever order they were made in."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(element) for element in value]
    return value
