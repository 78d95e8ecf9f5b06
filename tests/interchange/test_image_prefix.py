"""A path or URL before the names of pictures, for tools that fetch them from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from own_home import opened_home
from PIL import Image

from annotator.domain import BoundingBox
from annotator.domain.rights import Shows
from annotator.errors import ExportError
from annotator.export import Selection, export_formats
from annotator.workflows.exporting import export_project, state_shows
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace

READ_BY = {
    **dict.fromkeys(("coco", "coco-rle", "coco-keypoints", "coco-panoptic"), "coco"),
    "cvat": "cvat",
    "label-studio": "label-studio",
}
PREFIXES = ("https://pictures.example/skin/", "s3://bucket/", "/data/local-files/?d=skin/", "skin/")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    files = [folder / f"a b#{number}.png" for number in range(2)]
    for number, file in enumerate(files):
        Image.fromarray(np.full((80, 100), number, np.uint8)).save(file)
    return files


@pytest.fixture(scope="module")
def workspace(
    pictures: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """An installation for all tests: its project "p" is only exported."""
    folder = tmp_path_factory.mktemp("prefix")
    with opened_home(folder) as opened:
        create_project(opened, "p", labels=["x"])
        state_shows(opened, "p", Shows.NOBODY)
        import_paths(opened, "p", pictures)
        images = [
            {"id": n, "file_name": path.name, "width": 100, "height": 80}
            for n, path in enumerate(pictures)
        ]
        boxes = [
            {"id": n, "image_id": n, "category_id": 1, "bbox": [n + 1, 2, 5, 5]} for n in range(2)
        ]
        file = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "x"}]}
        (folder / "boxes.json").write_text(json.dumps(file))
        take_over(opened, "p", folder / "boxes.json", format_name="coco", reference_of="Ada")
        yield opened


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("with_images", [True, False], ids=["copied", "named"])
@pytest.mark.parametrize("name", READ_BY)
def test_prefix_stands_before_each_name_and_the_pictures_are_recognised(
    workspace, pictures, tmp_path, name, with_images, prefix
):
    report = export_project(
        workspace,
        "p",
        tmp_path / "out",
        format_name=name,
        with_images=with_images,
        selection=Selection(unfinished=True, imported=True, image_prefix=prefix),
    )
    listed = [path for path in report.folder.rglob("*") if path.suffix in (".json", ".xml")]
    texts = [path.read_text() for path in listed if path.name != "manifest.json"]
    assert sum(text.count(f'"{prefix}a') for text in texts) == 2
    assert report.manifest["selection"]["image_prefix"] == prefix
    another = f"{name} {with_images} {prefix}"
    create_project(workspace, another, labels=["x"])
    import_paths(workspace, another, pictures)
    again = take_over(
        workspace, another, report.folder, format_name=READ_BY[name], reference_of="Ada"
    )
    assert not again.faults
    assert (again.images, again.regions, again.unknown_images) == (2, 2, 0)
    taken = workspace.record.image_records(workspace.record.project(another).id)
    regions = {record.image.file_name: one.region for record in taken for one in record.annotations}
    assert {key: region.extent for key, region in regions.items()} == {
        f"a b#{n}.png": BoundingBox(n + 1, 2, 5, 5).extent for n in range(2)
    }


def test_a_prefix_that_names_would_run_into_is_refused_in_words(workspace, tmp_path):
    selection = Selection(unfinished=True, image_prefix="https://pictures.example/skin")
    with pytest.raises(ExportError, match="end --image-prefix with /"):
        export_project(workspace, "p", tmp_path / "out", selection=selection)


@pytest.mark.parametrize("name", [name for name in export_formats() if name not in READ_BY])
def test_other_formats_refuse_a_prefix_in_words(workspace, tmp_path, name):
    selection = Selection(unfinished=True, image_prefix=PREFIXES[0])
    with pytest.raises(ExportError, match="leave --image-prefix out"):
        export_project(workspace, "p", tmp_path / "out", format_name=name, selection=selection)
    assert not (tmp_path / "out").exists()
