"""Pictures at a URL, and a quota: the same pictures, checked, or a sentence."""

from __future__ import annotations

import fsspec
import numpy as np
import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from annotator.cli import main
from annotator.errors import NotFoundError, SettingsError, StorageError
from annotator.ingest import PixelStore
from annotator.ingest.picture_folders import LocalFolder, RemoteFolder
from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace


def picture(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 65536, (20, 30), dtype=np.uint16)


@pytest.fixture(params=["memory", "file"])
def url(request, tmp_path):
    if request.param == "file":
        yield f"file://{tmp_path}/team"
        return
    yield "memory://team/pictures"
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def remote(url, folder, nearby_bytes=10**6) -> PixelStore:
    return PixelStore(RemoteFolder(url, LocalFolder(folder), nearby_bytes))


def objects(url) -> list[str]:
    files, root = fsspec.core.url_to_fs(url)
    return sorted(files.find(root))


def test_what_one_puts_another_gets(tmp_path, url):
    one, other = remote(url, tmp_path / "one"), remote(url, tmp_path / "other")
    addresses = [one.put(picture(number % 3)) for number in range(6)]
    assert len(objects(url)) == 3
    for number, sha256 in enumerate(addresses):
        assert np.array_equal(other.get(sha256), picture(number % 3))
        assert other.encoded(sha256) == one.encoded(sha256)
    assert other.used_bytes() == sum(len(one.encoded(sha256)) for sha256 in set(addresses))
    with pytest.raises(NotFoundError, match="import its file again"):
        other.get("0" * 64)


def test_damage_there_is_found_and_a_damaged_copy_is_fetched_again(tmp_path, url):
    store = remote(url, tmp_path / "one")
    sha256 = store.put(picture(1))
    (copy,) = LocalFolder(tmp_path / "one").files()
    copy.write_bytes(copy.read_bytes()[:300])
    assert np.array_equal(store.get(sha256), picture(1))
    files, _ = fsspec.core.url_to_fs(url)
    (there,) = objects(url)
    files.pipe_file(there, files.cat_file(there)[:300])
    with pytest.raises(StorageError, match="is damaged; import its file again"):
        remote(url, tmp_path / "other").get(sha256)
    assert store.put(picture(1)) == sha256
    assert np.array_equal(remote(url, tmp_path / "third").get(sha256), picture(1))


@given(numbers=st.lists(st.integers(0, 9), max_size=12))
@settings(max_examples=15, deadline=None)
def test_copies_nearby_stay_within_their_bound(tmp_path_factory, numbers):
    folder = tmp_path_factory.mktemp("nearby")
    store = remote("memory://bounded", folder, nearby_bytes=5000)
    for number in numbers:
        assert np.array_equal(store.get(store.put(picture(number))), picture(number))
    assert LocalFolder(folder).used_bytes() <= 5000


def test_broken_off_at_any_byte_nothing_has_the_pictures_name(tmp_path, monkeypatch):
    url = f"file://{tmp_path}/team"
    store = remote(url, tmp_path / "one")
    content = PixelStore(tmp_path / "local")
    size = len(content.encoded(content.put(picture(1))))
    whole = LocalFileSystem.pipe_file
    for at in range(0, size, 97):

        def broken(self, path, value, at=at, **options):
            whole(self, path, value[:at], **options)
            raise ConnectionError("https://key:secret@host/ says no")

        monkeypatch.setattr(LocalFileSystem, "pipe_file", broken)
        with pytest.raises(StorageError, match="cannot be written to") as fault:
            store.put(picture(1))
        assert "secret" not in str(fault.value)
        assert not [name for name in objects(url) if name.endswith(".png")]
    monkeypatch.setattr(LocalFileSystem, "pipe_file", whole)
    assert np.array_equal(store.get(store.put(picture(1))), picture(1))


def test_a_store_that_cannot_be_opened_is_told_without_its_address(tmp_path):
    with pytest.raises(SettingsError, match="names a nosuch store") as fault:
        remote("nosuch://key:secret@host/bucket", tmp_path)
    assert "secret" not in str(fault.value)


def photographs(folder, count):
    folder.mkdir()
    for number in range(count):
        Image.fromarray(picture(number)).save(folder / f"{number}.png")
    return folder


def test_at_the_quota_nothing_is_lost_and_the_import_goes_on(tmp_path, monkeypatch):
    folder = photographs(tmp_path / "photographs", 6)
    home = {"ANNOTATOR_HOME": str(tmp_path / "home"), "ANNOTATOR_SECRETS": str(tmp_path / "keys")}
    small = Settings.from_environment(home | {"ANNOTATOR_PIXELS_QUOTA": "4 kB"})
    with Workspace.open(small, upgrade=True) as workspace:
        create_project(workspace, "p", labels=["x"])
        report = import_paths(workspace, "p", [folder])
        assert 0 < report.imported < 6
        assert report.imported + len(report.refused) == 6
        assert "its quota (ANNOTATOR_PIXELS_QUOTA) is 4.0 kB" in report.refused.first[0]
        assert workspace.pixels.used_bytes() <= 4000
        before = report.imported
    with Workspace.open(Settings.from_environment(home)) as workspace:
        report = import_paths(workspace, "p", [folder])
        assert (report.imported, report.duplicates) == (6 - before, before)


def test_the_command_line_with_pictures_at_a_url(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANNOTATOR_SECRETS", str(tmp_path / "keys"))
    monkeypatch.setenv("ANNOTATOR_PIXELS", f"file://{tmp_path}/team")
    folder = photographs(tmp_path / "photographs", 2)
    assert main(["project", "create", "p", "--label", "x", "--shows", "nobody"]) == 0
    assert main(["import", "p", str(folder)]) == 0
    assert len(objects(f"file://{tmp_path}/team")) == 2
    assert not (tmp_path / "home" / "pixels").exists()
    assert main(["db", "backup", str(tmp_path / "backup")]) == 0
    assert "copy a file store (ANNOTATOR_PIXELS) as well" in capfd.readouterr().out
    assert main(["export", "p", "--unfinished", "--output", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize(
    ("text", "size"), [("200 GB", 2 * 10**11), ("1.5T", 15 * 10**11), ("10", 10), ("3 kb", 3000)]
)
def test_sizes(text, size):
    assert Settings.from_environment({"ANNOTATOR_PIXELS_QUOTA": text}).pixels_quota_bytes == size


@pytest.mark.parametrize(("text", "size"), [("0", 0), ("", 10**10), ("1 GB", 10**9)])
def test_copies_nearby_can_be_none(text, size):
    assert Settings.from_environment({"ANNOTATOR_PIXELS_CACHE": text}).pixels_cache_bytes == size


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANNOTATOR_PIXELS_QUOTA", "much"),
        ("ANNOTATOR_PIXELS", "bucket"),
        ("ANNOTATOR_PIXELS", "memory://x"),
    ],
)
def test_senseless_settings(name, value):
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})
