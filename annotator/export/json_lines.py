"""One JSON value a line: what lets a data set be written and read back in flat memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from ..errors import ExportError


def json_line(value: Any) -> str:
    """Return a value as JSON on one line.

    In ASCII with escapes, because common readers open files in the system's encoding, and with
    floats in the shortest form that reads back to the same float.

    Raises
    ------
    ExportError
        If a number in it is not finite: JSON has no word for it.
    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise ExportError(
            "A score or a coordinate in the record is not a finite number; run `annotator db "
            "check`, or compute the suggestions again."
        ) from None


def append(stream: IO[str], number: int, value: Any) -> None:
    """Write the element of a JSON list that has this number, from 1, on a line of its own."""
    stream.write(("\n" if number == 1 else ",\n") + json_line(value))


def read_list(stream: IO[str], key: str) -> Iterator[Any]:
    """Go to a list that was written with `append` and yield its elements.

    Raises
    ------
    ExportError
        If the list is missing or not whole: no comma between two elements, one after the last,
        or no end.
    """
    start = f'"{key}": [\n'
    if not any(line == start for line in stream):
        raise ExportError(f"The file that was written lacks its list {key!r}; export again.")
    line = stream.readline()
    while line and not line.startswith("]"):
        yield json.loads(line.rstrip(",\n"))
        following = stream.readline()
        if line.endswith(",\n") == following.startswith("]"):
            break
        line = following
    if not line.startswith("]"):
        raise ExportError(f"The list {key!r} was not written whole; export again.")
