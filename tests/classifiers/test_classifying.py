"""Classifiers: batches, devices, names, threads, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch

from models.architectures import architecture_names, build_network
from models.card import load_card
from models.card_parts import Architecture, Calibration
from models.check import check_classifier
from models.classifier import Classifier
from models.devices import choose_device
from models.errors import CardError, InputError, ModelError, TargetError


@pytest.fixture(scope="module")
def expressions() -> Classifier:
    return Classifier.load("face-expression", device="cpu")


def pictures(count: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    return [
        torch.randint(0, 256, (3, 90 + 7 * i, 200 + 3 * i), generator=generator, dtype=torch.uint8)
        for i in range(count)
    ]


def test_scores_of_a_softmax_are_a_distribution(expressions: Classifier) -> None:
    scores = expressions.predict(pictures(3))

    assert scores.shape == (3, 7)
    assert scores.dtype == torch.float32
    assert torch.allclose(scores.sum(1), torch.ones(3), atol=1e-6)


def test_scores_of_a_sigmoid_are_each_their_own() -> None:
    card = replace(load_card("untrained-resnet18"), activation="sigmoid")
    classifier = Classifier.load(card, device="cpu")
    batch, _ = classifier.prepare(pictures(2))
    outputs = classifier.logits(batch)

    assert torch.equal(classifier.scores(outputs), outputs.sigmoid())


def test_calibration_shifts_and_tempers_the_outputs(expressions: Classifier) -> None:
    calibration = Calibration(temperature=2.0, offsets=(1.0, 0, 0, 0, 0, 0, -3.0))
    changed = Classifier(
        replace(expressions.card, calibration=calibration), expressions.module, expressions.device
    )
    outputs = torch.randn(4, 7)
    wanted = ((outputs + torch.tensor(calibration.offsets)) / 2).softmax(1)

    assert torch.allclose(changed.scores(outputs), wanted)


def test_a_batch_scores_as_its_images_alone(expressions: Classifier) -> None:
    images = pictures(40)  # more than go through the network at once
    boxes = [None if i % 2 else (10.0, 12.0, 60.0, 70.0) for i in range(40)]

    together = expressions.predict(images, boxes)
    alone = torch.cat(
        [expressions.predict([image], [box]) for image, box in zip(images, boxes, strict=True)]
    )

    assert torch.allclose(together, alone, atol=1e-5)


def test_no_image_gives_no_scores(expressions: Classifier) -> None:
    assert expressions.predict([]).shape == (0, 7)


def test_threads_get_what_one_thread_gets_and_change_nothing(expressions: Classifier) -> None:
    before = {k: v.clone() for k, v in expressions.module.state_dict().items()}
    images = pictures(8)
    wanted = [expressions.predict([image]) for image in images]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda image: expressions.predict([image]), images * 3))

    assert all(torch.allclose(f, w, atol=1e-6) for f, w in zip(found, wanted * 3, strict=True))
    assert all(torch.equal(v, before[k]) for k, v in expressions.module.state_dict().items())
    assert not expressions.module.training
    assert not any(p.requires_grad for p in expressions.module.parameters())


def test_a_target_is_found_by_code_and_alias_in_any_case(expressions: Classifier) -> None:
    assert expressions.index("happy") == 1
    assert expressions.index("Happiness") == 1
    assert [expressions.index(w) for w in ("anger", "fear", "disgust", "surprise")] == [3, 4, 5, 6]


def test_an_unknown_target_lists_those_that_exist(expressions: Classifier) -> None:
    with pytest.raises(TargetError, match=r"Did you mean 'happy'.*neutral, happy"):
        expressions.index("hapy")


def test_boxes_must_be_as_many_as_images(expressions: Classifier) -> None:
    with pytest.raises(InputError, match="2 images came with 3 boxes"):
        expressions.predict(pictures(2), [None, None, None])


def test_a_detectors_card_is_no_classifier() -> None:
    with pytest.raises(CardError, match="face-detection"):
        Classifier.load("face-detector")


def test_an_untrained_network_is_the_same_each_time_and_leaves_random_numbers_alone() -> None:
    torch.manual_seed(11)
    wanted = torch.rand(3)
    torch.manual_seed(11)
    first = Classifier.load("untrained-resnet18", device="cpu")

    assert torch.equal(torch.rand(3), wanted)
    second = Classifier.load("untrained-resnet18", device="cpu")
    assert torch.equal(first.module.fc.weight, second.module.fc.weight)


@pytest.mark.parametrize("name", ["warp", "cuda:99", "cpu:x"])
def test_a_device_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(ModelError, match="use auto or cpu"):
        choose_device(name)


def test_torchvisions_classifiers_are_known_by_name() -> None:
    wanted = {"vgg16", "vgg16_bn", "resnet18", "resnet50", "densenet121", "mobilenet_v2"}

    assert wanted < set(architecture_names())


@pytest.mark.parametrize(
    ("architecture", "says"),
    [
        (Architecture("os.system", {}), "not a network"),
        (Architecture("resnet_18", {}), "Did you mean 'resnet18'"),
        (Architecture("resnet18", {"wings": 2}), "does not take"),
        (Architecture("face-api-expression", {"wings": 2}), "does not take"),
    ],
)
def test_an_unknown_architecture_or_option_is_refused(
    architecture: Architecture, says: str
) -> None:
    with pytest.raises(CardError, match=says):
        build_network(architecture, 2)


@pytest.mark.parametrize("name", ["face-expression", "untrained-resnet18"])
def test_what_ships_passes_its_own_check(name: str) -> None:
    findings = check_classifier(load_card(name))

    assert [finding for finding in findings if not finding.ok] == []
    assert {"weights", "outputs", "layers", "maps"} <= {f.subject for f in findings}


@pytest.mark.parametrize(
    ("changes", "subject", "says"),
    [
        ({"map_layer": "layer9"}, "layers", "layer9"),
        ({"architecture": Architecture("resnet19", {})}, "weights", "resnet19"),
        ({"architecture": Architecture("face-api-landmarks", {})}, "outputs", "one target"),
        ({"architecture": Architecture("vit_b_16", {})}, "layers", "layer3"),
    ],
)
def test_a_check_names_what_is_wrong(changes: dict[str, object], subject: str, says: str) -> None:
    card = replace(load_card("untrained-resnet18"), **changes)  # type: ignore[arg-type]

    faults = [f for f in check_classifier(card) if not f.ok]

    assert [fault.subject for fault in faults] == [subject]
    assert says in faults[0].text


def test_a_card_of_other_channels_than_its_network_is_told() -> None:
    card = load_card("untrained-resnet18")
    grey = replace(card.input, channels=1, mean=(0.5,), std=(0.5,))
    assert all(finding.ok for finding in check_classifier(replace(card, input=grey)))
    told = replace(card, input=grey, architecture=Architecture("resnet18", {"channels": 3}))
    faces = load_card("face-expression")  # made for colour, and for nothing else
    of_faces = replace(faces, input=replace(faces.input, channels=1, mean=(0.5,), std=(0.5,)))
    for wrong, words in (
        (told, "channels is 3, and the card's [input] has 1"),
        (of_faces, "does not take the card's input"),
    ):
        (fault,) = (f for f in check_classifier(wrong) if not f.ok)
        assert words in fault.text


def test_torchvision_is_imported_whatever_build_of_torch_is_there() -> None:
    code = (
        "from models.torchvision_on_cpu import import_torchvision as load\n"
        "assert load() is load()\n"
        "from torchvision.models import resnet18\n"
        "resnet18(weights=None)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
