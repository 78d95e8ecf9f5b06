"""The forward pass is looked on at, never touched: in-place writes, views, changed weights."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from narrow_networks import narrow_resnet
from patience import PATIENCE_S
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.excitation import DualContrast, ExcitationBackprop, NoContrast

TARGETS = torch.tensor([1, 3])


class Block(nn.Module):
    """The same residual network, written with and without in-place operations."""

    def __init__(self, *, in_place: bool) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.in_place = in_place
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.more = nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = self.stem(x)
        if self.in_place:
            z = self.conv(y)
            z += y
            z.add_(self.more(y))
            y = F.relu_(z)
            z = self.conv(y)
            F.hardtanh_(z, 0.0, 6.0)
            z *= 0.5
            y += z
        else:
            z = self.conv(y) + y + self.more(y)
            y = z.relu()
            y = y + F.relu6(self.conv(y)) * 0.5
        return self.head(y.mean((2, 3)))


@pytest.mark.parametrize("contrast", [NoContrast(), DualContrast()], ids=["none", "dual"])
def test_in_place_operations_change_nothing(contrast: NoContrast | DualContrast) -> None:
    batch = torch.randn(2, 3, 6, 6).double()
    one, other = (Block(in_place=mode).double().eval() for mode in (True, False))
    found, expected = (
        ExcitationBackprop(net, "stem", batch)(batch, TARGETS, contrast) for net in (one, other)
    )
    assert torch.equal(found.outputs, expected.outputs)
    torch.testing.assert_close(found.maps, expected.maps, rtol=1e-12, atol=1e-15)


def test_changed_weights_are_noticed() -> None:
    batch = torch.randn(2, 3, 6, 6)
    network = Block(in_place=False).eval()
    engine = ExcitationBackprop(network, "stem", batch)

    def fresh() -> Tensor:
        return ExcitationBackprop(network, "stem", batch)(batch, TARGETS).maps

    first = engine(batch, TARGETS).maps
    assert torch.equal(first, fresh())
    with torch.no_grad():
        network.conv.weight.mul_(-1)
    second = engine(batch, TARGETS).maps
    assert torch.equal(second, fresh())
    assert not torch.equal(first, second)
    network.conv.weight = nn.Parameter(torch.randn_like(network.conv.weight))
    assert torch.equal(engine(batch, TARGETS).maps, fresh())
    network.conv.weight.data = torch.randn_like(network.conv.weight)
    assert torch.equal(engine(batch, TARGETS).maps, fresh())
    network.load_state_dict(Block(in_place=False).state_dict())
    assert torch.equal(engine(batch, TARGETS).maps, first)


def test_batches_and_sizes_other_than_the_example() -> None:
    network = Block(in_place=True).eval()
    engine = ExcitationBackprop(network, "stem", torch.zeros(1, 3, 6, 6))
    found = engine(torch.randn(3, 3, 9, 7), TARGETS)
    assert found.maps.shape == (3, 2, 9, 7)
    assert engine(torch.randn(1, 3, 6, 6), TARGETS).explained_mass.shape == (1, 2)


def test_under_inference_mode() -> None:
    batch = torch.randn(2, 3, 6, 6)
    network = Block(in_place=True).eval()
    expected = ExcitationBackprop(network, "stem", batch)(batch, TARGETS).maps
    with torch.inference_mode():
        engine = ExcitationBackprop(network, "stem", batch.clone())
        assert torch.equal(engine(batch.clone(), TARGETS).maps, expected)


def test_activation_behind_the_logits_does_not_matter() -> None:
    batch = torch.randn(2, 3, 6, 6)
    network = Block(in_place=False).eval()
    expected = ExcitationBackprop(network, "stem", batch)(batch, TARGETS).maps
    for last in (nn.Softmax(1), nn.Sigmoid(), nn.LogSoftmax(1)):
        wrapped = nn.Sequential()
        wrapped.add_module("net", network)
        wrapped.add_module("last", last)
        engine = ExcitationBackprop(wrapped.eval(), "net.stem", batch)
        assert torch.equal(engine(batch, TARGETS).maps, expected)


def test_eight_threads_at_once() -> None:
    """200 calls a thread, explaining and predicting on one network."""
    torch.manual_seed(0)
    network = narrow_resnet([1, 1, 1, 1], columns=10)
    network = network.eval().requires_grad_(requires_grad=False)
    before = {name: item.clone() for name, item in network.state_dict().items()}
    batch = torch.randn(1, 3, 32, 32)
    predicted = network(batch)
    engine = ExcitationBackprop(network, "layer3", batch)
    contrasts = (NoContrast(), DualContrast())
    expected = [
        ExcitationBackprop(network, "layer3", batch)(batch, TARGETS, contrast)
        for contrast in contrasts
    ]
    start = threading.Barrier(8)

    def work(thread: int) -> int:
        start.wait()
        wrong = 0
        for call in range(200):
            if (call + thread) % 2:
                with torch.no_grad():
                    wrong += not torch.equal(network(batch), predicted)
            else:
                which = (call // 2) % 2
                found = engine(batch, TARGETS, contrasts[which])
                wrong += not torch.equal(found.maps, expected[which].maps)
                wrong += not torch.equal(found.outputs, predicted)
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 0
    assert all(torch.equal(before[name], item) for name, item in network.state_dict().items())


def test_other_threads_do_not_see_the_recording() -> None:
    """While one thread is in the middle of a recorded pass, another one's calls are its own."""
    inside, finished = threading.Event(), threading.Event()

    class Waiting(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            if armed:
                inside.set()
                assert finished.wait(PATIENCE_S)
            return x.relu()

    armed: list[bool] = []
    network = nn.Sequential(nn.Conv2d(3, 4, 3), Waiting(), nn.Flatten(), nn.Linear(64, 5)).eval()
    batch = torch.randn(1, 3, 6, 6)
    engine = ExcitationBackprop(network, "0", batch)
    expected = engine(batch, TARGETS).maps
    armed.append(True)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(engine, batch, TARGETS)
        assert inside.wait(PATIENCE_S)
        nn.Sequential(nn.Linear(3, 3), nn.GELU())(torch.randn(2, 3))  # not in the plan
        finished.set()
        assert torch.equal(running.result().maps, expected)
