"""One label map a picture: nnU-Net's raw data and MONAI's datalist, as their readers take them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import numpy as np
import pytest
from other_environments import answer_of
from PIL import Image
from plain_records import drawn, plain_image, plain_png

from annotator.dataset.selection import Selection
from annotator.domain import (
    BoundingBox,
    Ellipse,
    ImageRecord,
    Label,
    LabelSet,
)
from annotator.errors import ExportError
from annotator.export import Source, export_items
from annotator.formats import import_format

LABELS = LabelSet((Label("x", "organ", ""), Label("x", "lesion", "")))
OTHERS = LabelSet((Label("x", "lesion", ""), Label("x", "vessel", ""), Label("x", "organ", "")))
SIZE = (30, 40)
ORGAN, LESION = BoundingBox(4, 5, 20, 18), Ellipse(10, 9, 9, 7)
RAW = "Dataset001_annotations"


def record(number: int, *regions, channels: int = 1) -> ImageRecord:
    """An image of a subject of its own, with (label, region)."""
    image = plain_image(number, *SIZE[::-1], channels=channels, subject=f"S{number}")
    return drawn(image, *regions)


def exported(target: Path, name: str, records: list[ImageRecord], **chosen):
    source = Source(iter(records), chosen.pop("labels", LABELS), "p", uuid.UUID(int=7), plain_png)
    selection = Selection(unfinished=True, **chosen)
    return export_items(source, target, format_name=name, selection=selection)


def records(count: int = 12, channels: int = 1) -> list[ImageRecord]:
    both = (("lesion", LESION), ("organ", ORGAN))
    return [record(n, *both[: n % 3], channels=channels) for n in range(1, count + 1)]


def expected(one: ImageRecord) -> np.ndarray:
    """The smaller region on top."""
    numbers = np.zeros(SIZE, int)
    stated = {act.label for act in one.annotations}
    if "organ" in stated:
        numbers[ORGAN.mask(*SIZE)] = 1
    if "lesion" in stated:
        numbers[LESION.mask(*SIZE)] = 2
    return numbers


@pytest.mark.parametrize("name", ["nnunet", "monai"])
def test_a_pixel_has_the_number_of_its_label(tmp_path, name):
    made = records()
    report = exported(tmp_path / "out", name, made)
    folder = tmp_path / "out" / (f"{RAW}/labelsTr" if name == "nnunet" else "labels")
    maps = sorted(folder.iterdir(), key=lambda path: int(path.stem.split("-")[0]))
    for path, one in zip(maps, made, strict=True):
        with Image.open(path) as picture:
            assert np.array_equal(np.asarray(picture), expected(one))
    lost = "regions partly under smaller ones, without the pixels that they share"
    assert report.manifest["losses"][lost] == 4


@pytest.mark.parametrize("name", ["nnunet", "monai"])
def test_label_maps_come_back_into_a_project_of_other_labels(tmp_path, name):
    made = records()
    exported(tmp_path / "out", name, made, splits={"train": 0.5, "val": 0.2, "test": 0.3})
    read = import_format("masks").read(tmp_path / "out", OTHERS, lambda _: SIZE[::-1])
    numbers = {"organ": 1, "lesion": 2}
    back = {}
    for image in read:
        assert image.faults == image.notes == ()
        back[Path(image.file_name).name[-36:]] = image
    assert set(back) == {str(one.image.id) for one in made}
    for one in made:
        got = np.zeros(SIZE, int)
        for region in back[str(one.image.id)].regions:
            got[region.region.mask(*SIZE)] = numbers[region.label]
        assert np.array_equal(got, expected(one))


def test_nnunet_has_the_projects_split(tmp_path):
    made = records(40)
    exported(tmp_path / "out", "nnunet", made, splits={"train": 0.5, "val": 0.2, "test": 0.3})
    raw = tmp_path / "out" / RAW
    (fold,) = json.loads((raw / "splits_final.json").read_text())
    training = {path.name.removesuffix("_0000.png") for path in (raw / "imagesTr").iterdir()}
    assert set(fold["train"]) | set(fold["val"]) == training
    assert not set(fold["train"]) & set(fold["val"])
    assert {p.name.removesuffix("_0000.png") for p in (raw / "imagesTs").iterdir()} == {
        p.stem for p in (raw / "labelsTs").iterdir()
    }
    described = json.loads((raw / "dataset.json").read_text())
    assert described["labels"] == {"background": 0, "organ": 1, "lesion": 2}
    assert described["numTraining"] == len(training)


VERIFY = """
import os, sys, warnings
warnings.simplefilter("ignore")
from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity
verify_dataset_integrity(sys.argv[1], num_processes=1)
print("true")
"""


@pytest.mark.parametrize("channels", [1, 3])
def test_nnunets_own_check_of_integrity(tmp_path, channels):
    exported(tmp_path / "out", "nnunet", records(6, channels), splits={"train": 0.7, "test": 0.3})
    folders = dict.fromkeys(("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"), str(tmp_path))
    assert answer_of("NNUNET_PYTHON", "nnunetv2", VERIFY, tmp_path / "out" / RAW, **folders)


@pytest.mark.parametrize("splits", [{}, {"train": 0.6, "val": 0.2, "test": 0.2}])
def test_monais_reader_of_datalists(tmp_path, splits):
    from monai.data import load_decathlon_datalist, load_decathlon_properties

    made = records()
    exported(tmp_path / "out", "monai", made, splits=splits)
    datalist = tmp_path / "out" / "dataset.json"
    parts = ("training", "validation", "test") if splits else ("training",)
    pairs = [pair for part in parts for pair in load_decathlon_datalist(datalist, True, part)]
    by_name = {Path(pair["label"]).stem.split("-")[0]: pair for pair in pairs}
    for one in made:
        pair = by_name[one.image.file_name.removesuffix(".png")]
        assert Path(pair["image"]).is_file()
        with Image.open(pair["label"]) as picture:
            assert np.array_equal(np.asarray(picture), expected(one))
    assert len(pairs) == len(made)
    named = load_decathlon_properties(datalist, "labels")["labels"]
    assert named == {"0": "background", "1": "organ", "2": "lesion"}


def test_what_nnunet_would_misunderstand_is_refused(tmp_path):
    mixed = [record(1), record(2, channels=3)]
    with pytest.raises(ExportError, match="as many channels"):
        exported(tmp_path / "a", "nnunet", mixed)
    labels = LabelSet((*LABELS, Label("x", "ignore", "")))
    with pytest.raises(ExportError, match="'ignore' a meaning of its own"):
        exported(tmp_path / "b", "nnunet", records(), labels=labels)
