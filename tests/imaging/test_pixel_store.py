"""The pixel store: what is put in comes out, or an error says so."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from patience import wait_for
from PIL import Image

from annotator.errors import NotFoundError, StorageError
from annotator.ingest import PixelStore, pixels_sha256
from annotator.ingest.png import _chunk, decoded_png, encoded_png

side = st.integers(1, 12)
any_pixels = st.one_of(
    hnp.arrays(np.uint8, st.tuples(side, side, st.just(3))),
    hnp.arrays(np.uint8, st.tuples(side, side)),
    hnp.arrays(np.uint16, st.tuples(side, side)),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return PixelStore(tmp_path_factory.mktemp("pixels"))


@given(pixels=any_pixels)
def test_what_is_put_in_comes_out(store, pixels):
    sha256 = store.put(pixels)
    read = store.get(sha256)
    assert read.dtype == pixels.dtype
    assert np.array_equal(read, pixels)
    assert store.path(sha256).read_bytes() == store.encoded(sha256)


@given(pixels=any_pixels)
def test_what_this_program_wrote_is_decoded_by_itself_and_no_other_file_wrongly(pixels):
    written = encoded_png(pixels)
    decoded = decoded_png(written)
    assert decoded.dtype == pixels.dtype
    assert np.array_equal(decoded, pixels)
    assert decoded_png(written[:-1]) is None
    assert decoded_png(written.replace(b"IDAT", b"IDAU")) is None
    # A checksum that fits what cannot be unpacked, or is too short.
    for data in (b"", b"abc", zlib.compress(bytes(3), 9), zlib.compress(bytes(999), 9)[:9]):
        with_data = written[:33] + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
        assert decoded_png(with_data) is None
    by_pillow = io.BytesIO()
    Image.fromarray(pixels).save(by_pillow, "png")
    others = decoded_png(by_pillow.getvalue())
    assert others is None or np.array_equal(others, pixels)


@given(pixels=any_pixels)
def test_address_is_of_the_content_alone(pixels):
    """Written out by hand once, so that no later encoder or NumPy changes it."""
    height, width, *rest = pixels.shape
    text = f"pixels {pixels.dtype} {height}x{width}x{rest[0] if rest else 1}\0".encode()
    values = [int(v).to_bytes(pixels.itemsize, "little") for v in pixels.ravel()]
    assert pixels_sha256(pixels) == hashlib.sha256(text + b"".join(values)).hexdigest()
    assert pixels_sha256(np.asfortranarray(pixels)) == pixels_sha256(pixels)
    swapped = pixels.astype(pixels.dtype.newbyteorder(">"))
    assert pixels_sha256(swapped) == pixels_sha256(pixels)


def test_shape_and_type_are_part_of_the_address():
    flat = np.arange(12, dtype=np.uint8)
    shapes = [(2, 6), (6, 2), (2, 2, 3), (12, 1)]
    addresses = {pixels_sha256(flat.reshape(shape)) for shape in shapes}
    assert len(addresses | {pixels_sha256(flat.view(np.uint16).reshape(2, 3))}) == 5


def test_same_picture_is_stored_once(store):
    pixels = np.full((5, 5), 9, np.uint16)
    path = store.path(store.put(pixels))
    written = path.stat().st_mtime_ns
    assert store.put(pixels.copy()) == path.stem
    assert path.stat().st_mtime_ns == written


@pytest.mark.parametrize("damage", ["cut", "flipped", "swapped", "emptied"])
def test_damage_is_found_and_mended_by_putting_again(store, damage):
    pixels = np.random.default_rng(len(damage)).integers(0, 65536, (30, 30), dtype=np.uint16)
    sha256 = store.put(pixels)
    path = store.path(sha256)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
    elif damage == "swapped":  # a whole file of other pixels: only `get` can tell
        content[:] = store.encoded(store.put(pixels + 1))
    else:
        content.clear()
    path.write_bytes(content)
    with pytest.raises(StorageError, match=f"{sha256[:12]} is damaged; import its file again"):
        store.get(sha256)
    if damage != "swapped":
        with pytest.raises(StorageError, match="is damaged"):
            store.encoded(sha256)
        assert store.put(pixels) == sha256
        assert np.array_equal(store.get(sha256), pixels)


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_addresses_are_taken(store, address):
    with pytest.raises(NotFoundError):
        store.get(address)


def test_unknown_address(store):
    with pytest.raises(NotFoundError, match="is not in the pixel store; import its file again"):
        store.get("0" * 64)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 2), np.float32), np.zeros((2, 2, 4), np.uint8)[..., :0], np.zeros(3, np.uint8)],
)
def test_other_arrays_are_refused(store, pixels):
    with pytest.raises(StorageError, match="cannot be stored"):
        store.put(pixels)


def test_four_channels_are_refused(store):
    with pytest.raises(StorageError, match="cannot be stored"):
        store.put(np.zeros((2, 2, 4), np.uint8))


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="data folder cannot be written"):
        PixelStore(tmp_path / "file")


def test_killed_while_writing_leaves_nothing_half_written(tmp_path):
    """A process that puts one picture after another is killed at some byte."""
    program = (
        "import sys, pathlib, numpy\n"
        "from annotator.ingest import PixelStore\n"
        "store = PixelStore(pathlib.Path(sys.argv[1]))\n"
        "rng = numpy.random.default_rng(0)\n"
        "while True:\n"
        "    store.put(rng.integers(0, 65536, (400, 400), dtype=numpy.uint16))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    for delay_s in (0.05, 0.11, 0.23):
        with subprocess.Popen(command) as process:
            known = len(list(tmp_path.glob("??/*")))
            wait_for(lambda known=known: len(list(tmp_path.glob("??/*"))) > known, "a picture")
            time.sleep(delay_s)
            process.send_signal(signal.SIGKILL)
    store = PixelStore(tmp_path)
    written = [path.stem for path in tmp_path.glob("??/*")]
    assert written
    for sha256 in written:
        store.get(sha256)


def test_leftovers_of_killed_processes_are_removed_after_a_day(tmp_path):
    PixelStore(tmp_path)
    old, new = tmp_path / "incoming" / "old", tmp_path / "incoming" / "new"
    for left in (old, new):
        left.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000,) * 2)
    PixelStore(tmp_path)
    assert not old.exists()
    assert new.exists()


def test_eight_threads_put_the_same_pictures(tmp_path):
    store = PixelStore(tmp_path)
    pictures = [np.full((50, 50), n, np.uint8) for n in range(20)]
    failures = []

    def put_all() -> None:
        try:
            for pixels in pictures:
                assert np.array_equal(store.get(store.put(pixels)), pixels)
        except Exception as error:  # noqa: BLE001 - reported by the main thread
            failures.append(error)

    threads = [threading.Thread(target=put_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(list(tmp_path.glob("??/*"))) == 20
