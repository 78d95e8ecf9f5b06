"""XML of strangers, element by element."""

from __future__ import annotations

# Expat from 2.6 on, which Python ships, refuses entities that grow without bound, and
# ElementTree loads nothing from outside.
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from ...errors import IngestError

_DECLARED = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)[\"'][^>]*\?>"
)
_PARSERS_OWN = frozenset({"utf-8", "utf8", "utf-16", "us-ascii", "iso-8859-1"})


def _source(path: Path) -> Path | io.BytesIO:
    """Return a file as the parser can read it: of other encodings, its text in UTF-8."""
    with path.open("rb") as file:
        declared = _DECLARED.match(file.read(200))
    if declared is None or (name := declared[1].decode("ascii", "replace")).lower() in _PARSERS_OWN:
        return path
    try:
        return io.BytesIO(path.read_bytes()[declared.end() :].decode(name).encode())
    except (LookupError, UnicodeError):
        raise IngestError(
            f"{path.name} says that it is in {name!r} and cannot be read so; save it as UTF-8."
        ) from None


def elements(path: Path, *tags: str) -> Iterator[ET.Element]:
    """Yield the elements of these tags in the order in which they end, then forget them.

    Raises
    ------
    IngestError
        If the file is not XML, or ends before it should.
    """
    try:
        # Children of the root that have gone by are dropped: memory stays flat.
        walk = ET.iterparse(_source(path), ("start", "end"))  # noqa: S314
        _, root = next(walk)
        for event, element in walk:
            if event == "end" and (element.tag in tags or element is root):
                if element.tag in tags:
                    yield element
                root.clear()
    except (OSError, StopIteration, ValueError, LookupError, ET.ParseError):
        raise IngestError(
            f"{path.name} cannot be read as XML; choose the format that it is in, or "
            "export it again."
        ) from None


def text_of(element: ET.Element, path: str) -> str:
    """Return the text below an element; empty where there is none."""
    return element.findtext(path) or ""
