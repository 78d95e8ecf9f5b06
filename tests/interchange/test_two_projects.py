"""From one project into another that has other labels, names and folders, by every format."""

from __future__ import annotations

import itertools
import math
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from export_projects import LABELS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from plain_records import plain_png

from annotator.dataset.items import ExportItem, export_item
from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    Ellipse,
    ImageAsset,
    ImageRecord,
    LabelValue,
    Landmark,
    Mask,
    Polygon,
    Presence,
    Region,
)
from annotator.domain.regions import RotatedBox
from annotator.errors import IngestError
from annotator.export import Selection, Source, export_format, export_items
from annotator.formats.facs.action_units import unit_number
from annotator.settings import Settings
from annotator.workflows.projects import create_project
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace

READ_BY = {
    **{name: name for name in ("coco", "yolo-obb", "dota", "voc", "cvat", "label-studio", "csv")},
    **{name: name for name in ("openface", "py-feat", "disfa", "bp4d")},
    **{name: name for name in ("dicom-seg", "dicom-sr")},
    "coco-rle": "coco",
    "yolo-detect": "yolo",
    "yolo-segment": "yolo",
    "png-masks": "masks",
    **dict.fromkeys(("nifti", "nnunet", "monai"), "masks"),
    "yolo-pose": "yolo",
    "coco-keypoints": "coco",
    "coco-panoptic": "coco",
}
Fact = tuple[str, Presence, str | None]
Extent = tuple[float, float, float, float]
Placed = tuple[str, Extent]
FACS = ("openface", "py-feat", "disfa", "bp4d")
ONE_OF_A_LABEL = ("masks", "dicom-seg")
NO_PLACE = ("points outside every box", "points of a label that their box", "regions wholly under")
SIZE = 96
TIME = datetime(2026, 5, 1, tzinfo=UTC)
_numbers = itertools.count()

place, extent = st.floats(20, 60), st.floats(4, 18)


def star(x: float, y: float, radii: list[float]) -> Polygon:
    """A polygon around a point that does not cross itself."""
    turns = [2 * math.pi * n / len(radii) for n in range(len(radii))]
    points = [(x + r * math.cos(a), y + r * math.sin(a)) for r, a in zip(radii, turns, strict=True)]
    return Polygon(tuple(points))


shapes = st.one_of(
    st.builds(BoundingBox, place, place, extent, extent),
    st.builds(Ellipse, place, place, extent, extent),
    st.builds(RotatedBox, place, place, extent, extent, st.floats(-170, 170)),
    st.builds(star, place, place, st.lists(extent, min_size=3, max_size=7)),
    st.builds(Landmark, place, place),
    st.builds(
        lambda x, y, size: Mask.of(np.tri(size, dtype=bool), x, y),
        *(st.integers(20, 60), st.integers(20, 60), st.integers(4, 18)),
    ),
)
value_words = st.sampled_from(["present", "absent", "uncertain", "A", "E"])


def box_of(placed: tuple[str, Region]) -> object:
    """What a format of boxes says of a region; YOLO's readers take a line twice for one."""
    return placed[0], placed[1].extent


class Drawn(NamedTuple):
    """What is on each image of a project, and how the colleague's project differs from it."""

    images: list[tuple[list[tuple[str, Region]], dict[str, str]]]
    of_film: bool
    copied: bool
    by_pixels: bool


codes = st.sampled_from(LABELS.codes)
drawn = st.builds(
    Drawn,
    st.lists(
        st.tuples(
            st.lists(st.tuples(codes, shapes), max_size=3, unique_by=box_of),
            st.dictionaries(codes, value_words, max_size=2),
        ),
        min_size=2,
        max_size=3,
    ),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNOTATOR_HOME", str(tmp_path_factory.mktemp("home")))
        with Workspace.open(Settings.from_environment(), upgrade=True) as opened:
            yield opened


def first_project(project: Drawn) -> list[ImageRecord]:
    """Return what is recorded of the first project's images."""
    records = []
    for number, (regions, values) in enumerate(project.images):
        image = ImageAsset(
            "film.mp4" if project.of_film else f"Bild ä {number}.PNG",
            SIZE,
            SIZE,
            f"{next(_numbers):064x}",
            "5" * 64 if project.of_film else f"{number:064x}",
            frame=7 * number if project.of_film else None,
            display={"time_s": 0.7 * number} if project.of_film else None,
        )
        acts = []
        for label, region in regions:
            key = uuid.uuid4()
            act = Annotation(key, image.id, key, "R", Decision.ADDED, label, region)
            acts.append(act)
        said = tuple(
            LabelValue(
                uuid.uuid4(),
                image.id,
                "R",
                label,
                Presence.PRESENT if word in "AE" else Presence(word),
                word if word in "AE" and unit_number(label) else None,
                created_at=TIME,
            )
            for label, word in values.items()
        )
        records.append(ImageRecord(image, tuple(acts), (), (), said))
    return records


def colleagues(records: list[ImageRecord], project: Drawn) -> dict[uuid.UUID, ImageAsset]:
    """Return the same pictures as a colleague has them, by identity in the first project.

    Where they are to be found by their pixels, each is called what another one was.
    """
    images = [record.image for record in records]
    names = [image.file_name for image in images]
    if project.by_pixels and not project.of_film:
        names = [*names[1:], names[0]]
    return {
        image.id: ImageAsset(
            name,
            SIZE,
            SIZE,
            image.pixels_sha256 if project.by_pixels else f"{next(_numbers):064x}",
            f"{next(_numbers):064x}" if not project.of_film else "6" * 64,
            frame=image.frame,
            display=image.display,
        )
        for image, name in zip(images, names, strict=True)
    }


def expected_values(item: ExportItem, name: str) -> tuple[set[Fact], set[Fact]]:
    """Return what arrives of labels of an image, and what may: a region says it by itself."""
    capacity = export_format(name).capacity
    arrives, may = set(), set()
    for value in item.values:
        unit = unit_number(value.label)
        placed = capacity.units is None or unit in capacity.units
        graded = capacity.intensity and (capacity.graded is None or unit in capacity.graded)
        intensity = value.intensity if graded else None
        needs = capacity.grade_needed and value.value is Presence.PRESENT and not intensity
        if placed and value.value in capacity.values and not needs:
            may.add((value.label, value.value, intensity))
            if value.basis == "stated" or name in FACS:
                arrives.add((value.label, value.value, intensity))
    return arrives, may


def around(regions: list[tuple[str, Extent]], label: str) -> Extent:
    """Return the extent of all regions of a label."""
    left, top, right, bottom = zip(
        *(extent for own, extent in regions if own == label), strict=True
    )
    return min(left), min(top), max(right), max(bottom)


def alike(one: Placed, other: Placed, *, cut: bool) -> bool:
    """Tell whether two regions are of one label and place, up to whole pixels."""
    return one[0] == other[0] and (cut or nearly(one[1], other[1]))


def nearly(one: Extent, other: Extent) -> bool:
    return all(abs(a - b) <= 1.01 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", READ_BY)
@settings(
    max_examples=8,  # each is a project of its own
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(project=drawn)
def test_what_is_stated_arrives_on_its_picture_under_its_label(workspace, name, project):
    records = first_project(project)
    theirs = colleagues(records, project)
    form = export_format(name)
    selection = Selection(unfinished=True)
    target = f"colleague {next(_numbers)}"
    labels = ["other", *reversed(LABELS.codes)]
    create_project(workspace, target, labels=labels)
    project_id = workspace.record.project(target).id
    workspace.record.add_images(project_id, list(theirs.values()))
    copied = project.copied or form.needs_pictures or not project.of_film
    items = [
        export_item(n, r, copied=copied, selection=selection) for n, r in enumerate(records, 1)
    ]
    with tempfile.TemporaryDirectory() as parent:
        source = Source(
            iter(records), LABELS, "first", uuid.UUID(int=7), plain_png if copied else None
        )
        folder = export_items(source, Path(parent) / "o", format_name=name, selection=selection)
        try:
            report = take_over(
                workspace, target, folder.folder, format_name=READ_BY[name], reference_of="First"
            )
        except IngestError:  # there is no table of what nobody coded
            assert not any(expected_values(item, name)[0] for item in items)
            return
    arrived = {r.image.id: r for r in workspace.record.image_records(project_id)}
    # Of frames whose pictures are not in the data set, some formats say the film's name alone.
    reported = bool(report.faults or report.unknown_images)
    refused = project.of_film and not copied and reported
    assert refused or not reported
    assert all("may be" in fault and "images of the project" in fault for fault in report.faults)
    for item in items:
        other = arrived[theirs[item.image.id].id]
        if refused and not (other.annotations or other.label_values):
            continue
        regions = [(r.label, r.region.extent) for r in form.capacity.expected(item).regions]
        there = [(act.label, act.region.extent) for act in other.annotations]
        if READ_BY[name] in ONE_OF_A_LABEL:
            regions = [(label, around(regions, label)) for label in {label for label, _ in regions}]
        # What has no place beside the others of its image is told in words of its own.
        losses = list(form.capacity.losses(item))
        lost = sum(loss.startswith(NO_PLACE) for loss in losses)
        cut = any("partly under smaller ones" in loss for loss in losses)
        assert len(there) == len(regions) - lost
        assert all(any(alike(own, one, cut=cut) for own in regions) for one in there)
        missing = [own for own in regions if not any(alike(own, one, cut=cut) for one in there)]
        assert len(missing) <= lost
        values = {(v.label, v.value, v.intensity) for v in other.label_values}
        arrives, may = expected_values(item, name)
        assert arrives <= values <= may
