"""Videos that are made for tests: known pixels, known times, planted names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

CLOCK = Fraction(1, 1000)
SIZE = (48, 64)


def numbered(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Return a frame that says its number in grey, with a bright patch off every symmetry."""
    rows, columns = size
    pixels = np.full((rows, columns, 3), 20 + 3 * (number % 60), np.uint8)
    pixels[6:12, columns - 20 : columns - 10] = 250
    return pixels


def write_video(
    path: Path,
    frames: Iterable[np.ndarray],
    times_ms: Sequence[int],
    *,
    codec: str = "ffv1",
    pixel_format: str = "bgr0",
    metadata: dict[str, str] | None = None,
    aspect: Fraction | None = None,
) -> Path:
    """Write frames, uint8 (H, W, 3) sRGB, each with its own presentation time.

    ``ffv1`` with ``bgr0`` loses nothing.
    """
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.pix_fmt = pixel_format
        stream.time_base = stream.codec_context.time_base = CLOCK
        out.metadata.update(metadata or {})
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for number, (pixels, at) in enumerate(zip(frames, times_ms, strict=True)):
            if number == 0:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = at, CLOCK
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def read_video(path: Path) -> list[tuple[float, np.ndarray]]:
    """Return time and pixels of each frame as PyAV decodes them."""
    with av.open(str(path)) as file:
        return [(f.time, f.to_ndarray(format="rgb24")) for f in file.decode(video=0)]


def write_sound(path: Path) -> Path:
    """Write a file with a track of sound and none of pictures."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le" if path.suffix != ".mp4" else "aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 4096), np.int16), format="s16", layout="mono"
        )
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def turned(path: Path, degrees: int) -> Path:
    """State in an MP4 file that it was filmed with the camera turned (ISO/IEC 14496-12, 8.3.2)."""
    one, matrix = 1 << 16, {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    a, b, c, d = (value * one for value in matrix)
    stated = b"".join(v.to_bytes(4, "big", signed=True) for v in (a, b, 0, c, d, 0, 0, 0, 1 << 30))
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    content[start : start + 36] = stated
    path.write_bytes(bytes(content))
    return path
