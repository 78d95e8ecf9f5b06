"""The second stage of suggesting: outlines on edges, the region erased, the picture mirrored."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain import BoundingBox, Mask, SuggestionRun
from annotator.ingest import decode_file
from annotator.suggest.canvas import Canvas
from annotator.suggest.checking import erased, fitted_regions
from annotator.suggest.cutting import CutRegion
from annotator.suggest.edges import SUGGESTION_PX, fitted_to_edges
from annotator.suggest.stages import SuggestionSpec
from annotator.suggest.suggester import Suggester
from models.card import load_card
from models.preprocess import InputFrame, prepare_image

DEMO = Path(__file__).parents[2] / "annotator" / "demo"
PLAIN = SuggestionSpec(check=False)
SIZE = 96


@pytest.fixture(scope="module")
def brain() -> Suggester:
    return Suggester("brain-mri-tumour", device="cpu")


def slice_with_a_spot(side: int = 256) -> np.ndarray:
    """A bright spot in a grey head, which the network takes for a tumour."""
    rows, columns = np.mgrid[:side, :side] / side
    head = ((columns - 0.5) / 0.35) ** 2 + ((rows - 0.5) / 0.42) ** 2 < 1
    spot = ((columns - 0.62) / 0.1) ** 2 + ((rows - 0.4) / 0.1) ** 2 < 1
    noise = np.random.default_rng(3).normal(0, 6, (side, side))
    return np.clip(70.0 * head + 120 * spot + noise, 0, 255).astype(np.uint8)


def ran(suggester: Suggester, picture: np.ndarray, spec: SuggestionSpec) -> SuggestionRun:
    run = suggester.suggest(uuid.uuid4(), picture, spec)
    assert run.suggestions
    return run


def test_it_is_left_out_where_it_is_not_wanted(brain: Suggester) -> None:
    run = ran(brain, slice_with_a_spot(), PLAIN)
    assert all(one.check is None for one in run.suggestions)
    assert run.provenance.parameters["check"] is False
    assert ran(brain, slice_with_a_spot(), SuggestionSpec()).provenance.parameters["check"] is True


def test_it_changes_outlines_and_nothing_else(brain: Suggester) -> None:
    plain, tested = (ran(brain, slice_with_a_spot(), spec) for spec in (PLAIN, SuggestionSpec()))
    assert plain.scores == tested.scores
    for one, other in zip(plain.suggestions, tested.suggestions, strict=True):
        assert other.check is not None
        if not other.check.fitted:
            assert one.region == other.region
        same = replace(other, region=one.region, check=None, id=one.id)
        assert same == one


def test_an_outline_is_fitted_as_the_editor_fits_it(brain: Suggester) -> None:
    """A picture whose canvas is its own pixels: the same function on the same pixels."""
    picture, spec = slice_with_a_spot(512), SuggestionSpec(geometry="mask")
    (one,) = ran(brain, picture, spec).suggestions
    (cut,) = ran(brain, picture, replace(spec, check=False)).suggestions
    assert one.check is not None
    assert one.check.fitted
    assert one.region == fitted_to_edges(picture, cut.region, SUGGESTION_PX)


def test_a_label_loses_its_score_with_its_region(brain: Suggester) -> None:
    one = ran(brain, slice_with_a_spot(), SuggestionSpec()).suggestions[0]
    check = one.check
    assert check is not None
    assert one.score is not None
    assert check.score_without is not None
    assert check.signals["output_lost"] > 1
    assert 0 <= check.signals["mirror"] <= 1


def test_what_is_asked_again_is_what_the_erased_input_gives(brain: Suggester) -> None:
    """Against a plain forward pass on the erased input."""
    picture = slice_with_a_spot()
    run = ran(brain, picture, SuggestionSpec())
    classifier = brain._classifier
    (values,), (frame,) = classifier.prepare([torch.from_numpy(picture)])
    for one in run.suggestions:
        without = erased(values, frame, one.region.bounds, brain.card.input)
        expected = classifier.scores(classifier.logits(without[None]))[0]
        assert one.check is not None
        column = brain.card.codes.index(one.label)
        assert one.check.score_without == pytest.approx(float(expected[column]), abs=1e-5)


def test_of_faces_only_the_erased_region_is_asked() -> None:
    suggester = Suggester("face-expression", device="cpu")
    pixels = decode_file(DEMO / "astronaut.jpg")[0].pixels
    plain, tested = (ran(suggester, pixels, spec) for spec in (PLAIN, SuggestionSpec()))
    for one, other in zip(plain.suggestions, tested.suggestions, strict=True):
        assert one.region == other.region
        assert other.check is not None
        assert other.check.score_without is not None
        assert not other.check.fitted
        assert "mirror" not in other.check.signals


@given(
    st.floats(-20, 90), st.floats(-20, 90), st.floats(4, 60), st.floats(4, 60), st.floats(-40, 40)
)
def test_an_input_changes_in_the_region_alone(
    x: float, y: float, width: float, height: float, turn_deg: float
) -> None:
    """Whatever part of a picture is read, and however it is turned."""
    spec = replace(load_card("brain-mri-tumour").input, width=48, height=40, resize="stretch")
    noise = np.random.default_rng(1).integers(0, 256, (SIZE, SIZE), dtype=np.uint8)
    picture = torch.from_numpy(noise)
    values, frame = prepare_image(picture, spec, (8.0, 4.0, 72.0, 80.0), turn_deg)
    region = BoundingBox(x, y, width, height)
    changed = (erased(values, frame, region, spec) != values).any(0).numpy()
    rows, columns = np.nonzero(changed)
    for row, column in zip(rows, columns, strict=True):
        on_x, on_y = place_on_picture(frame, (column + 0.5) / 48, (row + 0.5) / 40)
        assert x - 0.15 * width - 1e-6 <= on_x <= x + 1.15 * width + 1e-6
        assert y - 0.15 * height - 1e-6 <= on_y <= y + 1.15 * height + 1e-6


def place_on_picture(frame: InputFrame, across: float, down: float) -> tuple[float, float]:
    """By complex numbers, where a turn is a product."""
    upright = complex(frame.x + across * frame.width, frame.y + down * frame.height)
    pivot = complex(*frame.pivot)
    turned = pivot + (upright - pivot) * np.exp(1j * np.radians(frame.turn_deg))
    return float(turned.real), float(turned.imag)


def test_a_region_of_the_whole_input_is_erased_without_a_fault() -> None:
    spec = load_card("brain-mri-tumour").input
    values, frame = prepare_image(torch.from_numpy(slice_with_a_spot()), spec)
    without = erased(values, frame, BoundingBox(0, 0, 256, 256), spec)
    assert without.shape == values.shape
    assert bool(without.isfinite().all())


def part_at(x: int, width: int) -> Mask:
    part = Mask.of(np.ones((50, width), bool), x, 77)
    assert part is not None
    return part


def test_two_regions_of_a_map_never_grow_into_each_other() -> None:
    """One spot, cut in two: the larger part, fitted by itself, is the whole spot."""
    shown = slice_with_a_spot()
    parts = [CutRegion(part_at(x, width), 0.5) for x, width in ((134, 36), (172, 10))]
    canvas = Canvas(np.zeros((256, 256), np.float32), 256, 256)
    boxes = [region.part.bounds for region, _ in fitted_regions(parts, canvas, shown)]
    assert boxes[0].iou(boxes[1]) == 0
    ((alone, fit),) = fitted_regions(parts[:1], canvas, shown)
    assert fit > 0
    assert alone.part.bounds.iou(parts[1].part.bounds) > 0
