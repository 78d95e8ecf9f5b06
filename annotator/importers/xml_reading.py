"""XML of strangers, element by element."""

from __future__ import annotations

# Expat from 2.6 on, which Python ships, refuses entities that grow without bound, and
# ElementTree loads nothing from outside.
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from ..errors import IngestError


def elements(path: Path, *tags: str) -> Iterator[ET.Element]:
    """Yield the elements of these tags in the order in which they end, then forget them.

    Raises
    ------
    IngestError
        If the file is not XML, or ends before it should.
    """
    try:
        # Children of the root that have gone by are dropped: memory stays flat.
        walk = ET.iterparse(path, ("start", "end"))  # noqa: S314
        _, root = next(walk)
        for event, element in walk:
            if event == "end" and (element.tag in tags or element is root):
                if element.tag in tags:
                    yield element
                root.clear()
    except (OSError, StopIteration, ET.ParseError):
        raise IngestError(f"{path.name} cannot be read as XML; export it again.") from None


def text_of(element: ET.Element, path: str) -> str:
    """Return the text below an element; empty where there is none."""
    return element.findtext(path) or ""
