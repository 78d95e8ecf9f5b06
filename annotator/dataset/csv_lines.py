"""Tables that grow by a line at a time, as the images of a data set go by."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path


def csv_line(cells: Iterable[object]) -> str:
    """Return a row of a table as text (RFC 4180)."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def append_line(path: Path, head: str, line: str) -> None:
    """Add a line to a file, and its head before the first one."""
    new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as out:
        out.write(head + line if new else line)
