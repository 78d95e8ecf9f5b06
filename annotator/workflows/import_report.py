"""What became of the files of an import: counts, sentences, and files for who wants each one."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from ..domain.plurals import counted
from ..errors import IngestError
from ..ingest import IngestOutcome, IngestStatus

_MOST_SENTENCES = 1000
_MOST_NAMES = 3


@dataclass(slots=True)
class Sentences:
    """Sentences, counted; of very many only the first are kept."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """Add one."""
        self.count += 1
        if len(self.first) < _MOST_SENTENCES:
            self.first.append(sentence)

    def __len__(self) -> int:
        return self.count

    def lines(self, what: str) -> Iterator[str]:
        """Yield a line for each that was kept, and one for the rest."""
        yield from (f"{what}: {sentence}" for sentence in self.first)
        if self.count > len(self.first):
            yield f"{what}: {self.count - len(self.first)} more"


@dataclass(slots=True)
class ImportReport:
    """What became of each file.

    Attributes
    ----------
    imported, duplicates : int
        Pictures taken in, each frame of a file one, and pictures that the project already had.
    refused, skipped : Sentences
        Each names the file and the reason.
    notes : dict of str to list of str
        What was changed or left out, and the files that it is true of (a few of them, see
        `note_counts`).
    left_behind : Counter of str
        What was not taken of DICOM files: ``files``, ``elements``, ``private``, ``overlays``,
        and the pictures in which text was masked, ``masked``.
    """

    imported: int = 0
    duplicates: int = 0
    refused: Sentences = field(default_factory=Sentences)
    skipped: Sentences = field(default_factory=Sentences)
    notes: dict[str, list[str]] = field(default_factory=dict)
    note_counts: Counter[str] = field(default_factory=Counter)
    left_behind: Counter[str] = field(default_factory=Counter)

    def note(self, file_name: str, sentence: str) -> None:
        """Add what is to be said of a file that was taken in; no name where it names the file."""
        names = self.notes.setdefault(sentence, [])
        if file_name in names:  # of a video, several outcomes
            return
        self.note_counts[sentence] += 1
        if file_name and len(names) < _MOST_NAMES:
            names.append(file_name)

    def lines(self) -> Iterator[str]:
        """Return one line for each file, or kind of files, that is worth a word."""
        yield from self.refused.lines("refused")
        yield from self.skipped.lines("skipped")
        for sentence, names in self.notes.items():
            more = self.note_counts[sentence] - len(names)
            named = ", ".join(names) + (f" and {more} more" if more else "")
            yield f"note: {named}: {sentence}" if names else f"note: {sentence}"
        if self.left_behind["files"]:
            yield self._identities()

    def _identities(self) -> str:
        left = self.left_behind
        elements = counted(left["elements"], "header elements")
        overlays = counted(left["overlays"], "overlays")
        return (
            f"identity: {elements} ({left['private']} private) and {overlays} of "
            f"{counted(left['files'], 'DICOM files')} left behind; text masked in "
            f"{counted(left['masked'], 'pictures')}."
        )

    def summary(self) -> str:
        """Return the counts in a sentence."""
        return (
            f"{self.imported} imported, {self.duplicates} already there, "
            f"{len(self.refused)} refused, {len(self.skipped)} skipped."
        )


class ReportFiles:
    """Writes a line for each file as it is done.

    Parameters
    ----------
    report : text file or None
        Gets JSON lines, in the names that the record has.
    links : text file or None
        Gets CSV lines, in the names that the files have: it identifies people.
    """

    def __init__(self, report: TextIO | None, links: TextIO | None) -> None:
        self._report = report
        self._links = csv.writer(links) if links else None
        if self._links and links and not links.tell():
            self._links.writerow(("path", "called", "became"))

    def write(self, outcome: IngestOutcome, became: str) -> None:
        """Write what became of a file, once it is known."""
        if outcome.more:
            return
        if self._links:
            # Bytes that are no text come in as surrogates, which no file can hold.
            path = os.fsencode(outcome.path).decode("utf-8", "backslashreplace")
            self._links.writerow((path, outcome.file_name, became))
        if self._report:
            said = {"file": outcome.file_name, "became": became, **_told(outcome)}
            self._report.write(json.dumps(said, ensure_ascii=False) + "\n")


def _told(outcome: IngestOutcome) -> dict[str, Any]:
    said: dict[str, Any] = {"pictures": outcome.earlier + len(outcome.images)}
    if outcome.reason:
        said["reason"] = outcome.reason
    if outcome.said:
        said["notes"] = list(outcome.said)
    for origin in origins(outcome)[:1]:
        said["left_behind"] = origin["left_behind"]
    masks = [len(origin.get("masked_px", ())) for origin in origins(outcome)]
    if any(masks):
        said["masked_boxes"] = sum(masks)
    return said


def origins(outcome: IngestOutcome) -> list[dict[str, Any]]:
    """Return where the pictures of a file came from, of those that say."""
    displays = [image.asset.display or {} for image in outcome.images]
    return [display["origin"] for display in displays if "origin" in display]


@contextmanager
def report_files(
    report: Path | None, links: Path | None, *, add: bool
) -> Generator[ReportFiles, None, None]:
    """Open the files that were asked for; the table of links can be read by this user only.

    Those that are there are added to, where that is said.

    Raises
    ------
    IngestError
        If one is there already or cannot be written.
    """
    with ExitStack() as stack:
        opened = [
            stack.enter_context(_file(path, add)) if path else None for path in (report, links)
        ]
        yield ReportFiles(*opened)


def _file(path: Path, add: bool) -> TextIO:
    new = os.O_APPEND if add else os.O_EXCL
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | new, 0o600)
    except OSError as error:
        raise IngestError(
            f"{path} cannot be written ({error.strerror}); name a file that is not there yet."
        ) from None
    return os.fdopen(handle, "a" if add else "w", encoding="utf-8", newline="")


def became(outcome: IngestOutcome) -> str:
    """Return the word for what became of a file that was not recorded."""
    return "already there" if outcome.status is IngestStatus.KNOWN else outcome.status.value
