"""Networks and layers that cannot be explained are refused when loaded, by layer and operation."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.errors import InputError, ModelError, TargetError, UnsupportedLayerError
from models.excitation import ExcitationBackprop, RivalContrast
from models.torchvision_on_cpu import import_torchvision

BATCH = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))

OUTSIDE = torch.ones(1)


class Net(nn.Module):
    """Stem, a body between the map layer and the head, a head."""

    def __init__(self, body: Callable[[Tensor], Tensor], **layers: nn.Module) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.body = body
        for name, layer in layers.items():
            self.add_module(name, layer)
        self.head = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(self.stem(x)).mean((2, 3)))


def normed_by_hand(x: Tensor) -> Tensor:
    return x / float(x.detach().abs().max())


def through_a_view(x: Tensor) -> Tensor:
    x = x.clone()
    x[:, 0].relu_()
    return x


def written_into(x: Tensor) -> Tensor:
    x = x.clone()
    x[:, 0] = 0
    return x


REFUSED = {
    "erf": (torch.erf, "erf"),
    "square": (torch.square, "square"),
    "product of signals": (lambda x: x * x, "mul"),
    "softmax inside": (lambda x: x.softmax(1), "softmax"),
    "cosine": (lambda x: F.normalize(x, dim=1), "linalg_vector_norm|norm|expand_as|div"),
    "norm by the image": (
        lambda x: F.layer_norm(x, x.shape[3:], x[0, 0, 0]),
        "factor that depends",
    ),
    "interpolate": (lambda x: F.interpolate(x, scale_factor=2.0), "interpolate"),
    "matmul": (lambda x: x @ x.transpose(2, 3), "matmul"),
    "batch mean": (lambda x: x - x.mean(0, keepdim=True), "different shapes|batch"),
    "batch statistics": (lambda x: F.batch_norm(x, None, None, training=True), "training mode"),
    "dropout": (lambda x: F.dropout(x, 0.5), "training mode"),
    "scaled add": (lambda x: torch.add(x, x, alpha=2), "alpha=2"),
    "outside tensor": (lambda x: x + OUTSIDE, "neither a weight"),
    "numpy": (lambda x: torch.from_numpy(x.numpy() * 2), "numpy|neither a weight"),
    "number": (normed_by_hand, "__float__"),
    "view": (through_a_view, "another view"),
    "set item": (written_into, "__setitem__"),
    "dispatcher": (torch.ops.aten.relu, "aten.relu"),
    "padding with ones": (lambda x: F.pad(x, (1, 1, 1, 1), value=1.0), "instead of zeros"),
    "reciprocal": (lambda x: torch.div(torch.ones(1), x), "div.* by a value that depends"),
    "own weights": (lambda x: F.conv2d(x, x[:1, :, :3, :3].expand(4, -1, -1, -1)), "weights that"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_operations_without_a_rule(what: str) -> None:
    body, words = REFUSED[what]
    with pytest.raises(UnsupportedLayerError, match=words):
        ExcitationBackprop(Net(body).eval(), "stem", BATCH)


def test_the_layer_is_named() -> None:
    class Body(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.erf(x)

    network = nn.Sequential()
    network.add_module("stem", nn.Conv2d(3, 4, 3))
    network.add_module("block", nn.Sequential(nn.ReLU(), Body()))
    network.add_module("flat", nn.Flatten())
    network.add_module("head", nn.Linear(144, 5))
    refusal = r"layer 'block\.1' calls .*erf.*network, or a map layer above this one, as 'block' is"
    with pytest.raises(UnsupportedLayerError, match=refusal):
        ExcitationBackprop(network.eval(), "stem", BATCH)
    ExcitationBackprop(network, "block", BATCH)  # the advice can be followed
    network = nn.Sequential(nn.Sequential(), nn.Flatten(), Body(), nn.Linear(144, 5))
    network[0].add_module("stem", nn.Conv2d(3, 4, 3))
    with pytest.raises(UnsupportedLayerError, match=r"layer '2' calls .*choose another network\.$"):
        ExcitationBackprop(network.eval(), "0.stem", BATCH)


@pytest.mark.parametrize(
    ("name", "layer", "size", "words"),
    [
        ("swin_t", "features.1", 64, r"layer '.*' calls"),
    ],
)
def test_transformers_and_their_kin(name: str, layer: str, size: int, words: str) -> None:
    network = import_torchvision().models.get_model(name, weights=None).eval()
    with pytest.raises(UnsupportedLayerError, match=words):
        ExcitationBackprop(network, layer, torch.randn(1, 3, size, size))


class Gated(Net):
    """A network whose gate runs as often as it is told."""

    def __init__(self, times: int) -> None:
        super().__init__(F.relu, gate=nn.Sigmoid())
        self.times = times

    def forward(self, x: Tensor) -> Tensor:
        x = gated = self.stem(x)
        for _ in range(self.times):
            gated = self.gate(gated)
        return self.head((x * gated).mean((2, 3)))


def test_map_layers_that_cannot_be() -> None:
    network = Net(F.relu).eval()
    with pytest.raises(UnsupportedLayerError, match=r"no layer 'stam'.*stem"):
        ExcitationBackprop(network, "stam", BATCH)
    with pytest.raises(UnsupportedLayerError, match=r"shape \(2, 5\)"):
        ExcitationBackprop(network, "head", BATCH)
    with pytest.raises(UnsupportedLayerError, match="training mode"):
        ExcitationBackprop(network.train(), "stem", BATCH)
    with pytest.raises(UnsupportedLayerError, match="only gates"):
        ExcitationBackprop(Gated(1).eval(), "gate", BATCH)
    with pytest.raises(UnsupportedLayerError, match="runs 2 times"):
        ExcitationBackprop(Gated(2).eval(), "gate", BATCH)
    network = nn.Sequential(nn.Conv2d(3, 3, 1), Net(F.relu)).eval()
    network[1].add_module("unused", nn.ReLU())
    with pytest.raises(UnsupportedLayerError, match="runs 0 times"):
        ExcitationBackprop(network, "1.unused", BATCH)


def test_scripted_networks_are_refused() -> None:
    network = Net(F.relu).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scripting is on its way out
        network.stem = torch.jit.trace(nn.Conv2d(3, 4, 3, padding=1), BATCH)
        with pytest.raises(UnsupportedLayerError, match="scripted"):
            ExcitationBackprop(network, "stem", BATCH)


def test_a_path_that_depends_on_the_image_is_noticed() -> None:
    class Moody(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Conv2d(3, 4, 3)
            self.head = nn.Linear(4, 5)

        def forward(self, x: Tensor) -> Tensor:
            y = self.stem(x)
            y = y.relu() if x.shape[2] > 6 else F.relu6(y)
            return self.head(y.mean((2, 3)))

    engine = ExcitationBackprop(Moody().eval(), "stem", BATCH)
    with pytest.raises(ModelError, match="depends on the image or its size"):
        engine(BATCH[:, :, :5], torch.tensor([0]))


def test_wrong_batches_and_targets() -> None:
    engine = ExcitationBackprop(Net(F.relu).eval(), "stem", BATCH)
    for batch in (BATCH[:0], BATCH[0]):
        with pytest.raises(InputError):
            engine(batch, torch.tensor([0]))
    for targets in ([5], [-1], [], [[0]]):
        with pytest.raises(TargetError):
            engine(BATCH, torch.tensor(targets, dtype=torch.int64))
    with pytest.raises(TargetError, match="float"):
        engine(BATCH, torch.tensor([0.0]))
    with pytest.raises(TargetError, match="rival"):
        engine(BATCH, torch.tensor([0]), RivalContrast(torch.tensor([9])))
