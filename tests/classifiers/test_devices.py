"""What is done for GPUs, as far as it can be seen without one: which operations, in which order."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from child_process import output_of
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from models import devices
from models.devices import Courier, keep_channels_inmost
from models.excitation import ExcitationBackprop

REPOSITORY = Path(__file__).parents[2]


class Copies(TorchDispatchMode):
    """Notes what is copied, and whether it is waited for."""

    def __init__(self, done: list[str]) -> None:
        super().__init__()
        self._done = done

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func._schema.name in ("aten::_to_copy", "aten::copy_"):
            waits = "" if (kwargs or {}).get("non_blocking") else ", waited for"
            self._done.append(f"copied{waits}")
        if func._schema.name == "aten::stack":
            self._done.append("stacked")
        return func(*args, **(kwargs or {}))


class Stream:
    def __init__(self, done: list[str]) -> None:
        self._done = done

    def wait_stream(self, _other: object) -> None:
        self._done.append("computing waits for the copies")


def test_a_gpu_is_sent_inputs_from_pinned_memory_beside_what_it_computes(monkeypatch):
    done: list[str] = []

    @contextlib.contextmanager
    def beside(_stream: object) -> Iterator[None]:
        done.append("beside")
        yield
        done.append("no longer beside")

    def pinned(tensor: Tensor) -> Tensor:
        done.append("pinned")
        return tensor

    monkeypatch.setattr(torch.cuda, "stream", beside)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _device: Stream(done))
    monkeypatch.setattr(Tensor, "pin_memory", pinned)
    courier = Courier(torch.device("cpu"))
    courier._device, courier._stream = torch.device("meta"), Stream(done)  # type: ignore[assignment]
    with Copies(done):
        sent = [courier.send(torch.zeros(3, 4, 4)) for _ in range(2)]
        batch = courier.joined([*sent, torch.zeros(3, 4, 4)])
    one = ["beside", "pinned", "copied", "no longer beside"]
    late = ["copied, waited for"]  # what had no room there when it was sent
    assert done == [*one, *one, "computing waits for the copies", *late, "stacked"]
    assert batch.shape == (3, 3, 4, 4)
    assert batch.device.type == "meta"


def test_what_has_no_room_on_the_gpu_stays_here(monkeypatch):
    def full(_tensor: Tensor) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(torch.cuda, "stream", lambda _stream: contextlib.nullcontext())
    monkeypatch.setattr(Tensor, "pin_memory", full)
    courier = Courier(torch.device("cpu"))
    courier._stream = Stream([])  # type: ignore[assignment]
    value = torch.zeros(3, 4, 4)
    assert courier.send(value) is value


def test_on_a_cpu_nothing_is_copied_but_into_the_batch():
    done: list[str] = []
    courier, value = Courier(torch.device("cpu")), torch.ones(3, 4, 4)
    with Copies(done):
        assert courier.send(value) is value
        assert torch.equal(courier.joined([value, value]), torch.ones(2, 3, 4, 4))
    assert done == ["stacked"]


def network() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3), nn.ReLU()
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(8 * 25, 4)).eval().requires_grad_(False)


@pytest.mark.parametrize("seconds", [(2.0, 1.0), (1.0, 2.0)])
def test_channels_inmost_are_kept_where_they_are_faster_and_give_the_same_maps(
    monkeypatch, seconds
):
    takes, timed = iter(seconds), devices._timed
    monkeypatch.setattr(devices, "_timed", lambda *of: (timed(*of)[0], next(takes)))
    tried, batch = network(), torch.randn(2, 3, 16, 16)
    assert keep_channels_inmost(tried, batch) is (seconds[1] < seconds[0])
    inmost = tried[3].weight.is_contiguous(memory_format=torch.channels_last)
    assert inmost is (seconds[1] < seconds[0])
    if inmost:
        given = batch.contiguous(memory_format=torch.channels_last)
        columns = torch.tensor([0, 2])
        maps = ExcitationBackprop(tried, "3", given)(given, columns).maps
        plain = ExcitationBackprop(network(), "3", batch)(batch, columns).maps
        assert torch.allclose(maps, plain, atol=1e-6)


def test_channels_inmost_are_not_kept_where_they_change_what_is_said(monkeypatch):
    answers = iter([(torch.zeros(2, 4), 2.0), (torch.ones(2, 4), 1.0)])
    monkeypatch.setattr(devices, "_timed", lambda *_of: next(answers))
    assert not keep_channels_inmost(network(), torch.zeros(2, 3, 16, 16))


def test_the_benchmark_needs_torch_numpy_and_opencv_alone_and_shows_no_figure_without_a_gpu():
    absent = [
        "torchvision", "safetensors", "onnx", "sqlalchemy", "streamlit", "pydicom", "shapely",
        "PIL", "pandas", "pyarrow", "ray", "highdicom", "nibabel", "orjson",
    ]  # fmt: skip
    file = REPOSITORY / "tests" / "benchmarks" / "gpu.py"
    code = (
        f"import runpy, sys; sys.modules.update(dict.fromkeys({absent}))\n"
        f"sys.argv = ['gpu.py']; runpy.run_path({str(file)!r}, run_name='__main__')"
    )
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    written = output_of([sys.executable, "-c", code], environment=environment)
    assert written.startswith("Not measured: there is no GPU here.")
    assert "| " not in written
