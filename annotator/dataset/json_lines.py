"""One JSON value a line: what lets a data set be written and read back in flat memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Any

import orjson

from ..errors import ExportError

_ESCAPES = "annotator-json"


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - what encoding meets
    return _in_escapes(error.object[error.start : error.end]), error.end


@lru_cache(4096)  # most lines of a data set have the same names
def _in_escapes(text: str) -> str:
    """Return characters that are not ASCII as JSON has them (RFC 8259, section 7)."""
    units = text.encode("utf-16-be").hex()
    return "".join(f"\\u{units[n : n + 4]}" for n in range(0, len(units), 4))


codecs.register_error(_ESCAPES, _escaped)


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
        return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_text)
    except ValueError:
        raise not_finite() from None


def json_bytes(value: Any) -> bytes:
    """Return what `json_line` does, encoded, faster: for what occurs a million times.

    Identities and times (`uuid.UUID`, `datetime`) may be in it. Numbers must be finite, which
    `record_json` sees to: they would become ``null`` here.
    """
    try:
        line = orjson.dumps(value)
    except orjson.JSONEncodeError:  # a number beyond 64 bits, half a surrogate pair
        return json_line(value).encode("ascii")
    return line if line.isascii() else line.decode().encode("ascii", _ESCAPES)


def not_finite() -> ExportError:
    """Return the error for a number that JSON has no word for."""
    return ExportError(
        "A score or a coordinate in the record is not a finite number; run `annotator db "
        "check`, or compute the suggestions again."
    )


def _text(value: Any) -> str:
    """Return an identity, or a time in ISO 8601."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def append(stream: IO[bytes], number: int, value: Any) -> None:
    """Write the element of a JSON list that has this number, from 1, on a line of its own."""
    stream.write((b"\n" if number == 1 else b",\n") + json_bytes(value))


def read_lines(stream: IO[bytes], key: str) -> Iterator[bytes]:
    """Go to a list that was written with `append` and yield its elements as they are written.

    Raises
    ------
    ExportError
        If the list is missing or not whole: no comma between two elements, one after the last,
        or no end.
    """
    start = f'"{key}": [\n'.encode()
    if not any(line == start for line in stream):
        raise ExportError(f"The file that was written lacks its list {key!r}; export again.")
    line = stream.readline()
    while line and not line.startswith(b"]"):
        yield line.rstrip(b",\n")
        following = stream.readline()
        if line.endswith(b",\n") == following.startswith(b"]"):
            break
        line = following
    if not line.startswith(b"]"):
        raise ExportError(f"The list {key!r} was not written whole; export again.")
