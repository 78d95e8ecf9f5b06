"""What a person named becomes a list of files, in the order they would expect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from annotator.ingest import IngestStatus, PixelStore, ingest
from annotator.ingest.files import find_files, natural_key


def picture(path: Path, value: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((2, 2, 3), value, np.uint8)).save(path, "PNG")
    return path


def names(paths: list[Path]) -> list[str]:
    return [found.path.name for found in find_files(paths) if not found.skipped]


def reasons(paths: list[Path]) -> dict[str, str]:
    return {found.path.name: found.skipped for found in find_files(paths) if found.skipped}


def test_natural_order_files_before_folders(tmp_path):
    for name in ("img10.png", "img2.png", "IMG1.png", "a/z.png", "a10/y.png", "a9/x.png"):
        picture(tmp_path / name)
    assert names([tmp_path]) == ["IMG1.png", "img2.png", "img10.png", "z.png", "x.png", "y.png"]


@given(st.data(), st.lists(st.text(st.characters(codec="utf-8"), min_size=1), max_size=8))
def test_any_names_have_an_order(data, some):
    shuffled = data.draw(st.permutations(some))
    assert sorted(shuffled, key=natural_key) == sorted(some, key=natural_key)


def test_named_order_is_kept(tmp_path):
    later, earlier = picture(tmp_path / "b.png"), picture(tmp_path / "a.png")
    assert names([later, earlier]) == ["b.png", "a.png"]


def test_what_is_no_picture_is_skipped_with_a_reason(tmp_path):
    picture(tmp_path / "good.png")
    picture(tmp_path / "no extension")
    picture(tmp_path / ".hidden.png")
    picture(tmp_path / ".cache" / "thumb.png")
    picture(tmp_path / "__MACOSX" / "x.png")
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "labels.csv").touch()
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    assert names([tmp_path]) == ["good.png", "no extension"]
    assert reasons([tmp_path]) == {
        ".cache": "is hidden or belongs to the system.",
        ".hidden.png": "is hidden or belongs to the system.",
        "__MACOSX": "is hidden or belongs to the system.",
        "labels.csv": "is empty; export or copy it again.",
        "notes.txt": "is not a picture.",
        "Thumbs.db": "is hidden or belongs to the system.",
    }


def test_named_hidden_file_is_taken(tmp_path):
    assert names([picture(tmp_path / ".hidden.png")]) == [".hidden.png"]


def test_links_are_not_followed(tmp_path):
    outside = picture(tmp_path / "outside" / "secret.png")
    inside = tmp_path / "inside"
    picture(inside / "own.png")
    (inside / "link.png").symlink_to(outside)
    (inside / "folder").symlink_to(outside.parent)
    (inside / "loop").symlink_to(inside)
    assert names([inside]) == ["own.png"]
    assert set(reasons([inside])) == {"link.png", "folder", "loop"}
    assert "is a symbolic link" in reasons([inside])["link.png"]


def test_named_link_is_followed(tmp_path):
    target = picture(tmp_path / "real.png")
    (tmp_path / "link.png").symlink_to(target)
    assert names([tmp_path / "link.png"]) == ["link.png"]


def test_two_files_of_one_name(tmp_path):
    first, second = picture(tmp_path / "a/x.png", 1), picture(tmp_path / "b/x.png", 2)
    outcomes = list(ingest([first, second], PixelStore(tmp_path / "store")))
    assets = [outcome.images[0].asset for outcome in outcomes]
    assert [asset.file_name for asset in assets] == ["x.png", "x.png"]
    assert assets[0].id != assets[1].id
    assert assets[0].pixels_sha256 != assets[1].pixels_sha256


def test_outcomes_of_a_mixed_folder(tmp_path):
    folder = tmp_path / "photos"
    picture(folder / "good.png")
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    (folder / "notes.txt").write_text("notes")
    outcomes = {o.file_name: o for o in ingest([folder], PixelStore(tmp_path / "store"))}
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "bad.png": IngestStatus.REFUSED,
        "good.png": IngestStatus.IMPORTED,
        "notes.txt": IngestStatus.SKIPPED,
    }
    asset = outcomes["good.png"].images[0].asset
    assert (asset.width, asset.height, asset.bits, asset.channels) == (2, 2, 8, 3)
    assert asset.modality == "photograph"
    assert len(asset.source_sha256) == 64
    assert outcomes["good.png"].reason == ""


@pytest.mark.parametrize("missing", ["gone", "gone.png"])
def test_missing_paths_are_refused_by_name(tmp_path, missing):
    (outcome,) = ingest([tmp_path / missing], PixelStore(tmp_path / "store"))
    assert outcome.status is IngestStatus.REFUSED
    assert outcome.reason.startswith(f"{missing} does not exist")
