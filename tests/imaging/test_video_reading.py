"""Videos decode to the very frames they hold, at their own times, upright; bad ones are refused."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from video_files import numbered, read_video, turned, write_sound, write_video

from annotator.errors import IngestError
from annotator.ingest import FrameChoice
from annotator.ingest.reading import HEAD_BYTES, FileKind, file_kind
from annotator.ingest.scenes import SceneCuts
from annotator.ingest.video import Video, VideoFrame

EVERY = FrameChoice(per_second=None)
UNEVEN_MS = [0, 40, 80, 500, 510, 2000, 2040, 3999, 4000]


def frames(path: Path, choice: FrameChoice = EVERY, **how) -> list[VideoFrame]:
    with path.open("rb") as stream:
        kind = file_kind(stream.read(HEAD_BYTES))
        assert kind is not None
        with Video(stream, kind, path.name, **how) as video:
            return list(video.frames(choice))


def film(path: Path, times_ms=UNEVEN_MS, **how) -> Path:
    return write_video(path, map(numbered, range(len(times_ms))), times_ms, **how)


@pytest.mark.parametrize(
    ("ending", "codec", "pixel_format"), [("mkv", "ffv1", "bgr0"), ("mov", "png", "rgb24")]
)
def test_lossless_frames_come_exactly_at_their_uneven_times(tmp_path, ending, codec, pixel_format):
    path = film(tmp_path / f"film.{ending}", codec=codec, pixel_format=pixel_format)
    taken = frames(path)
    assert [frame.number for frame in taken] == list(range(len(UNEVEN_MS)))
    assert [frame.time_s for frame in taken] == pytest.approx([t / 1000 for t in UNEVEN_MS])
    for frame in taken:
        np.testing.assert_array_equal(frame.pixels, numbered(frame.number))


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("film.mp4", "mpeg4", "yuv420p"),
        ("film.webm", "libvpx-vp9", "yuv420p"),
        ("film.avi", "mjpeg", "yuvj420p"),
    ],
)
def test_lossy_frames_are_those_of_another_decoder(tmp_path, name, codec, pixel_format):
    times = [40 * n for n in range(12)]
    path = film(tmp_path / name, times, codec=codec, pixel_format=pixel_format)
    ours, theirs = frames(path), read_video(path)
    assert len(ours) == len(theirs) == 12
    for frame, (time_s, pixels) in zip(ours, theirs, strict=True):
        assert frame.time_s == pytest.approx(time_s, abs=1e-3)
        # The two scale colour planes differently; a neighbouring frame differs by 3.
        assert abs(frame.pixels.astype(int) - pixels).mean() < 1.5


def test_a_rate_takes_the_first_frame_at_or_after_each_multiple(tmp_path):
    path = film(tmp_path / "film.mkv")
    assert [f.number for f in frames(path, FrameChoice(1.0))] == [0, 5, 7, 8]
    assert [f.number for f in frames(path, FrameChoice(2.0))] == [0, 3, 5, 7, 8]
    assert [f.number for f in frames(path, FrameChoice(1000.0))] == list(range(9))
    assert [f.number for f in frames(path, FrameChoice(None, from_s=0.5, to_s=2.0))] == [3, 4, 5]
    assert [f.number for f in frames(path, FrameChoice(1.0, from_s=0.08))] == [2, 5, 7]


@given(
    gaps=st.lists(st.integers(1, 900), min_size=1, max_size=12),
    rate=st.sampled_from([0.5, 1.0, 3.0, 29.97]),
)
@settings(max_examples=12, deadline=None)
def test_any_times_and_any_rate(tmp_path_factory, gaps, rate):
    times = [0, *np.cumsum(gaps).tolist()]
    path = film(tmp_path_factory.mktemp("v") / "film.mkv", times)
    taken = [frame.time_s for frame in frames(path, FrameChoice(rate))]
    seconds = [t / 1000 for t in times]
    assert set(np.round(taken, 6)) <= set(np.round(seconds, 6))
    # One of each period that has a frame, and its first.
    periods = {}
    for second in seconds:
        periods.setdefault(int(np.floor(second * rate + 1e-6)), second)
    assert taken == pytest.approx(list(periods.values()))


def test_scenes_begin_where_colours_change(tmp_path):
    noise = np.random.default_rng(5)
    scenes = [(200, 40, 40), (40, 190, 60), (30, 50, 180)]
    shown = [
        np.clip(
            np.full((48, 64, 3), scenes[n // 10]) + noise.integers(-12, 12, (48, 64, 3)), 0, 255
        )
        for n in range(30)
    ]
    path = write_video(
        tmp_path / "film.mkv", [s.astype(np.uint8) for s in shown], [40 * n for n in range(30)]
    )
    assert [f.number for f in frames(path, FrameChoice(per_scene=1))] == [0, 10, 20]
    assert [f.number for f in frames(path, FrameChoice(per_scene=2))] == [0, 1, 10, 11, 20, 21]


def test_a_patch_that_moves_is_no_cut():
    cuts = SceneCuts()
    for x in range(0, 60, 4):
        pixels = np.full((90, 120, 3), 90, np.uint8)
        pixels[20:60, x : x + 40] = (220, 170, 150)
        assert cuts.begins(pixels) == (x == 0)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_camera_is_turned_back(tmp_path, degrees):
    plain = film(tmp_path / "a.mp4", [0, 40], codec="png", pixel_format="rgb24")
    path = turned(plain, degrees)
    clockwise = {90: -1, 180: 2, 270: 1}[degrees]
    np.testing.assert_array_equal(frames(path)[0].pixels, np.rot90(numbered(0), clockwise))


def test_pixels_that_are_not_square(tmp_path):
    path = film(
        tmp_path / "film.mp4", [0, 40], codec="mpeg4", pixel_format="yuv420p", aspect=Fraction(4, 3)
    )
    with path.open("rb") as stream, Video(stream, FileKind.MP4, "f") as video:
        assert video.aspect == pytest.approx(3 / 4)


def test_known_frames_are_passed_over_and_a_video_is_read_again(tmp_path):
    path = film(tmp_path / "film.mkv")
    with path.open("rb") as stream, Video(stream, FileKind.MATROSKA, "f") as video:
        assert len(list(video.frames(EVERY))) == 9
        assert [f.number for f in video.frames(EVERY, known={0, 2, 8})] == [1, 3, 4, 5, 6, 7]
        assert video.passed == 3


def cut_off(folder: Path) -> Path:
    path = film(folder / "cut.mp4", codec="mpeg4", pixel_format="yuv420p")
    path.write_bytes(path.read_bytes()[:-1200])
    return path


def garbled(folder: Path) -> Path:
    path = folder / "garbled.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3" + np.random.default_rng(1).bytes(5000))
    return path


def headless(folder: Path) -> Path:
    path = film(folder / "headless.avi", [0, 40], codec="mjpeg", pixel_format="yuvj420p")
    path.write_bytes(path.read_bytes()[:18])
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (cut_off, "cut off or damaged"),
        (garbled, "cut off or damaged"),
        (headless, "cut off or damaged"),
        (lambda folder: write_sound(folder / "sound.mkv"), "sound and no pictures"),
        (lambda folder: write_sound(folder / "sound.mp4"), "sound and no pictures"),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_the_reason(tmp_path, capfd, make, said):
    with pytest.raises(IngestError, match=said):
        frames(make(tmp_path))
    assert capfd.readouterr() == ("", "")


def test_frames_beyond_the_limit_are_refused(tmp_path):
    path = film(tmp_path / "film.mkv", [0, 40])
    with pytest.raises(IngestError, match="64 x 48 px"):
        frames(path, max_megapixels=0.003)


def test_a_range_without_frames_is_refused(tmp_path):
    with pytest.raises(IngestError, match="no frame from 60 s to 90 s"):
        frames(film(tmp_path / "film.mkv"), FrameChoice(from_s=60, to_s=90))


@pytest.mark.parametrize(
    "choice",
    [
        {"per_second": 0},
        {"per_second": float("nan")},
        {"from_s": -1},
        {"from_s": 5, "to_s": 4},
        {"to_s": float("nan")},
        {"from_s": float("inf")},
        {"per_scene": -1},
    ],
)
def test_a_choice_of_nothing_is_refused(choice):
    with pytest.raises(IngestError):
        FrameChoice(**choice)


def test_damage_in_the_middle_leaves_the_other_frames_and_is_said(tmp_path):
    path = film(tmp_path / "film.mkv", [40 * n for n in range(60)])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])
    with path.open("rb") as stream, Video(stream, FileKind.MATROSKA, "f") as video:
        taken = list(video.frames(EVERY))
        assert 5 < len(taken) < 40
        assert any("could be decoded" in sentence for sentence in video.warnings)


def test_a_playlist_that_names_files_is_no_video(tmp_path):
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n")
    assert file_kind(path.read_bytes()[:HEAD_BYTES]) is None


@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi"])
def test_damaged_bytes_never_crash_nor_print(tmp_path, kind):
    codec = {"mp4": ("mpeg4", "yuv420p"), "mkv": ("ffv1", "bgr0"), "avi": ("mjpeg", "yuvj420p")}
    path = film(
        tmp_path / f"film.{kind}", [40 * n for n in range(8)],
        codec=codec[kind][0], pixel_format=codec[kind][1],
    )  # fmt: skip
    # In a process of its own: a crash of the decoder would end this one.
    code = (
        "import sys; import numpy as np; from pathlib import Path\n"
        "from annotator.errors import IngestError\n"
        "from annotator.ingest.video import Video, FrameChoice, FileKind\n"
        "path = Path(sys.argv[1]); whole = path.read_bytes(); dice = np.random.default_rng(3)\n"
        "for n in range(60):\n"
        "    bad = bytearray(whole)\n"
        "    for place in dice.integers(0, len(bad), 1 + n % 12): bad[place] = dice.integers(256)\n"
        "    path.write_bytes(bytes(bad))\n"
        "    with path.open('rb') as s:\n"
        "        try:\n"
        "            with Video(s, FileKind(sys.argv[2]), 'f', max_megapixels=1) as v:\n"
        "                for _ in v.frames(FrameChoice(None)): pass\n"
        "        except IngestError: pass\n"
    )
    named = {"mp4": "MP4", "mkv": "MKV", "avi": "AVI"}[kind]
    ran = subprocess.run(
        [sys.executable, "-c", code, str(path), named],
        capture_output=True, text=True, check=False, env=os.environ, timeout=300,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def warnings_of(path: Path) -> list[str]:
    with path.open("rb") as stream:
        kind = file_kind(stream.read(HEAD_BYTES))
        assert kind is not None
        with Video(stream, kind, path.name) as video:
            assert list(video.frames(EVERY))
            return video.warnings


SOUND = {"mkv": ("ffv1", "bgr0"), "mp4": ("mpeg4", "yuv420p")}


@pytest.mark.parametrize("ending", sorted(SOUND))
@pytest.mark.parametrize("begins_ms", [5000, -800])
def test_a_film_that_does_not_begin_at_0_is_whole(tmp_path, ending, begins_ms):
    """Cut from a longer one: its times go on, or frames before its beginning are never shown."""
    codec, pixel_format = SOUND[ending]
    times = [begins_ms + 40 * n for n in range(50)]
    path = film(tmp_path / f"cut.{ending}", times, codec=codec, pixel_format=pixel_format)
    assert warnings_of(path) == []
