"""What explaining costs on a GPU beside the bare classifier, and whether the maps are the CPU's.

    python tests/benchmarks/gpu.py

Needs this repository, torch, NumPy and OpenCV; takes at most six minutes. Prints Markdown: for
ResNet50, VGG16 and DenseNet121 (random weights: the arithmetic does not depend on them) the rates
of bare forward passes and of `record` and `explain` over batches of 64 of 224 px, what the
arithmetic allows, peak memory, how often a walk makes Python wait for the device, and how far maps
are from the CPU's; then a stream of pictures that are decoded and prepared by threads, with the
share of the time in which the device had no batch. Where there is no GPU it says so, and runs every
part small on the CPU, so that it is tested.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from arithmetic import share_above

from models.card_parts import InputSpec
from models.devices import Courier, is_out_of_memory, keep_channels_inmost, wait_for
from models.excitation import ExcitationBackprop
from models.preprocess import prepare_image


class Size(NamedTuple):
    """How much is measured."""

    batch: int
    side: int
    seconds: float
    pictures: int
    labels: tuple[int, ...]
    width: int
    networks: tuple[str, ...]


MAP_TOLERANCE = 1e-3
MOST_THREADS = 16


class Bottleneck(nn.Module):
    """ResNet's block of three convolutions (He et al. 2016), stride in its second."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.into, self.n1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.over = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.n2 = nn.BatchNorm2d(width)
        self.out, self.n3 = nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)
        self.short: nn.Module = nn.Identity()
        if stride != 1 or inputs != 4 * width:
            self.short = nn.Sequential(
                nn.Conv2d(inputs, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.n1(self.into(x)))
        y = self.n3(self.out(torch.relu(self.n2(self.over(y)))))
        return torch.relu(y + self.short(x))


class Pooled(nn.Module):
    """Features, their mean over the picture, and a linear layer."""

    def __init__(self, features: nn.Sequential, channels: int) -> None:
        super().__init__()
        self.features, self.classes = features, nn.Linear(channels, 1000)

    def forward(self, x: Tensor) -> Tensor:
        return self.classes(self.features(x).mean((2, 3)))


def stem(width: int) -> list[nn.Module]:
    return [
        nn.Conv2d(3, width, 7, 2, 3, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
    ]


def resnet50(width: int) -> tuple[nn.Module, str]:
    layers, channels = stem(width), width
    for stage, blocks in enumerate((3, 4, 6, 3)):
        wide = width * 2**stage
        made = []
        for block in range(blocks):
            made.append(Bottleneck(channels, wide, 2 if stage and not block else 1))
            channels = 4 * wide
        layers.append(nn.Sequential(*made))
    return Pooled(nn.Sequential(*layers), channels), "features.6"


class DenseLayer(nn.Module):
    """DenseNet's layer (Huang et al. 2017): what it makes is put beside what it was given."""

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.n1, self.into = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.n2 = nn.BatchNorm2d(4 * growth)
        self.over = nn.Conv2d(4 * growth, growth, 3, 1, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.into(torch.relu(self.n1(x)))
        return torch.cat([x, self.over(torch.relu(self.n2(y)))], 1)


def densenet121(width: int) -> tuple[nn.Module, str]:
    layers, channels, growth = stem(width), width, width // 2
    for stage, count in enumerate((6, 12, 24, 16)):
        if stage:
            layers.append(
                nn.Sequential(
                    nn.BatchNorm2d(channels),
                    nn.ReLU(),
                    nn.Conv2d(channels, channels // 2, 1, bias=False),
                    nn.AvgPool2d(2, 2),
                )
            )
            channels //= 2
        layers.append(
            nn.Sequential(*(DenseLayer(channels + n * growth, growth) for n in range(count)))
        )
        channels += count * growth
    layers += [nn.BatchNorm2d(channels), nn.ReLU()]
    return Pooled(nn.Sequential(*layers), channels), "features.7"


def vgg16(width: int) -> tuple[nn.Module, str]:
    layers: list[nn.Module] = []
    channels = 3
    for stage, count in enumerate((2, 2, 3, 3, 3)):
        wide = width * min(2**stage, 8)
        for _ in range(count):
            layers += [nn.Conv2d(channels, wide, 3, 1, 1), nn.ReLU()]
            channels = wide
        layers.append(nn.MaxPool2d(2, 2))
    return Pooled(nn.Sequential(*layers), channels), "features.23"


NETWORKS = {
    "ResNet50": resnet50,
    "VGG16, mean for its large layers": vgg16,
    "DenseNet121": densenet121,
}


ON_GPU = Size(64, 224, 1.5, 4096, (1, 5, 20), 64, tuple(NETWORKS))
ON_CPU = Size(2, 32, 0.0, 5, (1, 3), 4, ("ResNet50",))


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def build(name: str, size: Size) -> tuple[nn.Module, str]:
    torch.manual_seed(0)
    network, layer = NETWORKS[name](size.width)
    return network.eval().requires_grad_(requires_grad=False), layer


def rate(work: Callable[[], object], images: int, device: torch.device, seconds: float) -> float:
    """Return images a second, after a first call that is not counted."""
    work()
    wait_for(device)
    begun, calls = time.perf_counter(), 0
    while calls < 2 or time.perf_counter() - begun < seconds:
        work()
        wait_for(device)
        calls += 1
    return images * calls / (time.perf_counter() - begun)


def synchronisations(work: Callable[[], object], device: torch.device) -> int | None:
    """Return how often torch waited for the device; None where there is nothing to wait for."""
    if device.type != "cuda":
        return None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            work()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    return sum("synchroniz" in str(one.message) for one in caught)


def network_rows(name: str, size: Size, device: torch.device) -> Iterator[str]:
    """Yield a network's rows."""
    network, layer = build(name, size)
    network = network.to(device)
    batch = torch.randn(size.batch, 3, size.side, size.side).to(device)
    share = share_above(network, layer, batch)
    inmost = keep_channels_inmost(network, batch)
    if inmost:
        batch = batch.contiguous(memory_format=torch.channels_last)
    engine = ExcitationBackprop(network, layer, batch[:2])

    def bare() -> object:
        with torch.no_grad():
            return network(batch)

    def explained(labels: int) -> object:
        columns = torch.arange(labels).expand(size.batch, labels)
        recording = engine.record(batch)
        found = engine.explain(recording, columns)
        return recording.outputs.cpu(), found.maps.cpu(), found.explained_mass.cpu()

    plain = rate(bare, size.batch, device, size.seconds)
    order = "channels inmost" if inmost else "as usual"
    yield f"| {name}, {order} | bare | {plain:.1f} | 1 | 1 | | {megabytes(bare, device)} | |"
    for labels in size.labels:
        work = partial(explained, labels)
        floor = 1 / (1 + (1 + labels) * share)
        got = rate(work, size.batch, device, size.seconds) / plain
        waits = synchronisations(work, device)
        yield (
            f"| | {labels} a picture | {got * plain:.1f} | {got:.2f} | {floor:.2f} | "
            f"{got / floor:.2f} | {megabytes(work, device)} | "
            f"{'not measured' if waits is None else waits} |"
        )


def megabytes(work: Callable[[], object], device: torch.device) -> str:
    """Return the peak of the device's memory while something runs."""
    if device.type != "cuda":
        return "not measured"
    torch.cuda.reset_peak_memory_stats(device)
    work()
    return f"{torch.cuda.max_memory_allocated(device) / 2**20:.0f}"


def map_difference(name: str, size: Size, device: torch.device, half: bool) -> float:
    """Return how far the device's maps, with sum 1, are from those of the CPU, over their peak."""
    batch = torch.randn(2, 3, size.side, size.side, generator=torch.Generator().manual_seed(1))
    columns = torch.arange(2).expand(2, 2)

    def maps(where: torch.device, autocast: bool) -> Tensor:
        network, layer = build(name, size)
        engine = ExcitationBackprop(network.to(where), layer, batch.to(where))
        with torch.autocast(where.type, enabled=autocast):
            recording = engine.record(batch.to(where))
        found = engine.explain(recording, columns).maps.float().cpu()
        return found / found.sum((2, 3), keepdim=True).clamp_min(1e-30)

    here, there = maps(torch.device("cpu"), autocast=False), maps(device, autocast=half)
    return float(((here - there).abs() / here.amax((2, 3), keepdim=True)).max())


def stream(size: Size, device: torch.device, threads: int) -> tuple[float, float | None]:
    """Return pictures a second from files to maps, and the share of the time a GPU was idle."""
    chance = np.random.default_rng(0)
    noise = cv2.GaussianBlur(chance.integers(0, 256, (512, 512), np.uint8), (9, 9), 0)
    _, encoded = cv2.imencode(".png", noise)
    spec = InputSpec(
        size.side, size.side, 3, 0.0, 1.0, "stretch", "none", 0.0, (0.5,) * 3, (0.25,) * 3
    )
    network, layer = build("ResNet50", size)
    network = network.to(device)
    engine = ExcitationBackprop(network, layer, torch.zeros(2, 3, size.side, size.side).to(device))
    courier = Courier(device)

    def prepared(_number: int) -> Tensor:
        picture = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
        return courier.send(prepare_image(torch.from_numpy(picture), spec)[0])

    columns = torch.zeros(size.batch, 1, dtype=torch.int64)
    busy: list[tuple[torch.cuda.Event, torch.cuda.Event]] = []
    cv2.setNumThreads(1)
    with ThreadPoolExecutor(threads) as pool:
        begun, numbers = time.perf_counter(), iter(range(size.pictures))
        ahead: deque[Future[Tensor]] = deque()

        def next_batch() -> list[Tensor]:
            while len(ahead) < 3 * size.batch and (number := next(numbers, None)) is not None:
                ahead.append(pool.submit(prepared, number))
            return [ahead.popleft().result() for _ in range(min(size.batch, len(ahead)))]

        while some := next_batch():
            span = events(device)
            batch = courier.joined(some)
            found = engine.explain(engine.record(batch), columns[: len(some)])
            if span is not None:
                span[1].record()
                busy.append(span)
            found.maps.cpu()
        seconds = time.perf_counter() - begun
    idle = None
    if busy:
        idle = 1 - sum(first.elapsed_time(last) for first, last in busy) / 1e3 / seconds
    return size.pictures / seconds, idle


def events(device: torch.device) -> tuple[torch.cuda.Event, torch.cuda.Event] | None:
    if device.type != "cuda":
        return None
    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    first.record()
    return first, last


def report(size: Size, device: torch.device, threads: int) -> Iterator[str]:
    """Yield the lines of a device's report."""
    yield "| network | labels | images a second | rate | floor allows | of that | MiB | waits |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in size.networks:
        try:
            yield from network_rows(name, size, device)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            yield f"| {name} | out of memory | | | | | | |"
    yield ""
    for name in size.networks:
        apart = map_difference(name, size, device, half=False)
        half = map_difference(name, size, device, half=True)
        yield f"{name}: maps within {apart:.1e} of the CPU's peak; forward pass in half: {half:.1e}"
        if apart > MAP_TOLERANCE:
            yield f"That is more than {MAP_TOLERANCE}."
    pace, idle = stream(size, device, threads)
    share = "not measured" if idle is None else f"{idle:.2f}"
    yield f"From files of 512 px to maps with {threads} threads: {pace:.1f} pictures a second;"
    yield f"the share of the time in which the GPU had no batch: {share}"


def main() -> int:
    """Print the report; without a GPU, only that it runs."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    if torch.cuda.is_available():
        say(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
        say(f"Batches of {ON_GPU.batch}, {ON_GPU.side} px\n")
        for line in report(ON_GPU, torch.device("cuda"), threads):
            say(line)
        return 0
    lines = len(list(report(ON_CPU, torch.device("cpu"), threads)))
    say("Not measured: there is no GPU here. What is measured on one was run on the CPU, on narrow")
    say(f"networks and small pictures, and its {lines} lines left out.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
