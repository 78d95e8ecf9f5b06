"""The networks that people fetch: their cards with stand-ins of random weights and real shapes."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import helper
from onnx_files import onnx_bytes
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from models.architectures import build_network
from models.card import CARDS_FOLDER, ModelCard, load_card
from models.classifier import Classifier
from models.downloads import fetch_weights
from models.explainer import Explainer
from models.torchvision_on_cpu import import_torchvision


def grey_parameters(card: ModelCard) -> dict[str, Tensor]:
    torch.manual_seed(0)
    return build_network(card.architecture, len(card.targets)).state_dict()


def xrv_densenet(card: ModelCard) -> bytes:
    """What the card's recipe makes of the module that torchxrayvision publishes."""
    parameters = grey_parameters(card)
    trained = {k: v for k, v in parameters.items() if not re.search("running|num_batches", k)}
    # As others count them, and the classifier has 18 x 1024 weights.
    assert sum(tensor.numel() for tensor in trained.values()) == 6_966_034
    return save(parameters)


def xrv_resnet(card: ModelCard) -> bytes:
    file = io.BytesIO()
    torch.save(grey_parameters(card), file)
    return file.getvalue()


def ferplus(_card: ModelCard) -> bytes:
    """As CNTK wrote it: operators of version 8, automatic padding, biases added by themselves."""
    random = np.random.default_rng(0)
    weights: dict[str, np.ndarray] = {"mean": np.float32(127.5), "scale": np.float32(127.5)}
    nodes: list[onnx.NodeProto] = []
    last = "image"

    def then(operation: str, *constants: str, **attributes: object) -> None:
        nonlocal last
        made = f"{operation}{len(nodes)}"
        nodes.append(helper.make_node(operation, [last, *constants], [made], made, **attributes))
        last = made

    def weight(*shape: int) -> str:
        name = f"Parameter{len(weights)}"
        spread = np.sqrt(2 / max(1, int(np.prod(shape[1:]))))
        weights[name] = (random.normal(size=shape) * spread).astype(np.float32)
        return name

    then("Sub", "mean")
    then("Div", "scale")
    channels = 1
    for width, layers in ((64, 2), (128, 2), (256, 3), (256, 3)):
        for _ in range(layers):
            then("Conv", weight(width, channels, 3, 3), auto_pad="SAME_UPPER", strides=[1, 1])
            then("Add", weight(width, 1, 1))
            then("Relu")
            channels = width
        then("MaxPool", auto_pad="NOTSET", kernel_shape=[2, 2], pads=[0] * 4, strides=[2, 2])
        then("Dropout", ratio=0.25)
    weights["flat"] = np.array([1, 4096], np.int64)
    weights["matrix"] = np.array([4096, 1024], np.int64)
    then("Reshape", "flat")
    nodes.append(helper.make_node("Reshape", [weight(256, 4, 4, 1024), "matrix"], ["first"]))
    then("MatMul", "first")
    for inputs, outputs in ((1024, 1024), (1024, 8)):
        then("Add", weight(1, inputs))
        then("Relu")
        then("Dropout", ratio=0.5)
        then("MatMul", weight(inputs, outputs))
    then("Add", weight(1, 8))
    nodes[-1].output[0] = "out"
    return onnx_bytes(nodes, weights, (1, 1, 64, 64), opset=8)


def exported(network: nn.Module, size: int) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this exporter is old, and so are the files it stands for
        torch.onnx.export(network.eval(), (torch.zeros(1, 3, size, size),), file, dynamo=False)
    return file.getvalue()


def libreface(_card: ModelCard) -> bytes:
    torch.manual_seed(0)
    network = import_torchvision().models.resnet18(weights=None)
    network.fc = nn.Sequential(
        nn.Linear(512, 128),
        nn.ReLU(),
        nn.BatchNorm1d(128),
        nn.Dropout(0.1),
        nn.Linear(128, 12),
        nn.Sigmoid(),
    )
    return exported(network, 224)


class Unit(nn.Sequential):
    """Convolution, batch norm, PReLU; linear without the last."""

    def __init__(
        self,
        channels: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        apart: bool = False,
        linear: bool = False,
    ) -> None:
        padding, groups = (0 if kernel == 7 else kernel // 2), (channels if apart else 1)
        convolution = nn.Conv2d(
            channels, outputs, kernel, stride, padding, groups=groups, bias=False
        )
        last = [] if linear else [nn.PReLU(outputs)]
        super().__init__(convolution, nn.BatchNorm2d(outputs), *last)


class Bottleneck(nn.Module):
    def __init__(self, channels: int, outputs: int, wide: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Unit(channels, wide),
            Unit(wide, wide, 3, stride, apart=True),
            Unit(wide, outputs, linear=True),
        )
        self.residual = stride == 1 and channels == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.residual else self.body(x)


class MobileFaceNet(nn.Module):
    """Chen et al., CCBR 2018 (arXiv 1804.07573), with HSEmotion's ten outputs."""

    def __init__(self) -> None:
        super().__init__()
        blocks = [Unit(3, 64, 3, 2), Unit(64, 64, 3, apart=True)]
        channels = 64
        for outputs, wide, repeats in ((64, 128, 5), (128, 256, 7), (128, 512, 3)):
            for repeat in range(repeats):
                blocks.append(Bottleneck(channels, outputs, wide, 1 if repeat else 2))
                channels = outputs
        self.blocks = nn.Sequential(*blocks, Unit(128, 512))
        self.pool = Unit(512, 512, 7, apart=True, linear=True)
        self.classifier = nn.Linear(512, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(functional.dropout(self.pool(self.blocks(x)).flatten(1), 0.0))


def hsemotion(_card: ModelCard) -> bytes:
    torch.manual_seed(0)
    return exported(MobileFaceNet(), 112)


STAND_INS: dict[str, tuple[Callable[[ModelCard], bytes], tuple[int, int]]] = {
    "chest-film-xrv-densenet121": (xrv_densenet, (14, 14)),
    "chest-film-xrv-resnet50": (xrv_resnet, (32, 32)),
    "face-expression-ferplus": (ferplus, (8, 8)),
    "face-expression-hsemotion": (hsemotion, (14, 14)),
    "face-action-units-libreface": (libreface, (14, 14)),
}


def fetched(name: str, data: bytes, folder: Path) -> ModelCard:
    """Return a shipped card whose hash and size are those of a stand-in, which is in place."""
    text = (CARDS_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    sha256 = hashlib.sha256(data).hexdigest()
    said = re.search(r"^size_bytes = (\d+)$", text, re.MULTILINE)
    if said is not None and "convert" not in text:
        assert len(data) == pytest.approx(int(said[1]), rel=0.01), "not the real shapes"
        text = text.replace(said[0], f"size_bytes = {len(data)}")
    if 'sha256 = "unknown"' not in text and "convert" not in text:
        text = re.sub(r'^sha256 = ".*"$', f'sha256 = "{sha256}"', text, flags=re.MULTILINE)
    path, brought = folder / "card.toml", folder / "brought"
    path.write_text(text, encoding="utf-8")
    brought.write_bytes(data)
    card = load_card(path, folder / "weights")
    assert fetch_weights(card, lambda *_: None, accept=sha256, source=brought).accepted
    return load_card(path, folder / "weights")


@pytest.mark.parametrize("name", STAND_INS)
def test_a_network_that_is_fetched_loads_and_is_explained(name: str, tmp_path: Path) -> None:
    stand_in, grid = STAND_INS[name]
    card = fetched(name, stand_in(load_card(name)), tmp_path)

    classifier = Classifier.load(card, device="cpu")

    size = (3, 300, 260)
    image = torch.randint(0, 256, size, generator=torch.Generator().manual_seed(5)).byte()
    scores = classifier.predict([image])
    assert scores.shape == (1, len(card.targets))
    assert 0 <= scores.min() <= scores.max() <= 1
    for found in Explainer(classifier).excitation_maps([image], list(card.codes[:3]))[0]:
        assert found.grid.shape == grid
        assert float(found.grid.sum()) == pytest.approx(1, abs=1e-4)
        assert found.explained_mass > 0.02


def test_every_card_that_is_fetched_has_a_stand_in() -> None:
    cards = [load_card(path.stem) for path in CARDS_FOLDER.glob("*.toml")]
    assert {card.name for card in cards if card.weights.url} == set(STAND_INS)


def test_the_authors_op_points_are_kept_with_their_targets() -> None:
    """torchxrayvision bends each score so that this point becomes 0.5; here it is the point."""
    points = [target.operating_point for target in load_card("chest-film-xrv-densenet121").targets]
    assert points[0] == pytest.approx(0.07422872)
    assert points[16] == pytest.approx(0.20204692)


def test_films_are_read_as_torchxrayvision_reads_them(tmp_path: Path) -> None:
    """The middle square, one channel, black -1024 and white 1024."""
    card = fetched(
        "chest-film-xrv-densenet121",
        xrv_densenet(load_card("chest-film-xrv-densenet121")),
        tmp_path,
    )
    film = torch.zeros(1, 100, 300, dtype=torch.uint8)
    film[:, :, 100:200] = 255

    batch, frames = Classifier.load(card, device="cpu").prepare([film])

    assert batch.shape == (1, 1, 224, 224)
    assert (frames[0].x, frames[0].width, frames[0].height) == (100, 100, 100)
    assert float(batch.min()) == pytest.approx(1024, abs=0.5)
