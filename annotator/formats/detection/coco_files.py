"""The JSON files of COCO's formats, one for each split, written and read back image by image."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Generic, Protocol, TypeVar

from ...dataset.json_lines import append, json_bytes, read_lines
from ..self_check import require

Entry = Mapping[str, Any]


class PlacedImage(Protocol):
    """An image as far as these files need it."""

    @property
    def number(self) -> int:
        """Its place in the data set, from 1."""

    @property
    def split(self) -> str:
        """The part of the data set that it is in; empty where this is not divided."""


Item = TypeVar("Item", bound=PlacedImage)


@dataclass(frozen=True, slots=True)
class CocoFiles(Generic[Item]):
    """What the files of a data set hold.

    Attributes
    ----------
    file_of : callable
        Returns the name of a split's file inside the data set; of no split where it is not divided.
    categories : sequence of mapping
    image : callable
        Returns the entry of an image.
    annotations : callable
        Yields the entries of its annotations.
    numbered : bool
        Whether annotations have an ``id``: their place in all of the files, from 1.
    """

    file_of: Callable[[str], str]
    categories: Sequence[Entry]
    image: Callable[[Item], Entry]
    annotations: Callable[[Item], Iterable[Entry]]
    numbered: bool = True

    def write(self, folder: Path, items: Iterable[Item], head: Mapping[str, Any]) -> None:
        """Write the files, one image in memory at a time; `head` are the keys before the lists."""
        number = 0
        parts: dict[str, _Part] = {}
        with ExitStack() as opened:
            for item in items:
                if item.split not in parts:
                    parts[item.split] = self._part(folder, item.split, head, opened)
                part = parts[item.split]
                part.add("images", self.image(item))
                for entry in self.annotations(item):
                    number += 1
                    part.add("annotations", self._numbered(entry, number))
            for part in (*parts.values(),) or (self._part(folder, "", head, opened),):
                part.finish()

    def check(self, folder: Path, items: Iterable[Item]) -> None:
        """Compare the files item by item with what was recorded.

        Raises
        ------
        ExportError
            At the first difference.
        """
        number = 0
        parts: dict[str, _ReadPart] = {}
        with ExitStack() as opened:
            for item in items:
                if item.split not in parts:
                    parts[item.split] = self._read_part(folder, item.split, opened)
                part = parts[item.split]
                compare(next(part.images, b"{}"), self.image(item), f"image {item.number}")
                for entry in self.annotations(item):
                    number += 1
                    said = self._numbered(entry, number)
                    compare(next(part.annotations, b"{}"), said, f"annotation {number}")
            for part in (*parts.values(),) or (self._read_part(folder, "", opened),):
                part.end()

    def _numbered(self, entry: Entry, number: int) -> Entry:
        return {"id": number, **entry} if self.numbered else entry

    def _part(self, folder: Path, split: str, head: Mapping[str, Any], opened: ExitStack) -> _Part:
        path = folder / self.file_of(split)
        path.parent.mkdir(exist_ok=True)
        return _Part(path, head, self.categories, opened)

    def _read_part(self, folder: Path, split: str, opened: ExitStack) -> _ReadPart:
        return _ReadPart(folder / self.file_of(split), self.categories, opened)


class _Part:
    """A file that is written: its images and annotations are two lists of one JSON object."""

    def __init__(
        self, path: Path, head: Mapping[str, Any], categories: Sequence[Entry], opened: ExitStack
    ) -> None:
        self._out = opened.enter_context(path.open("wb"))
        # The second list waits in a file.
        self._waiting = opened.enter_context(TemporaryFile(dir=path.parent))  # noqa: SIM115
        self._numbers = {"images": 0, "annotations": 0}
        self._out.write(b"{\n")
        for key, value in head.items():
            self._out.write(json_bytes(key) + b": " + json_bytes(value) + b",\n")
        self._out.write(b'"categories": [')
        for number, category in enumerate(categories, start=1):
            append(self._out, number, category)
        self._out.write(b'\n],\n"images": [')

    def add(self, name: str, entry: Entry) -> None:
        self._numbers[name] += 1
        stream = self._out if name == "images" else self._waiting
        append(stream, self._numbers[name], entry)

    def finish(self) -> None:
        self._out.write(b'\n],\n"annotations": [')
        self._waiting.seek(0)
        shutil.copyfileobj(self._waiting, self._out)
        self._out.write(b"\n]\n}\n")


class _ReadPart:
    """A file that is read back: its two lists are walked side by side, by two readers of it."""

    def __init__(self, path: Path, categories: Sequence[Entry], opened: ExitStack) -> None:
        first, self._second = (opened.enter_context(path.open("rb")) for _ in range(2))
        read = list(read_lines(first, "categories"))
        require(read == [json_bytes(one) for one in categories], "the categories")
        self.images: Iterator[bytes] = read_lines(first, "images")
        self.annotations: Iterator[bytes] = read_lines(self._second, "annotations")

    def end(self) -> None:
        require(next(self.images, None) is None, "the number of images")
        require(next(self.annotations, None) is None, "the number of annotations")
        require(self._second.read() == b"}\n", "the end")


def compare(line: bytes, recorded: Entry, name: str) -> None:
    """Compare a line with what the record says it must be.

    Raises
    ------
    ExportError
        If it is something else.
    """
    expected = json_bytes(recorded)
    if line == expected:
        return
    try:
        read, said = json.loads(line), json.loads(expected)  # 1 and 1.0 are two texts of one value
    except ValueError:
        read, said = {}, {"whole": True}
    for key, value in said.items():
        require(read.get(key) == value, f"{key} of {name}")
    require(read == said, f"the keys of {name}")
