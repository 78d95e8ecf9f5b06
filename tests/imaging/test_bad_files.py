"""Bad input: each gets a sentence that names the file and says what to do; nothing is stored."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.errors import IngestError, UnavailableError
from annotator.ingest import (
    IngestStatus,
    PixelStore,
    ReadingLimits,
    decode_file,
    ingest,
    ingest_file,
)


def png_header(width: int, height: int) -> bytes:
    """A PNG file of any size: a whole header and hardly any data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def picture_bytes(kind: str, size=(64, 48)) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, kind)
    return stream.getvalue()


AS_USUAL = ReadingLimits()
HEADERS_ONLY = ReadingLimits(memory_bytes=50_000_000)


def refused(path: Path, limits: ReadingLimits = AS_USUAL) -> str:
    with pytest.raises(IngestError) as caught:
        decode_file(path, limits=limits)
    message = str(caught.value)
    assert str(path.parent) not in message
    assert caught.value.__cause__ is None
    return message


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
def test_truncated_file(tmp_path, kind):
    whole = picture_bytes(kind)
    path = tmp_path / "cut.img"
    for share in (0.2, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        message = refused(path)
        assert message.startswith("cut.img ")
        assert "export it again" in message


def test_corrupt_png(tmp_path):
    damaged = bytearray(picture_bytes("PNG"))
    damaged[200:260] = b"\0" * 60
    (tmp_path / "bad.png").write_bytes(damaged)
    assert "bad.png is not a whole PNG file" in refused(tmp_path / "bad.png")


def test_text_named_png(tmp_path):
    (tmp_path / "notes.png").write_text("These are not the pixels you are looking for.")
    message = refused(tmp_path / "notes.png")
    assert message.startswith("notes.png is none of JPEG, PNG, TIFF")
    assert "whatever its name says" in message


def test_heic_photograph_is_named(tmp_path):
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200)
    assert "phone.heic is a HEIC photograph" in refused(tmp_path / "phone.heic")


def test_empty_file(tmp_path):
    (tmp_path / "empty.png").touch()
    assert refused(tmp_path / "empty.png") == "empty.png is empty; export or copy it again."


def test_folder_as_file(tmp_path):
    (tmp_path / "scan.dcm").mkdir()
    assert "scan.dcm is a folder" in refused(tmp_path / "scan.dcm")


def test_missing_file(tmp_path):
    assert "gone.png does not exist" in refused(tmp_path / "gone.png")


def test_file_without_the_right_to_read(tmp_path, monkeypatch):
    path = tmp_path / "locked.png"
    path.write_bytes(picture_bytes("PNG"))
    if os.geteuid() == 0:  # root reads everything: the system's answer is played

        def denied(*_args, **_kwargs):
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "open", denied)
    else:
        path.chmod(0)
    assert "locked.png may not be read; give this user the right" in refused(path)


def test_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "pipe.png is not a regular file" in refused(tmp_path / "pipe.png")


def test_name_with_every_strange_character(tmp_path):
    name = "a\nb\u202egnp\x1b[31m.png"
    (tmp_path / name).write_bytes(picture_bytes("PNG"))
    (image,) = ingest_file(tmp_path / name, PixelStore(tmp_path / "store")).images
    assert image.asset.file_name == "a\ufffdb\ufffdgnp\ufffd[31m.png"
    raw = os.fsdecode(b"caf\xe9.png")
    (tmp_path / raw).write_bytes(picture_bytes("PNG"))
    (image,) = ingest_file(tmp_path / raw, PixelStore(tmp_path / "store")).images
    assert image.asset.file_name.encode() == "caf\ufffd.png".encode()


def test_30000_x_30000_is_refused_from_its_header(tmp_path):
    (tmp_path / "huge.png").write_bytes(png_header(30_000, 30_000))
    message = refused(tmp_path / "huge.png", HEADERS_ONLY)
    assert message == (
        "huge.png is 30000 x 30000 px (900 megapixels) and the limit is 200; crop it or scale "
        "it down, then import it again."
    )


def test_huge_jpeg_tiff_bmp_and_webp_are_refused_from_their_headers(tmp_path):
    jpeg = bytearray(picture_bytes("JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 30_000, 30_000)
    bmp = bytearray(picture_bytes("BMP"))
    bmp[18:26] = struct.pack("<ii", 30_000, 30_000)
    extended = b"VP8X" + struct.pack("<I", 10) + b"\0" * 4 + b"\x2f\x75\0" * 2
    webp = b"RIFF" + struct.pack("<I", 4 + len(extended)) + b"WEBP" + extended
    tiff = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(tiff, "TIFF", compression="group4")
    for name, content in {
        "j.jpg": jpeg,
        "b.bmp": bmp,
        "w.webp": webp,
        "t.tif": tiff.getvalue(),
    }.items():
        (tmp_path / name).write_bytes(content)
        assert f"{name} is 30000 x 3000" in refused(tmp_path / name, HEADERS_ONLY)


def test_a_tiff_just_under_the_limit_is_read(tmp_path):
    """In one strip, as drawing programs write them: Pillow's own limit is 179 megapixels."""
    Image.new("1", (13_400, 13_400)).save(tmp_path / "large.tif", compression="group4")
    assert decode_file(tmp_path / "large.tif")[0].pixels.shape == (13_400, 13_400)


def test_limit_is_the_callers_to_set(tmp_path):
    (tmp_path / "small.png").write_bytes(picture_bytes("PNG"))
    with pytest.raises(IngestError, match="the limit is 0; crop"):
        decode_file(tmp_path / "small.png", max_megapixels=0.003)
    decode_file(tmp_path / "small.png", max_megapixels=0.0031)


def test_one_bad_file_in_a_thousand(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(1000):
        pixels = np.full((4, 4, 3), (number % 256, number // 256, 7), np.uint8)
        Image.fromarray(pixels).save(folder / f"photo{number}.png")
    (folder / "photo500.png").write_bytes(picture_bytes("PNG")[:300])
    outcomes = list(ingest([folder], PixelStore(tmp_path / "store")))
    assert [o.file_name for o in outcomes] == [f"photo{n}.png" for n in range(1000)]
    bad = [o for o in outcomes if o.status is not IngestStatus.IMPORTED]
    assert [o.file_name for o in bad] == ["photo500.png"]
    assert bad[0].status is IngestStatus.REFUSED
    assert bad[0].images == ()
    assert "photo500.png is not a whole PNG file" in bad[0].reason
    assert len({o.images[0].asset.pixels_sha256 for o in outcomes if o.images}) == 999


def test_a_full_disk_is_a_sentence_and_no_fault_of_a_file(tmp_path, monkeypatch):
    store = PixelStore(tmp_path / "store")
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(picture_bytes("PNG"))
    real, calls = os.fsync, []

    def full_once(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full_once)
    with pytest.raises(UnavailableError, match="is full and nothing was stored; free some space"):
        list(ingest([tmp_path / "a.png", tmp_path / "b.png"], store))
    again = ingest([tmp_path / "a.png", tmp_path / "b.png"], store)
    assert {outcome.status for outcome in again} == {IngestStatus.IMPORTED}
    assert list((tmp_path / "store" / "incoming").iterdir()) == []
