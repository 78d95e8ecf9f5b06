"""COCO panoptic: a picture an image, whose colours number its segments."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...domain import Mask
from ...errors import IngestError, RegionError
from ..imported import ENTRY_FAULTS, reason


def segments_of(
    annotation: Mapping[str, Any], file: Path, size: list[Any], faults: list[str]
) -> Iterator[tuple[Mapping[str, Any], Mask]]:
    """Yield each segment of an image with its pixels.

    Parameters
    ----------
    annotation : mapping
        With ``file_name`` of the picture, and ``segments_info``.
    file : Path
        The JSON file; the pictures lie in the folder of its name, or beside it.
    size : list of int or None
        Width and height of the image in pixels, as far as they are known; the picture says them.
    faults : list of str
        Takes a sentence for each segment that has no pixel.

    Raises
    ------
    IngestError, RegionError
        If the picture is not there, cannot be read, or is of another size.
    """
    numbers = _numbers(_picture(file, str(annotation["file_name"])))
    height, width = numbers.shape
    if [size[0] or width, size[1] or height] != [width, height]:
        raise RegionError(
            f"its picture is of {width} x {height} px and its image of {size[0]} x {size[1]}; "
            "they are not the same picture."
        )
    size[:] = width, height
    for segment in annotation["segments_info"]:
        try:
            mask = Mask.of(numbers == int(segment["id"]))
            if mask is None:
                raise RegionError("no pixel has its colour.")
            yield segment, mask
        except ENTRY_FAULTS as error:
            faults.append(f"A segment of {annotation['file_name']} is left out: {reason(error)}")


def _picture(file: Path, name: str) -> Path:
    base = PurePosixPath(name.replace("\\", "/")).name
    for folder in (file.with_suffix(""), file.parent):
        with contextlib.suppress(OSError):  # of a name that is too long for one
            if base and (folder / base).is_file():
                return folder / base
    raise IngestError(
        f"its picture {base[:80]} is neither beside {file.name} nor in the folder {file.stem}; put "
        "it there."
    )


def _numbers(picture: Path) -> npt.NDArray[np.int64]:
    """Return the number of each pixel's segment, shape (H, W)."""
    try:
        with Image.open(picture) as opened:
            red, green, blue = np.moveaxis(np.asarray(opened.convert("RGB"), np.int64), 2, 0)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise IngestError(f"{picture.name} cannot be read as a picture; save it again.") from None
    numbers: npt.NDArray[np.int64] = red + 256 * green + 65536 * blue
    return numbers
