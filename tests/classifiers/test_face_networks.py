"""The face networks: conversion, fusion, boxes, and faces found on real photographs."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file
from torch.nn import functional

from models.card import WEIGHTS_FOLDER
from models.errors import CheckpointError
from models.face_api import convert
from models.face_api.detector import ANCHORS_CELLS, FaceDetector, decode, merge_boxes
from models.face_api.landmarks import FaceLandmarks
from models.face_api.networks import DenseBlock, FaceFeatureNet, TinyFaceDetectorNet, fuse_pairs
from models.preprocess import prepare_shades

DEMO = Path(__file__).parents[2] / "annotator" / "demo"


def photograph(name: str, side: int | None = None) -> torch.Tensor:
    with Image.open(DEMO / name) as image:
        picture = image.convert("RGB")
    if side is not None:
        scale = side / max(picture.size)
        picture = picture.resize([round(length * scale) for length in picture.size])
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector.load("cpu")


def test_a_fused_pair_is_the_depthwise_and_the_pointwise_one() -> None:
    x = torch.randn(2, 5, 9, 8, dtype=torch.float64)
    depthwise = torch.randn(5, 1, 3, 3, dtype=torch.float64)
    pointwise = torch.randn(4, 5, 1, 1, dtype=torch.float64)
    apart = functional.conv2d(functional.conv2d(x, depthwise, groups=5), pointwise)
    state = {"a.depthwise": depthwise, "a.pointwise": pointwise}

    fuse_pairs(torch.nn.Identity(), state, "")

    assert list(state) == ["a.weight"]
    assert torch.allclose(functional.conv2d(x, state["a.weight"]), apart)


def test_landmarks_are_the_same_by_pairs_and_by_the_dense_kernels_they_equal() -> None:
    weights = load_file(WEIGHTS_FOLDER / "face-api-landmarks.safetensors")
    dense, pairs = FaceFeatureNet(136), FaceFeatureNet(136, pairs=True)
    dense.load_state_dict(dict(weights))
    pairs.load_state_dict(dict(weights))
    x = torch.randn(2, 3, 112, 112, generator=torch.Generator().manual_seed(0))

    assert torch.allclose(dense(x), pairs(x), atol=1e-5)


def test_the_detector_is_what_the_published_network_computes() -> None:
    """Six times a convolution, a leaky ReLU and a pooling, the last of them at a stride of 1."""
    state = dict(load_file(WEIGHTS_FOLDER / "face-api-detector.safetensors"))
    network = TinyFaceDetectorNet()
    network.load_state_dict(state)
    fuse_pairs(torch.nn.Identity(), state, "")
    x = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))

    published = x
    for index in range(6):
        published = functional.conv2d(
            published, state[f"convs.{index}.weight"], state[f"convs.{index}.bias"], padding=1
        )
        published = functional.leaky_relu(published, 0.1)
        if index == 5:
            published = functional.pad(published, (0, 1, 0, 1), mode="replicate")
        published = functional.max_pool2d(published, 2, 2 if index < 5 else 1)
    published = functional.conv2d(published, state["head.weight"], state["head.bias"])

    assert torch.allclose(network(x), published, atol=1e-4)


def test_faces_of_many_pictures_are_those_of_each(detector: FaceDetector) -> None:
    pictures = [photograph("astronaut.jpg"), torch.zeros(1, 40, 60), photograph("grace_hopper.jpg")]
    each = [detector.detect(picture) for picture in pictures]
    together = detector._faces([prepare_shades(one, detector.card.input) for one in pictures])

    assert detector.detect_all(pictures) == each
    assert [len(faces) for faces in together] == [len(faces) for faces in each] == [1, 0, 1]
    for found, by_itself in zip(together, each, strict=True):
        for face, same in zip(found, by_itself, strict=True):
            assert astuple(face) == pytest.approx(astuple(same), rel=1e-4)


def test_faces_are_those_of_the_picture_resized_in_floating_point(detector: FaceDetector) -> None:
    """Eight bits of a picture are resized as they are; no box moves by a hundredth of its side."""
    for name in ("astronaut.jpg", "grace_hopper.jpg"):
        picture = photograph(name)
        found = detector.detect(picture)
        exact = detector.detect(picture.to(torch.float32) / 255)  # rounded once, at the end
        assert len(found) == len(exact) == 1
        for one, other in zip(found, exact, strict=True):
            assert astuple(one)[:4] == pytest.approx(astuple(other)[:4], abs=0.01 * other.width)
            assert one.score == pytest.approx(other.score, abs=0.02)


def test_a_dense_block_is_what_the_published_source_says() -> None:
    """relu(o1), o2 = conv(o1), o3 = conv(relu(o1 + o2)), o4 = conv(relu(o1 + o2 + o3)), sum."""
    block = DenseBlock(3, 4)
    x = torch.randn(1, 3, 8, 8)

    first = block.conv0(functional.pad(x, (0, 1, 0, 1))).relu()
    second = block.conv1(first)
    third = block.conv2((first + second).relu())
    fourth = block.conv3((first + second + third).relu())

    assert torch.allclose(block(x), (first + second + third + fourth).relu(), atol=1e-6)


def tfjs_package(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Write a package in the published format, with made-up numbers; return what it holds."""
    random = np.random.default_rng(0)
    (folder / "model").mkdir()
    held: dict[str, dict[str, np.ndarray]] = {}
    shapes = {
        "dense0/conv0/filters": (3, 3, 3, 4),
        "dense0/conv1/depthwise_filter": (3, 3, 4, 1),
        "dense0/conv1/pointwise_filter": (1, 1, 4, 4),
        "dense0/conv1/bias": (4,),
        "conv8/filters": (1, 1, 2, 5),
        "fc/weights": (6, 7),
    }
    for network in convert.NETWORKS:
        entries, parts, held[network] = [], [], {}
        for name, shape in shapes.items():
            entry: dict[str, object] = {"name": name, "shape": shape, "dtype": "float32"}
            if name.endswith("bias"):
                values = random.normal(size=shape).astype("<f4")
                parts.append(values.tobytes())
            else:
                integers = random.integers(0, 256, shape, dtype=np.uint8)
                entry["quantization"] = {"dtype": "uint8", "scale": 0.01, "min": -1.2}
                values = (integers * 0.01 - 1.2).astype(np.float32)
                parts.append(integers.tobytes())
            entries.append(entry)
            held[network][name] = values
        manifest = [{"paths": [f"{network}.bin"], "weights": entries}]
        (folder / "model" / f"{network}-weights_manifest.json").write_text(json.dumps(manifest))
        (folder / "model" / f"{network}.bin").write_bytes(b"".join(parts))
    return held


def test_conversion_keeps_every_number_and_turns_the_axes(tmp_path: Path) -> None:
    held = tfjs_package(tmp_path)

    assert convert.main([str(tmp_path), "--output", str(tmp_path / "out")]) == 0

    for network, file_name in convert.NETWORKS.items():
        found = load_file(tmp_path / "out" / file_name)
        wanted = held[network]
        pairs = {
            "dense0.conv0.weight": wanted["dense0/conv0/filters"].transpose(3, 2, 0, 1),
            "dense0.conv1.depthwise": wanted["dense0/conv1/depthwise_filter"].transpose(2, 3, 0, 1),
            "dense0.conv1.pointwise": wanted["dense0/conv1/pointwise_filter"].transpose(3, 2, 0, 1),
            "dense0.conv1.bias": wanted["dense0/conv1/bias"],
            "head.weight": wanted["conv8/filters"].transpose(3, 2, 0, 1),
            "fc.weight": wanted["fc/weights"].T,
        }
        assert set(found) == set(pairs)
        assert all(np.array_equal(found[name].numpy(), values) for name, values in pairs.items())


@pytest.mark.parametrize("damage", ["missing", "cut", "long", "garbled"])
def test_a_damaged_package_is_refused_and_nothing_written(
    tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tfjs_package(tmp_path)
    data = tmp_path / "model" / "tiny_face_detector_model.bin"
    manifest = tmp_path / "model" / "tiny_face_detector_model-weights_manifest.json"
    if damage == "missing":
        data.unlink()
    elif damage == "garbled":
        manifest.write_text("{")
    else:
        data.write_bytes(data.read_bytes()[:-3] if damage == "cut" else data.read_bytes() + b"x")

    assert convert.main([str(tmp_path), "--output", str(tmp_path / "out")]) == 1
    assert "tiny_face_detector_model" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_converting_without_a_package_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="unpacked package"):
        convert.convert(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(
    ("network", "file_name"),
    [
        (FaceFeatureNet(7), "face-api-expression.safetensors"),
        (FaceFeatureNet(136, pairs=True), "face-api-landmarks.safetensors"),
        (TinyFaceDetectorNet(), "face-api-detector.safetensors"),
    ],
    ids=["expression", "landmarks", "detector"],
)
def test_shipped_weights_fit_their_networks_and_are_small(
    network: torch.nn.Module, file_name: str
) -> None:
    file = WEIGHTS_FOLDER / file_name

    network.load_state_dict(load_file(file))

    assert file.stat().st_size < 2_000_000
    assert (WEIGHTS_FOLDER / "LICENSE-face-api").read_text().count("Copyright (c)") == 2


def test_a_box_is_decoded_from_its_cell_and_anchor() -> None:
    output = torch.full((25, 4, 4), -20.0)  # nothing anywhere
    anchor, row, column = 2, 1, 3
    output[anchor * 5 : anchor * 5 + 5, row, column] = torch.tensor([0.0, 0.0, 0.0, 0.0, 9.0])

    boxes, scores = decode(output)
    best = int(scores.argmax())
    x, y, width, height = boxes[best].tolist()

    assert (scores > 0.5).sum() == 1
    likely = decode(output, 0.5)
    assert [len(part) for part in (boxes, likely[0])] == [5 * 4 * 4, 1]
    assert torch.equal(likely[0][0], boxes[best])
    assert torch.equal(likely[1][0], scores[best])
    assert (width, height) == pytest.approx([32 * side for side in ANCHORS_CELLS[anchor]])
    assert (x + width / 2, y + height / 2) == pytest.approx((3.5 * 32, 1.5 * 32))


box = st.tuples(*[st.floats(0, 100)] * 2, *[st.floats(1, 60)] * 2)


@settings(deadline=None)
@given(st.lists(st.tuples(box, st.floats(0.01, 1)), max_size=12))
def test_merging_keeps_the_best_and_never_more_than_came(
    found: list[tuple[tuple[float, ...], float]],
) -> None:
    boxes = torch.tensor([b for b, _ in found], dtype=torch.float64).reshape(-1, 4)
    scores = torch.tensor([s for _, s in found], dtype=torch.float64)

    merged, kept = merge_boxes(boxes, scores)

    assert len(merged) == len(kept) <= len(boxes)
    assert bool((kept[:-1] >= kept[1:]).all())
    if len(boxes):
        assert float(kept[0]) == float(scores.max())
        lowest, highest = boxes.min(0).values, boxes.max(0).values
        assert bool((merged >= lowest - 1e-9).all())
        assert bool((merged <= highest + 1e-9).all())


def test_two_faces_stay_two_and_one_seen_twice_becomes_one() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [2.0, 0, 10, 10], [50.0, 0, 10, 10]])

    merged, scores = merge_boxes(boxes, torch.tensor([0.6, 0.9, 0.7]))

    assert torch.allclose(merged, torch.tensor([[1.2, 0, 10, 10], [50.0, 0, 10, 10]]))
    assert torch.allclose(scores, torch.tensor([0.9, 0.7]))


@pytest.mark.parametrize("side", [None, 160, 2400])
@pytest.mark.parametrize("name", ["astronaut.jpg", "grace_hopper.jpg"])
def test_the_face_of_a_portrait_is_found_at_any_size(
    detector: FaceDetector, name: str, side: int | None
) -> None:
    whole = photograph(name)
    picture = whole if side is None else photograph(name, side)
    scale = picture.shape[2] / whole.shape[2]
    wanted = detector.detect(whole)[0]

    found = detector.detect(picture)

    assert found[0].x / scale == pytest.approx(wanted.x, abs=0.15 * wanted.width)
    assert found[0].y / scale == pytest.approx(wanted.y, abs=0.15 * wanted.height)
    assert found[0].width / scale == pytest.approx(wanted.width, rel=0.25)


def test_landmarks_lie_on_the_face_that_was_found(detector: FaceDetector) -> None:
    picture = photograph("astronaut.jpg")
    face = detector.detect(picture)[0]

    points = FaceLandmarks.load("cpu").locate(picture, (face.x, face.y, face.width, face.height))
    eyes, nose, mouth = points[36:48].mean(0), points[30], points[48:60].mean(0)

    assert points.shape == (68, 2)
    assert bool((points[:, 0] > face.x).all())
    assert bool((points[:, 0] < face.x + face.width).all())
    assert eyes[1] < nose[1] < mouth[1] < points[8, 1]
    assert points[39, 0] < nose[0] < points[42, 0]


def test_noise_and_an_empty_picture_hold_no_face(detector: FaceDetector) -> None:
    noise = torch.randint(
        0, 256, (3, 200, 300), generator=torch.Generator().manual_seed(2), dtype=torch.uint8
    )

    assert detector.detect(noise) == []
    assert detector.detect(torch.zeros(1, 1, dtype=torch.uint8)) == []


def test_points_of_faces_together_are_those_of_each_by_itself() -> None:
    random = torch.Generator().manual_seed(0)
    pictures = [
        torch.randint(0, 256, (3, height, width), generator=random, dtype=torch.uint8)
        for height, width in ((90, 120), (200, 160), (64, 64))
    ]
    boxes = [(20.0, 10.0, 60.0, 70.0), (-5.0, 30.0, 100.0, 90.0), (3.0, 4.0, 50.0, 50.0)]
    landmarks = FaceLandmarks.load("cpu")
    together = landmarks.locate_all(pictures, boxes)
    for points, picture, box in zip(together, pictures, boxes, strict=True):
        assert points == pytest.approx(landmarks.locate(picture, box), abs=1e-3)
