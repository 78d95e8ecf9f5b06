"""What a data set does not say is told in sentences, of one thing as of many."""

from __future__ import annotations

import pytest

from annotator.export.report import counted
from annotator.workflows.take_over_report import TakeOverReport


@pytest.mark.parametrize(
    ("count", "what", "line"),
    [
        (2, "masks written as polygons", "2 masks written as polygons"),
        (1, "masks written as polygons", "1 mask written as polygons"),
        (0, "images", "0 images"),
        (1, "boxes written as polygons", "1 box written as polygons"),
        (1, "ellipses written as the boxes around them", "1 ellipse written as the box around it"),
        (
            1,
            "rotated boxes written as the rotated boxes around them",
            "1 rotated box written as the rotated box around it",
        ),
        (
            1,
            "regions without how they came about (accepted, edited, suggested)",
            "1 region without how it came about (accepted, edited, suggested)",
        ),
        (1, "labels that are absent, not said", "1 label that is absent, not said"),
        (1, "images without their remarks", "1 image without its remarks"),
        (
            1,
            "labels not offered when their image was signed: not assessed, which is not said",
            "1 label not offered when its image was signed: not assessed, which is not said",
        ),
    ],
)
def test_fault_14_one_of_a_thing_is_singular(count, what, line):
    assert counted(count, what) == line


def test_one_image_taken_over_is_singular():
    report = TakeOverReport(images=1, regions=1, values=1, unknown_images=1)
    assert report.summary() == "1 region and 1 value of labels taken over on 1 image."
    assert list(report.lines()) == ["1 image of the file is not in the project"]
