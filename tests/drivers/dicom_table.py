"""What becomes of every file of pydicom and pydicom-data: the table of docs/dicom-files.md.

python tests/drivers/dicom_table.py > docs/dicom-files.md
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import data_store
import pydicom

from annotator.errors import IngestError
from annotator.ingest import decode_pictures

FOLDERS = {
    "pydicom": Path(pydicom.__file__).parent / "data",
    "pydicom-data": Path(data_store.__file__).parent / "data",
}
MOST_FRAMES = 5
HEAD = """# Every file of pydicom and pydicom-data

Made by `python tests/drivers/dicom_table.py`; a test compares all but the times. Of each file the
first five frames are decoded; the time is that of this, once, on two busy cores. A file that is
refused is refused with the sentence.

| file | became | ms |
|---|---|---:|
"""


class Row(NamedTuple):
    """A file, what became of it, and how long that took."""

    file: str
    became: str
    ms: float


def all_files() -> Iterator[tuple[str, Path]]:
    """Yield the files of both packages, with the names that the table has."""
    for package, folder in FOLDERS.items():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".py":
                yield f"{package}: {path.relative_to(folder).as_posix()}", path


def rows() -> Iterator[Row]:
    """Decode each file."""
    for name, path in all_files():
        begun = time.perf_counter()
        became = _became(path)
        yield Row(name, became, (time.perf_counter() - begun) * 1000)


def _became(path: Path) -> str:
    kinds: dict[str, int] = {}
    fault = ""
    try:
        with closing(decode_pictures(path)) as pictures:
            for picture, _ in itertools.islice(pictures, MOST_FRAMES):
                rows, columns = picture.pixels.shape[:2]
                depth = f"{8 * picture.pixels.itemsize}-bit"
                colour = "colour" if picture.pixels.ndim == 3 else "grey"
                kind = f"{picture.modality}, {columns} x {rows}, {depth} {colour}"
                kinds[kind] = kinds.get(kind, 0) + 1
    except IngestError as error:
        fault = str(error)
    decoded = [kind + _frames(count) for kind, count in kinds.items()]
    return "; ".join([*decoded, *([f"refused: {fault}"] if fault else [])]).replace("|", "\\|")


def _frames(count: int) -> str:
    if count == 1:
        return ""
    return f", {count} frames or more" if count == MOST_FRAMES else f", {count} frames"


def main() -> None:
    """Write the page."""
    found = list(rows())
    sys.stdout.write(HEAD)
    sys.stdout.writelines(f"| {row.file} | {row.became} | {row.ms:.0f} |\n" for row in found)
    refused = sum(row.became.startswith("refused") for row in found)
    sys.stdout.write(f"\n{len(found)} files: {len(found) - refused} decoded, {refused} refused.\n")


if __name__ == "__main__":
    main()
