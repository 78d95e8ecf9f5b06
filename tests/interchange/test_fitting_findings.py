"""What a file says is fitted onto the project: labels by their names, regions onto the image."""

from __future__ import annotations

import pytest

from annotator.domain import (
    BoundingBox,
    Ellipse,
    ImageAsset,
    Label,
    LabelSet,
    Landmark,
    Mask,
    Polygon,
    Presence,
    Region,
)
from annotator.domain.regions import RotatedBox
from annotator.formats import ImportedImage, ImportedRegion, ImportedValue
from annotator.workflows.fitting_findings import LabelNames, fitted
from annotator.workflows.take_over_report import TakeOverReport

ASSET = ImageAsset("a.png", 100, 80, "0" * 64, "1" * 64)
CUT = {"regions that reached over the edge of their image cut there": 1}


def fit(region: Region) -> tuple[list[Region], TakeOverReport]:
    report = TakeOverReport()
    return list(fitted(ImportedRegion("x", region), ASSET, report)), report


@pytest.mark.parametrize(
    ("region", "part"),
    [
        (BoundingBox(0, 0, 100.9, 80), BoundingBox(0, 0, 100, 80)),
        (BoundingBox(-10, -10, 30, 40), BoundingBox(0, 0, 20, 30)),
        (Polygon(((90, 10), (104, 10), (104, 20), (90, 20))), BoundingBox(90, 10, 10, 10)),
        (RotatedBox(99, 40, 20, 10, 90), BoundingBox(94, 30, 6, 20)),
        (Mask.of(BoundingBox(95, 70, 8, 10).mask(80, 110)), BoundingBox(95, 70, 5, 10)),
    ],
)
def test_a_region_over_the_edge_is_cut_there_and_said(region, part):
    (cut,), report = fit(region)
    assert cut.extent == pytest.approx(part.extent)
    assert cut.area_px == pytest.approx(part.area_px)
    assert (report.notes, report.faults) == (CUT, [])


def test_an_ellipse_over_the_edge_is_cut():
    (cut,), report = fit(Ellipse(80, 10, 30, 20))
    assert cut.extent[2] == 100
    assert report.notes == CUT


@pytest.mark.parametrize(
    ("region", "lies"),
    [
        (BoundingBox(90, 10, 30, 10), "reaches 20 px over the edge of the image, lies mostly"),
        (BoundingBox(200, 10, 30, 10), "reaches 130 px over the edge of the image, lies outside"),
        (Landmark(101, 10), "reaches 1 px over the edge of the image, lies outside"),
    ],
)
def test_what_lies_mostly_outside_is_left_out(region, lies):
    regions, report = fit(region)
    assert regions == []
    assert lies in report.faults[0]
    assert not report.notes


@pytest.mark.parametrize("region", [BoundingBox(0, 0, 100.4, 80), Landmark(100.4, 80.2)])
def test_what_rounding_moved_over_the_edge_is_moved_back_in_silence(region):
    (placed,), report = fit(region)
    assert placed.extent[2:] == (100, 80)
    assert [*report.lines()] == ["Nothing was taken over."]


LABELS = LabelSet(tuple(Label("own", code, "") for code in ("cat", "Dog", "AU1", "au1")))


def named(*labels: str) -> tuple[list[str], TakeOverReport]:
    box = BoundingBox(1, 1, 2, 2)
    image = ImportedImage(
        "a.png",
        regions=tuple(ImportedRegion(label, box) for label in labels),
        values=tuple(ImportedValue(label, Presence.PRESENT) for label in labels),
    )
    report = TakeOverReport()
    fitting = LabelNames(LABELS, [image]).named(image, report)
    codes = [region.label for region in fitting.regions]
    assert codes == [value.label for value in fitting.values]
    return codes, report


def test_labels_are_trimmed_and_their_case_does_not_matter_where_it_tells_nothing_apart():
    codes, report = named("cat", "Cat ", "DOG", " Dog", "horse")
    assert codes == ["cat", "Dog"]
    assert report.unknown_labels == {"Cat ": 2, "DOG": 2, "horse": 2}
    codes, report = named("Cat ", "dog")
    assert codes == ["cat", "Dog"]
    assert report.notes == {
        "labels written 'Cat ' taken over as 'cat'": 2,
        "labels written 'dog' taken over as 'Dog'": 2,
    }


def test_labels_that_may_be_two_are_unknown():
    assert named("Au1")[0] == []
    assert named("AU1", " au1")[0] == ["AU1", "au1"]
