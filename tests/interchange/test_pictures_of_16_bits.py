"""16-bit grey leaves as it is shown: usual trainers see 16 bits as white."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from PIL import Image

from annotator.cli import main

VALUES = np.linspace(1000, 3000, 40 * 30).astype(np.uint16).reshape(30, 40)


@pytest.mark.parametrize(
    ("name", "chosen", "bits"),
    [
        ("coco", [], 8),
        ("yolo-detect", [], 8),
        ("coco", ["--pictures", "16bit"], 16),
        ("nifti", [], 16),
        ("nifti", ["--pictures", "windowed-8bit"], 8),
    ],
)
def test_fault_11_pictures_are_written_through_their_window(
    tmp_path, monkeypatch, capsys, name, chosen, bits
):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    Image.fromarray(VALUES).save(tmp_path / "scan.png")
    assert main(["project", "create", "P", "--label", "x", "--shows", "nobody"]) == 0
    assert main(["import", "P", str(tmp_path / "scan.png")]) == 0
    out = tmp_path / "out"
    arguments = ["export", "P", "--unfinished", "--format", name, *chosen, "--output", str(out)]
    assert main(arguments) == 0
    said = capsys.readouterr().err
    (path,) = (out / "images").iterdir()
    pixels = np.asarray(Image.open(path))
    manifest = json.loads((out / "manifest.json").read_text())["pictures"]
    if name == "coco":
        (entry,) = json.loads((out / "annotations.json").read_text())["images"]
        assert entry["window"] == [VALUES.min(), VALUES.max()]
    if bits == 16:
        assert np.array_equal(pixels, VALUES)
        assert "windows" not in manifest
        assert "8 bits" not in said
        return
    assert pixels.dtype == np.uint8
    (window,) = manifest["windows"]
    black, white = window["black"], window["white"]
    expected = np.rint(np.clip((VALUES - black) / (white - black), 0, 1) * 255)
    assert np.array_equal(pixels, expected)
    assert "1 picture of 16-bit grey written as 8 bits through the window" in said
    with (out / "windows.csv").open() as lines:
        (row,) = csv.DictReader(lines)
    assert (float(row["black"]), float(row["white"])) == (black, white)
    assert row["picture"] == path.relative_to(out).as_posix()
    assert main(["export", "verify", str(out)]) == 0
