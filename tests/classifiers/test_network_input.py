"""From an image to the network's input and back to the image's own pixels."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.card_parts import InputSpec
from models.errors import InputError
from models.preprocess import InputFrame, prepare_image, prepare_shades, seen_at

SPEC = InputSpec(
    width=32,
    height=24,
    channels=1,
    low=0.0,
    high=1.0,
    resize="stretch",
    crop="none",
    margin=0.0,
    mean=(0.0,),
    std=(1.0,),
)

sizes = st.integers(1, 400)


@st.composite
def specs(draw: st.DrawFn) -> InputSpec:
    return replace(
        SPEC,
        width=draw(st.integers(8, 64)),
        height=draw(st.integers(8, 64)),
        resize=draw(st.sampled_from(["stretch", "pad"])),
        margin=draw(st.sampled_from([-0.2, 0.0, 0.3])),
    )


def centroid(picture: torch.Tensor) -> tuple[float, float]:
    weights = picture.double() / picture.double().sum()
    rows = torch.arange(picture.shape[-2]) + 0.5
    columns = torch.arange(picture.shape[-1]) + 0.5
    return float((weights.sum(-2) * columns).sum()), float((weights.sum(-1) * rows).sum())


@settings(max_examples=80, deadline=None)
@given(specs(), st.integers(60, 400), st.integers(60, 400), st.data())
def test_a_mark_comes_back_on_its_pixel(
    spec: InputSpec, width: int, height: int, data: st.DataObject
) -> None:
    """A mark within the box is found in the input, and its cell comes back where it was."""
    box = (
        data.draw(st.floats(-10, width / 3)),
        data.draw(st.floats(-10, height / 3)),
        data.draw(st.floats(width / 2, width)),
        data.draw(st.floats(height / 2, height)),
    )
    image = torch.zeros(1, height, width)
    _, frame = prepare_image(image, spec, box)
    cell = (frame.width / spec.width, frame.height / spec.height)
    # Away from the edges, where resizing and interpolation would cut the mark.
    low_x, high_x = max(frame.x, 0) + 2 * cell[0] + 1, min(frame.x + frame.width, width)
    low_y, high_y = max(frame.y, 0) + 2 * cell[1] + 1, min(frame.y + frame.height, height)
    columns = (int(low_x), int(high_x - 2 * cell[0] - 2))
    rows = (int(low_y), int(high_y - 2 * cell[1] - 2))
    assume(columns[0] <= columns[1] and rows[0] <= rows[1])
    x, y = data.draw(st.integers(*columns)), data.draw(st.integers(*rows))
    image[0, y, x] = 1.0

    prepared, frame = prepare_image(image, spec, box)
    back = frame.to_image(prepared[0].double())
    found = centroid(back)

    assert abs(found[0] - (x + 0.5)) <= max(0.5, cell[0] / 2)
    assert abs(found[1] - (y + 0.5)) <= max(0.5, cell[1] / 2)


@settings(max_examples=60, deadline=None)
@given(specs(), sizes, sizes)
def test_the_centre_is_the_largest_part_of_the_inputs_shape(
    spec: InputSpec, width: int, height: int
) -> None:
    _, frame = prepare_image(torch.zeros(height, width), replace(spec, crop="centre"))

    assert frame.width <= width
    assert frame.height <= height
    assert frame.width == width or frame.height == height
    assert abs(frame.x + frame.width / 2 - width / 2) <= 0.5
    assert abs(frame.y + frame.height / 2 - height / 2) <= 0.5
    # As good as whole pixels allow.
    assert abs(frame.width * spec.height - frame.height * spec.width) <= max(
        spec.width, spec.height
    )


@settings(max_examples=60, deadline=None)
@given(specs(), sizes, sizes)
def test_a_map_on_the_image_is_a_distribution(spec: InputSpec, width: int, height: int) -> None:
    _, frame = prepare_image(torch.zeros(height, width), spec)
    grids = torch.rand(3, 5, 7, dtype=torch.float64)
    grids[1] = 0

    laid = frame.to_image(grids)

    assert laid.shape == (3, height, width)
    assert bool((laid >= 0).all())
    assert torch.allclose(laid.sum((-2, -1)), torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64))


def test_a_map_stays_inside_its_frame() -> None:
    frame = InputFrame(10, 20, 30, 40, image_width=100, image_height=90)

    laid = frame.to_image(torch.ones(4, 4))

    assert float(laid[20:60, 10:40].sum()) == pytest.approx(1.0)
    assert float(laid.max()) == pytest.approx(float(laid[20:60, 10:40].min()))


def test_a_frame_over_the_edge_gives_what_lies_on_the_image() -> None:
    frame = InputFrame(-5, -5, 10, 10, image_width=20, image_height=20)
    grid = torch.zeros(2, 2)
    grid[0, 0] = 1.0  # centred at (-2.5, -2.5), beyond the image; interpolation reaches it

    laid = frame.to_image(grid)

    assert float(laid.sum()) == pytest.approx(1.0)
    assert float(laid[5:, :].sum() + laid[:, 5:].sum()) == 0.0


def test_padding_keeps_the_shape_and_is_black() -> None:
    spec = replace(SPEC, width=20, height=20, resize="pad")
    prepared, frame = prepare_image(torch.ones(40, 80), spec)

    assert (frame.x, frame.y, frame.width, frame.height) == (0, -20, 80, 80)
    assert float(prepared[0, :4].abs().max()) == 0.0
    assert torch.allclose(prepared[0, 7:13], torch.ones(6, 20))


def test_a_margin_grows_a_box_about_its_centre() -> None:
    _, frame = prepare_image(torch.zeros(100, 100), replace(SPEC, margin=0.5), (40, 30, 20, 40))

    assert (frame.x, frame.y, frame.width, frame.height) == (35, 20, 30, 60)


def test_bit_depths_and_colours_agree() -> None:
    spec = replace(SPEC, channels=3, mean=(0.1, 0.2, 0.3), std=(0.5, 0.6, 0.7))
    eight = torch.randint(0, 256, (1, 50, 60), dtype=torch.uint8)
    sixteen = (eight.int() * 257).to(torch.uint16)
    unit = eight.float() / 255
    wanted, _ = prepare_image(eight, spec)

    for other in (sixteen, unit, unit.double(), eight[0], eight.expand(3, -1, -1)):
        assert torch.allclose(prepare_image(other, spec)[0], wanted, atol=1e-5)


def test_colour_becomes_grey_by_luminance() -> None:
    green = torch.zeros(3, 10, 10)
    green[1] = 1.0

    prepared, _ = prepare_image(green, SPEC)

    assert torch.allclose(prepared, torch.full_like(prepared, 0.587), atol=1e-5)


def test_a_very_narrow_image_never_becomes_a_large_square() -> None:
    prepared, frame = prepare_image(
        torch.ones(1, 60_000), replace(SPEC, width=16, height=16, resize="pad")
    )

    assert prepared.shape == (1, 16, 16)
    assert (frame.width, frame.height) == (60_000, 60_000)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (torch.zeros(2, 10, 10), "shape"),
        (torch.zeros(0, 10), "shape"),
        (torch.zeros(10, 10, dtype=torch.int64), "int64"),
        (torch.full((10, 10), 7.0), r"\[7, 7\]"),
        (torch.full((10, 10), float("nan")), "nan"),
    ],
)
def test_what_is_no_picture_is_refused(image: torch.Tensor, says: str) -> None:
    with pytest.raises(InputError, match=says):
        prepare_image(image, SPEC)


@pytest.mark.parametrize(
    "box",
    [(0, 0, 0, 5), (100, 0, 5, 5), (0, -20, 5, 10), (0, 0, float("nan"), 5), (float("inf"),) * 4],
)
def test_a_box_that_is_not_on_the_image_is_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="not on the image"):
        prepare_image(torch.zeros(50, 50), SPEC, box)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(
    specs(),
    st.sampled_from([1, 3]),
    st.sampled_from([1, 3]),
    st.sampled_from([torch.uint8, torch.uint16, torch.float32]),
    st.integers(1, 400),
    st.integers(1, 400),
    st.integers(0, 2**32),
)
def test_shades_are_those_of_the_exact_input_but_for_a_level(
    spec: InputSpec,
    shown: int,
    seen: int,
    kind: torch.dtype,
    width: int,
    height: int,
    seed: int,
) -> None:
    """Of every picture, of one or three channels: rounded twice, along each axis, and again."""
    spec = replace(spec, margin=0.0, channels=seen, mean=(0.4,) * seen, std=(0.3,) * seen)
    spec = replace(spec, height=spec.width)
    values = torch.rand(height, width, shown, generator=torch.Generator().manual_seed(seed))
    image = values.permute(2, 0, 1)  # as a decoded picture lies in memory
    if kind != torch.float32:
        image = (image * torch.iinfo(kind).max).to(kind)

    shades, frame = prepare_shades(image, spec)
    exact, exact_frame = prepare_image(image, spec)

    assert shades.shape == exact.shape
    assert frame == replace(exact_frame, pivot=(0.0, 0.0))
    smaller = min(frame.width, frame.height) >= spec.width
    assert shades.dtype == (torch.uint8 if kind == torch.uint8 and smaller else torch.float32)
    levels = 1.6 if shades.dtype == torch.uint8 else 0.001
    difference = seen_at(shades, spec.width, spec)[0] - exact
    assert float(difference.abs().max()) <= levels / 255 / 0.3
