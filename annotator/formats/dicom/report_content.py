"""The content of a structured report, written as it lies in the file.

A report has a hundred content items a region or two; made of objects one by one, with every
check that their makers know, an image took a second. Here an item is its bytes (PS3.5 section 7,
explicit little endian, of known length), and codes that come again are made once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Code = tuple[str, str, str]
"""Value, designator of the scheme, meaning."""

_CONTENT = 0x0040A730
_LONG = frozenset({"SQ", "UT"})
_ITEM = bytes.fromhex("feff00e0")


def _element(tag: int, kind: str, value: str | bytes) -> bytes:
    content = value.encode() if isinstance(value, str) else value
    if len(content) % 2:
        content += b"\0" if kind == "UI" else b" "
    head = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little")
    if kind in _LONG:
        return head + kind.encode() + b"\0\0" + len(content).to_bytes(4, "little") + content
    return head + kind.encode() + len(content).to_bytes(2, "little") + content


def _sequence(tag: int, items: Iterable[bytes]) -> bytes:
    return _element(
        tag, "SQ", b"".join(_ITEM + len(one).to_bytes(4, "little") + one for one in items)
    )


@functools.lru_cache(maxsize=4096)
def _coded(tag: int, code: Code) -> bytes:
    value, scheme, meaning = code
    return _sequence(
        tag,
        [
            _element(0x00080100, "SH", value)
            + _element(0x00080102, "SH", scheme)
            + _element(0x00080104, "LO", meaning)
        ],
    )


@functools.lru_cache(maxsize=64)
def _template(number: str) -> bytes:
    return _sequence(
        0x0040A504, [_element(0x00080105, "CS", "DCMR") + _element(0x0040DB00, "CS", number)]
    )


def _content(kind: str, relation: str, name: Code, after: bytes, before: bytes = b"") -> bytes:
    return (
        before
        + _element(0x0040A010, "CS", relation)
        + _element(0x0040A040, "CS", kind)
        + _coded(0x0040A043, name)
        + after
    )


def code(relation: str, name: Code, value: Code) -> bytes:
    """Return a content item whose value is a code."""
    return _content("CODE", relation, name, _coded(0x0040A168, value))


def text(relation: str, name: Code, value: str) -> bytes:
    """Return a content item whose value is a text."""
    return _content("TEXT", relation, name, _element(0x0040A160, "UT", value))


def uid_reference(relation: str, name: Code, value: str) -> bytes:
    """Return a content item whose value is a UID."""
    return _content("UIDREF", relation, name, _element(0x0040A124, "UI", value))


def person(relation: str, name: Code, value: str) -> bytes:
    """Return a content item whose value is a person's name."""
    return _content("PNAME", relation, name, _element(0x0040A123, "PN", value))


def image(relation: str, name: Code, sop_class: str, instance: str, frame: int | None) -> bytes:
    """Return a content item that is an image, or a frame of it."""
    reference = _element(0x00081150, "UI", sop_class) + _element(0x00081155, "UI", instance)
    if frame is not None:
        reference += _element(0x00081160, "IS", str(frame))
    return _content("IMAGE", relation, name, b"", _sequence(0x00081199, [reference]))


def graphic(name: Code, shape: str, points: npt.NDArray[np.float64], source: bytes) -> bytes:
    """Return a region on an image: `points` of shape (N, 2), in its pixels."""
    numbers = points.astype("<f4").tobytes()
    if len(numbers) > 0xFFFF:
        # The length of a value of short form (PS3.5 section 6.2.2, note 2: it is then unknown).
        data = b"\x70\0\x22\0UN\0\0" + len(numbers).to_bytes(4, "little") + numbers
    else:
        data = _element(0x00700022, "FL", numbers)
    after = _sequence(_CONTENT, [source]) + data + _element(0x00700023, "CS", shape)
    return _content("SCOORD", "CONTAINS", name, after)


def container(name: Code, items: Iterable[bytes], template: str = "") -> bytes:
    """Return a content item that holds others."""
    after = _element(0x0040A050, "CS", "CONTINUOUS")
    after += (_template(template) if template else b"") + _sequence(_CONTENT, items)
    return _content("CONTAINER", "CONTAINS", name, after)


def sequence(items: Iterable[bytes]) -> bytes:
    """Return the content of a report, the last element of its file."""
    return _sequence(_CONTENT, items)
