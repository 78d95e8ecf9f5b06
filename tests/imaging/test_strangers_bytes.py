"""What strangers' files do to who reads them: a sentence, and the other files go on."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import lzma
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from patience import wait_for
from PIL import Image
from video_files import numbered, write_video

from annotator.errors import IngestError
from annotator.ingest import (
    DecodedPicture,
    Deidentification,
    Deidentifier,
    Ingestion,
    IngestStatus,
    PixelStore,
    Pseudonyms,
    ReadingLimits,
    decode_file,
    decode_pictures,
    ingest,
)
from annotator.ingest.dicom import decode_dicom
from annotator.ingest.reading import FileKind
from annotator.ingest.reading_child import SafeVideo, pool, reader, safe_pictures
from annotator.ingest.video import FrameChoice, Video

PYDICOM_FILES = Path(pydicom.__file__).parent / "data" / "test_files"

ENDS_OPENCV = """
XQAAAAT//////////wApEkTrlIrK9BRTwQSHlbUaw6dmz2W0BX0roC22b1eOpw0SNu7qgbnedyGNRYWZZ/9EoEpnocQp/SOz
eqKgBkOh3TgVbxaXsGwtN4Evqq4B08r4vo8Hrde2mhd5nhSlCVfYg+WP9MLRislpxPBLf75hhQEjtJu9kvx76UOWzVgjUEN0
xkryv69p4U74rvRhTKWr2qVail2KUvPKT5v8fQFyTejEsA0Bzzv7IiuLfYVtpLE/XV1aUiG/ymubWwtShEHucaDqOlXNrgT+
4t0hmTdTM+614iYhhI/7nuoRL2remsSiZECcft8iYIYQUiq1j/qSfAO/f00OZ0f9EKLBa6pIG7j/pxxrMBuuMythf+iLcbWl
c6Fss1erj/YiOILMD14jH1k+ue7itY8ipdWYxjIOPXR1APtaQHork5D/t8nskPrOmsWlKTXomGwflFULwPDka7zV6PrXMByQ
VsUCelLQKEqgzeAJ6bPKk9gzb05Y7RnhboCcuhbam5onTWQeAMCsXyqNMJ7i6PCaRbTRLaAgKknZ7yGTps/lLOg8/bZi6NX0
keRf4jOcK1+1uXLGbMKB3jaCE2ufcNLoalgIgvxjRDcNlzXAT155HNUpeHJgIK4k/hVvpLrWUJGbIs2u9aNuGx9q52dIUIhR
qDqZUg3u2PouoQw6ZxWCvRDtwIoAqZSR9aKiD/jZLEWOj5jd0gb/bacbUZB7TtfLLfp/7ygSGDHrACQVwfNUm/CiqaK/v7Vm
hZuH0kHyGpu86WYJ9JaSutHl47AFVNHhjd2ztwihhUgPXy+JwP6aBARiKtcF8T/OqbDCurC9xfWuocbiLcJ56/idLlfM73g/
MEjDPcgVfOHEoTI4KFsiHb2xeS9lqF4+uACDkFZN1JAyS9SwdFkrZqHLwfwkwHf8EVmleLdBT2WiHUznDrKZ7mseZf46aC4v
0B/3t5hDt/xfpL44DV92FtTPDAK1KzHLTHqDkjjnE2/DJAzeZF5tUKWLdW2SIeHcwBkIYqgnp6MYdGuwLuvCmHdUtrM0tyTx
eliFvyk1Nebk62mNfJkvHzSnHiTAAU/dnswuBoQyVOaXz98z8xO0y2FmmUND4Wiff9lvA6/riz6W2BvtDw3UehYXvRI+IVlL
t7fjTFcUTPkLwNi0GbaGes5ln9wNDAwiHDzwEa6I1EYc4wSLyhxhuYFH6a0AxrWa/iFzwrB+npLTyq99zIvD0hFRWrWEm6oc
S9SS+y/73tu100M6JTv7Qr9QoKMNikzPsUTWnsoGkOONH/E5aOnfAWzA9+KuDF3FBFFon0OwXNmraCfw4gH/bTuRwxbwD3oG
BCv2vS9vKno55AAFoBT1Ub1f/0lNcS3kNl+K1k6AHopwqmf5OAy1l6nbu3fmGQR4LNX6ULWpvhPATAg+dArSE0NLZMPtz4RV
Nz8h5kOX4j1/psnFqWa+HYlOr0lHtvrnTMv0Y3XiEAIMdfm/BgRXe59VHG4W1bPGhv0v1dYg51TiSwX+aI5BvP6Ms3EYmJj0
gB0TUcae2ji5paRhTX4Vj3efobWrldsouaeXznf0AeAalxtKX3aGaPIlqxp88KTUuAmVnUq7weHCKJkMlnJSH/IbMZdzgv/0
dChQ
"""
"""An AVI of 7 kB, damaged at random, that ends OpenCV's FFmpeg by a segmentation fault."""


def a_photograph(path: Path, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)


def a_volume(path: Path, shape: tuple[int, int, int]) -> None:
    values = np.random.default_rng(0).integers(0, 9000, shape, dtype=np.int16)
    nib.save(nib.Nifti1Image(values, np.eye(4)), path)


@pytest.fixture
def between(tmp_path: Path) -> Path:
    """A folder with two photographs, between which something is to lie."""
    folder = tmp_path / "in"
    folder.mkdir()
    a_photograph(folder / "a.png", 1)
    a_photograph(folder / "c.png", 2)
    return folder


def taken(folder: Path, store: Path, how: Ingestion) -> tuple[set[str], dict[str, str]]:
    """Return the names of the files of which there are pictures, and what is said of others."""
    outcomes = list(ingest([folder], PixelStore(store), how))
    ended = [outcome for outcome in outcomes if not outcome.more]
    assert len({outcome.path for outcome in ended}) == len(ended), "a file twice"
    imported = {o.file_name for o in outcomes if o.images}
    return imported, {o.file_name: o.reason for o in ended if o.status is IngestStatus.REFUSED}


def test_a_film_that_ends_its_reader_is_a_sentence_between_two_pictures(between, tmp_path):
    film = lzma.decompress(base64.b64decode(ENDS_OPENCV))
    (between / "b.avi").write_bytes(film)
    imported, refused = taken(between, tmp_path / "store", Ingestion(workers=2))
    assert imported == {"a.png", "c.png"}
    assert refused.keys() == {"b.avi"}
    assert refused["b.avi"].startswith(
        "b.avi crashed the program that opened it: the file is damaged, or made to do"
    )


def test_what_takes_too_much_memory_is_a_sentence_that_names_the_setting(between, tmp_path):
    a_volume(between / "b.nii", (320, 320, 320))
    how = Ingestion(limits=ReadingLimits(memory_bytes=150_000_000))
    imported, refused = taken(between, tmp_path / "store", how)
    assert imported == {"a.png", "c.png"}
    assert refused["b.nii"] == (
        "b.nii takes more than 0.15 GB of memory to read; crop it or split it, or raise "
        "ANNOTATOR_READING_MEMORY (now 0.15 GB). The other files go on."
    )


def test_what_takes_too_long_is_a_sentence_that_names_the_setting(tmp_path):
    a_photograph(tmp_path / "a.png", 1)
    a_volume(tmp_path / "b.nii", (700, 700, 5))
    decode_file(tmp_path / "a.png")
    pid = pool._resting[-1]._process.pid
    slices = decode_pictures(tmp_path / "b.nii", limits=ReadingLimits(seconds=0.1))
    next(slices)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(IngestError, match=r"b\.nii was not read within .*READING_SECONDS"):
        list(slices)
    decode_file(tmp_path / "a.png")


def test_readers_that_are_killed_leave_no_gap_that_is_not_named(tmp_path, monkeypatch):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(60):
        a_photograph(folder / f"{number}.png", number)
    a_volume(folder / "v.nii", (30, 31, 32))
    processes: list[subprocess.Popen[bytes]] = []
    start = reader._process

    def recorded(descriptor: int) -> subprocess.Popen[bytes]:
        processes.append(start(descriptor))
        return processes[-1]

    monkeypatch.setattr(reader, "_process", recorded)
    pool.end_readers()
    kills, over = 0, threading.Event()
    moments = np.random.default_rng(7)

    def kill_some() -> None:
        nonlocal kills
        while kills < 6 and not over.wait(moments.uniform(0.1, 0.9)):
            living = [one for one in processes if one.poll() is None]
            if living:
                living[moments.integers(len(living))].kill()
                kills += 1

    killer = threading.Thread(target=kill_some)
    killer.start()
    named: set[str] = set()
    for round_ in range(200):
        imported, refused = taken(folder, tmp_path / f"store{round_}", Ingestion(workers=2))
        assert imported | set(refused) == {path.name for path in folder.iterdir()}
        named |= {sentence.partition(" ")[2] for sentence in refused.values()}
        if kills == 6:
            break
    over.set()
    killer.join()
    assert kills == 6
    assert all(sentence.startswith("crashed the program that opened it") for sentence in named)
    assert taken(folder, tmp_path / "after", Ingestion(workers=2))[1] == {}


@pytest.mark.parametrize("kills", [1, 2])
def test_a_film_whose_reader_is_killed_goes_on_after_the_frames_that_came(tmp_path, kills):
    # Frames of which a socket holds none, so that the reader is still at work.
    frames = [numbered(number, (480, 640)) for number in range(40)]
    path = write_video(tmp_path / "film.mkv", frames, range(0, 1600, 40))
    choice, known = FrameChoice(per_second=None), {3, 30}
    with path.open("rb") as stream, Video(stream, FileKind.MATROSKA, "film.mkv") as video:
        whole = list(video.frames(choice, known))
    came = []
    with (
        path.open("rb") as stream,
        SafeVideo(stream, FileKind.MATROSKA, "film.mkv", choice, max_megapixels=9) as film,
        pytest.raises(IngestError) if kills == 2 else contextlib.nullcontext() as refused,
    ):
        for frame in film.frames(known):
            came.append(frame)
            if len(came) in (10, 20)[:kills]:
                film._reader._process.kill()
                film._reader._process.wait()
        assert film.passed == len(known)
    if refused is not None:
        assert str(refused.value).startswith("film.mkv crashed the program that opened it")
        whole = whole[: len(came)]
        assert len(came) >= 20
    assert [frame.number for frame in came] == [frame.number for frame in whole]
    assert [frame.time_s for frame in came] == [frame.time_s for frame in whole]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(came, whole, strict=True))


READS_ON = """
import sys, time
from pathlib import Path
from annotator.ingest import decode_file
from annotator.ingest.reading_child import pool
path = Path(sys.argv[1])
decode_file(path)
print(pool._resting[-1]._process.pid, flush=True)
while True:
    decode_file(path)
"""


@pytest.mark.parametrize("signal_sent", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_reader_outlives_its_parent(tmp_path, signal_sent):
    a_photograph(tmp_path / "a.png", 1)
    with subprocess.Popen(
        [sys.executable, "-c", READS_ON, str(tmp_path / "a.png")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.send_signal(signal_sent)

    def is_gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"

    wait_for(is_gone, "the reader's end")


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has is told by /proc")
def test_a_reader_is_given_no_secret_and_no_descriptor(tmp_path, monkeypatch):
    monkeypatch.setenv("ANNOTATOR_DATABASE_URL", "postgresql://u:secret@host/db")
    a_photograph(tmp_path / "a.png", 1)
    pool.end_readers()
    with (tmp_path / "record.db").open("wb"):
        decode_file(tmp_path / "a.png")
        process = Path(f"/proc/{pool._resting[-1]._process.pid}")
    assert b"ANNOTATOR" not in (process / "environ").read_bytes()
    places = {str(one.readlink()) for one in (process / "fd").iterdir()}
    assert {place.partition(":")[0] for place in places} <= {"/dev/null", "socket"}
    limits = (process / "limits").read_text()
    assert "Max core file size        0 " in limits


def described(picture: DecodedPicture) -> str:
    """Return all of a picture but its pixels, as JSON, in which it comes into the record."""
    fields = dataclasses.fields(picture)
    told = {one.name: getattr(picture, one.name) for one in fields if one.name != "pixels"}
    return json.dumps(told, default=dataclasses.asdict)


@pytest.mark.parametrize("path", sorted(PYDICOM_FILES.glob("*.dcm")), ids=lambda path: path.name)
def test_a_reader_says_what_the_decoder_says(path):
    deidentifier = Deidentifier(
        Deidentification(retain_dates=True, retain_device=True), Pseudonyms(lambda: bytes(32))
    )
    said = []
    pictures = []
    for decode in (
        lambda stream: decode_dicom(stream, "x.dcm", deidentifier=deidentifier),
        lambda stream: safe_pictures(
            stream, FileKind.DICOM, "x.dcm", max_megapixels=200, deidentifier=deidentifier
        ),
    ):
        decoded, sentence = [], ""
        with path.open("rb") as stream:
            try:
                decoded.extend(decode(stream))
            except IngestError as error:
                sentence = f"{type(error).__name__} {error}"
        said.append(([described(picture) for picture in decoded], sentence))
        pictures.append(decoded)
    assert said[0] == said[1]
    for here, there in zip(*pictures, strict=True):
        assert here.pixels.dtype == there.pixels.dtype
        assert np.array_equal(here.pixels, there.pixels)
