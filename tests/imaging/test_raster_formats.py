"""Photographs: every kind decodes to the pixels that a person would be shown."""

from __future__ import annotations

import io
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageCms

from annotator.errors import IngestError
from annotator.ingest import decode_file, shown_with
from annotator.ingest.raster import decode_raster
from annotator.ingest.reading import FileKind

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture
def colours() -> np.ndarray:
    """A picture of which no turn or flip is the same: one corner red, one side green."""
    pixels = np.full((24, 40, 3), 128, np.uint8)
    pixels[:8, :8] = RED
    pixels[:, 32:] = GREEN
    return pixels


def saved(folder: Path, pixels: np.ndarray | Image.Image, name: str, **options) -> Path:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(folder / name, **options)
    return folder / name


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp", "a.webp", "a.jpg"])
def test_colour_of_every_kind(tmp_path, colours, name):
    options = {"lossless": True} if name == "a.webp" else {}
    if name == "a.jpg":
        options = {"quality": 100, "subsampling": 0}
    picture, _ = decode_file(saved(tmp_path, colours, name, **options))
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape == (24, 40, 3)
    assert np.abs(picture.pixels.astype(int) - colours).max() <= (3 if name == "a.jpg" else 0)
    assert picture.window is None
    assert picture.warnings == ()


@pytest.mark.parametrize("name", ["g.png", "g.tif"])
@given(
    grey=hnp.arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9))),
)
def test_16_bit_grey_is_exact(tmp_path_factory, name, grey):
    picture, _ = decode_file(saved(tmp_path_factory.mktemp("grey"), grey, name))
    assert picture.pixels.dtype == np.uint16
    assert np.array_equal(picture.pixels, grey)
    assert picture.window[0] == grey.min()


def tiff_bytes(width: int, height: int, bits: int, photometric: int, data: bytes) -> bytes:
    """A grey TIFF file by hand (TIFF 6.0, section 4): no writer's own mind about the tag."""
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1}
    tags |= {278: height, 279: len(data)}
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items())]
    table = struct.pack("<H", len(entries)) + b"".join(entries) + b"\0" * 4
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + table


@pytest.mark.parametrize("bits", [8, 16])
def test_white_is_zero_tiff_is_inverted(tmp_path, bits):
    """Radiographs are stored so: shown as they are, bone would be black."""
    grey = np.array([[0, 1, 100, 2**bits - 1]], f"<u{bits // 8}")
    for photometric, expected in ((0, 2**bits - 1 - grey), (1, grey)):
        path = tmp_path / f"{photometric}.tif"
        path.write_bytes(tiff_bytes(4, 1, bits, photometric, grey.tobytes()))
        assert np.array_equal(decode_file(path)[0].pixels, expected)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["o.jpg", "o.png", "o.tif", "o.webp"])
def test_exif_orientation_is_applied_once(tmp_path, colours, orientation, name):
    """The stored picture is turned so that applying the planted tag gives the upright one."""
    undo = {
        1: colours,
        2: colours[:, ::-1],
        3: colours[::-1, ::-1],
        4: colours[::-1],
        5: colours.transpose(1, 0, 2),
        6: np.rot90(colours),
        7: colours[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(colours, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 100, "subsampling": 0} if name == "o.jpg" else {"lossless": True}
    path = saved(tmp_path, np.ascontiguousarray(undo), name, exif=exif, **options)
    picture, _ = decode_file(path)
    assert picture.pixels.shape == colours.shape
    assert np.abs(picture.pixels.astype(int) - colours).max() <= 3


def test_orientation_of_16_bit_grey(tmp_path):
    grey = np.arange(6, dtype=np.uint16).reshape(2, 3) * 9999
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path, grey, "g.png", exif=exif)
    assert np.array_equal(decode_file(path)[0].pixels, np.rot90(grey, -1))


@pytest.mark.parametrize("name", ["t.png", "t.tif", "t.webp"])
def test_transparency_shows_white(tmp_path, name):
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[0] = (*BLUE, 255)
    rgba[1] = (*BLUE, 0)
    picture, _ = decode_file(saved(tmp_path, rgba, name, lossless=True))
    assert np.array_equal(picture.pixels[0], [BLUE] * 3)
    assert np.array_equal(picture.pixels[1], [WHITE] * 3)


def test_transparent_palette_and_grey(tmp_path):
    palette = Image.new("P", (2, 1))
    palette.putpalette([*RED, *BLUE])
    palette.putdata([0, 1])
    picture, _ = decode_file(saved(tmp_path, palette, "p.png", transparency=0))
    assert picture.pixels.tolist() == [[list(WHITE), list(BLUE)]]
    grey = Image.fromarray(np.array([[[10, 255], [10, 0]]], np.uint8), "LA")
    assert decode_file(saved(tmp_path, grey, "la.png"))[0].pixels.tolist() == [[10, 255]]


ALL_TRANSPARENT = "All of the picture is said to be transparent; it is shown as if nothing were."


@pytest.mark.parametrize("name", ["z.png", "z.tif", "z.webp"])
def test_a_picture_that_is_transparent_everywhere_is_shown(tmp_path, name):
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[..., :3] = BLUE
    picture, _ = decode_file(saved(tmp_path, rgba, name, lossless=True, exact=True))
    assert np.array_equal(picture.pixels, np.full((2, 3, 3), BLUE))
    assert picture.warnings == (ALL_TRANSPARENT,)


def test_a_bitmap_whose_fourth_byte_is_zero_is_shown(tmp_path):
    """BITMAPV4HEADER: a mask for opacity is stated, and every writer leaves the byte at 0."""
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    info = struct.pack("<IiiHHIIiiII", 108, 2, 1, 1, 32, 3, 8, 0, 0, 0, 0)
    head = info + masks + b"BGRs" + bytes(48)
    pixels = bytes([*RED[::-1], 0, *BLUE[::-1], 0])
    file = struct.pack("<2sIHHI", b"BM", 14 + len(head) + 8, 0, 0, 14 + len(head))
    (tmp_path / "v4.bmp").write_bytes(file + head + pixels)
    picture, _ = decode_file(tmp_path / "v4.bmp")
    assert picture.pixels.tolist() == [[list(RED), list(BLUE)]]
    assert picture.warnings == (ALL_TRANSPARENT,)


def grey_with_alpha(values: list[tuple[int, int]]) -> bytes:
    """A PNG file of one row of 16-bit grey and opacity."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    row = b"\0" + b"".join(struct.pack(">2H", *pair) for pair in values)
    header = struct.pack(">IIBBBBB", len(values), 1, 16, 4, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(row)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def test_16_bit_grey_with_opacity_keeps_its_values(tmp_path):
    path = tmp_path / "la16.png"
    path.write_bytes(grey_with_alpha([(0, 65535), (513, 65535), (65535, 65535), (1000, 0)]))
    picture, _ = decode_file(path)
    assert picture.pixels.dtype == np.uint16
    assert picture.pixels.tolist() == [[0, 513, 65535, 65535]]
    assert picture.warnings == ()
    path.write_bytes(grey_with_alpha([(7, 0), (513, 0)]))
    picture, _ = decode_file(path)
    assert picture.pixels.tolist() == [[7, 513]]
    assert picture.warnings == (ALL_TRANSPARENT,)


def tiff(bits: int, samples: int, data: bytes, sample_format: int = 1, extra: int = 0) -> bytes:
    """A TIFF file of 2 x 2 pixels in one strip."""
    tags = {256: [2], 257: [2], 258: [bits] * samples, 259: [1], 262: [2 if samples > 2 else 1]}
    tags |= {273: [0], 277: [samples], 278: [2], 279: [len(data)]}
    tags |= {338: [extra]} if extra else {}
    tags[339] = [sample_format] * samples
    behind = 14 + 12 * len(tags)
    long = sum(2 * len(v) for v in tags.values() if len(v) > 2)
    tags[273] = [behind + long]
    entries, values = b"", b""
    for tag, numbers in tags.items():
        held = struct.pack(f"<{len(numbers)}H", *numbers)
        if len(held) > 4:
            values, held = values + held, struct.pack("<I", behind + len(values))
        entries += struct.pack("<HHI", tag, 3, len(numbers)) + held.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    return head + entries + bytes(4) + values + data


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        (tiff(32, 3, bytes(48), sample_format=3), "3 values a pixel of 32 bits (fractions)"),
        (tiff(16, 2, bytes(16), extra=2), "2 values a pixel of 16 bits"),
    ],
)
def test_a_tiff_layout_that_is_not_read_is_named(tmp_path, content, layout):
    (tmp_path / "t.tif").write_bytes(content)
    with pytest.raises(IngestError, match=re.escape(f"t.tif holds {layout}, which is not read")):
        decode_file(tmp_path / "t.tif")


def test_12_bit_tiff_is_read(tmp_path):
    (tmp_path / "t.tif").write_bytes(tiff(12, 1, bytes.fromhex("001fff800123")))
    pixels = decode_file(tmp_path / "t.tif")[0].pixels
    assert pixels.tolist() == [[0x001, 0xFFF], [0x800, 0x123]]


def test_bilevel_is_black_and_white(tmp_path):
    image = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    assert decode_file(saved(tmp_path, image, "b.png"))[0].pixels.tolist() == [[0, 255]]


def test_cmyk_becomes_rgb(tmp_path):
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    pixels = decode_file(saved(tmp_path, image, "c.jpg", quality=100))[0].pixels
    assert pixels.shape == (16, 16, 3)
    red, green, blue = pixels[8, 8].tolist()
    assert red > 200
    assert green < 60
    assert blue < 60


def test_lab_tiff_becomes_rgb(tmp_path):
    """L* = 53, a* = 80, b* = 67 is sRGB's red (CIE 1976)."""
    image = Image.new("LAB", (4, 4), (136, 128 + 80, 128 + 67))
    pixels = decode_file(saved(tmp_path, image, "lab.tif"))[0].pixels
    assert np.abs(pixels[0, 0].astype(int) - RED).max() < 40


def test_colour_profile_is_converted_to_srgb(tmp_path):
    """In this made-up profile red and blue change places, so red pixels must come out blue."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile = profile.replace(b"rXYZ", b"xXYZ").replace(b"bXYZ", b"rXYZ").replace(b"xXYZ", b"bXYZ")
    profile = profile.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    image = Image.new("RGB", (2, 2), RED)
    path = saved(tmp_path, image, "swapped.png", icc_profile=bytes(profile))
    assert np.abs(decode_file(path)[0].pixels[0, 0].astype(int) - BLUE).max() <= 2


def test_srgb_profile_changes_nothing(tmp_path):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = saved(tmp_path, pixels, "s.png", icc_profile=profile)
    assert np.array_equal(decode_file(path)[0].pixels, pixels)


def test_unusable_profile_is_a_warning(tmp_path, colours):
    path = saved(tmp_path, colours, "p.png", icc_profile=b"no profile at all")
    picture, _ = decode_file(path)
    assert np.array_equal(picture.pixels, colours)
    assert "colour profile" in picture.warnings[0]


def test_first_of_several_pages_is_taken_and_said(tmp_path, colours):
    other = Image.new("RGB", (40, 24))
    path = saved(tmp_path, colours, "m.tif", save_all=True, append_images=[other, other])
    picture, _ = decode_file(path)
    assert np.array_equal(picture.pixels, colours)
    assert picture.warnings == ("Only the first of 3 pictures in the file was taken.",)


def test_reduction_of_16_bit_colour_is_said(tmp_path):
    cv2 = pytest.importorskip("cv2")
    deep = np.full((3, 3, 3), 0x80FF, np.uint16)
    assert cv2.imwrite(str(tmp_path / "deep.png"), deep)
    picture, _ = decode_file(tmp_path / "deep.png")
    assert set(picture.pixels.ravel().tolist()) <= {0x80, 0x81}
    assert picture.warnings == ("16-bit colour was reduced to 8 bits.",)


@pytest.mark.parametrize("value", [-1, 70000])
def test_grey_beyond_16_bits_is_refused(tmp_path, value):
    path = saved(tmp_path, np.array([[0, value]], np.int32), "deep.tif")
    with pytest.raises(IngestError, match=r"deep\.tif .* 16-bit grey"):
        decode_file(path)


def test_32_bit_grey_within_16_bits_is_exact(tmp_path):
    path = saved(tmp_path, np.array([[0, 65535]], np.int32), "deep.tif")
    assert decode_file(path)[0].pixels.tolist() == [[0, 65535]]


def test_content_decides_not_the_extension(tmp_path, colours):
    saved(tmp_path, colours, "a.png").rename(tmp_path / "a.jpg")
    assert np.array_equal(decode_file(tmp_path / "a.jpg")[0].pixels, colours)


def test_window_shows_16_bits_as_8():
    grey = np.array([[0, 100, 150, 200, 65535]], np.uint16)
    assert shown_with(grey, (100, 200)).tolist() == [[0, 0, 128, 255, 255]]
    assert shown_with(grey).tolist() == [[0, 0, 1, 1, 255]]
    flat = np.full((2, 2), 7, np.uint16)
    assert shown_with(flat).tolist() == [[0, 0], [0, 0]]


_HEADS = {
    FileKind.JPEG: b"\xff\xd8\xff\xe0",
    FileKind.PNG: b"\x89PNG\r\n\x1a\n",
    FileKind.TIFF: b"II*\0",
    FileKind.WEBP: b"RIFF\x10\0\0\0WEBP",
    FileKind.BMP: b"BM\0\0\0\0\0\0\0\0",
}


@given(data=st.binary(max_size=400), kind=st.sampled_from(sorted(_HEADS)))
def test_any_bytes_are_decoded_or_refused(data, kind):
    with pytest.raises(IngestError, match=r"^x\.png "):
        decode_raster(io.BytesIO(_HEADS[kind] + data), kind, "x.png")
