"""`make bench`: what a map costs, ours and others', in forward passes of the same network.

One process, one run, the same network, batch and threads for all: batch 8, 224 px, random weights
(the arithmetic does not depend on them), processor time on the CPU, the fastest of the repetitions.
Writes Markdown to standard output.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from arithmetic import share_above
from peers import PEERS, Method, ours
from torch import Tensor, nn

from models.torchvision_on_cpu import import_torchvision

BATCH, SIZE, MANY = 8, 224, 20
INMOST = ", channels inmost"
# What glibc is told so that it keeps freed memory instead of asking for it page by page again.
ALLOCATOR = "MALLOC_MMAP_THRESHOLD_"


class Subject(NamedTuple):
    """A network, its default map layer, and its first convolution."""

    name: str
    layer: str
    first: str


SUBJECTS = (
    Subject("vgg16", "features.23", "features.0"),
    Subject("resnet50", "layer3", "conv1"),
    Subject("densenet121", "features.transition2", "features.conv0"),
)


def build(subject: Subject, device: str) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    network = import_torchvision().models.get_model(subject.name, weights=None)
    network = network.to(device).eval().requires_grad_(requires_grad=False)
    return network, torch.randn(BATCH, 3, SIZE, SIZE, device=device)


def forward(network: nn.Module, batch: Tensor) -> Method:
    def run() -> object:
        with torch.no_grad():
            return network(batch)

    return run


def clock(device: str) -> float:
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def cost(method: Method, plain: Method, device: str, repeat: int) -> float:
    """The fastest run over the fastest forward pass; both by turns, as machines have moods."""
    method()
    spans: dict[Method, list[float]] = {plain: [], method: []}
    for _ in range(repeat):
        for run, taken in spans.items():
            start = clock(device)
            run()
            taken.append(clock(device) - start)
    return min(spans[method]) / min(spans[plain])


def rows(subject: Subject, device: str, repeat: int) -> Iterator[tuple[str, float | None, float]]:
    """Yield what was run, its arithmetic floor and its cost, in forward passes."""
    network, batch = build(subject, device)
    share = share_above(network, subject.layer, batch)
    whole = share_above(network, subject.first, batch)
    plain, inmost = forward(network, batch), batch.contiguous(memory_format=torch.channels_last)
    plain()
    yield f"a forward pass{INMOST}", None, cost(forward(network, inmost), plain, device, repeat)
    for given, order in ((batch, ""), (inmost, INMOST)):
        for what, floor, layer, labels in (
            ("one label", 1 + 2 * share, subject.layer, 1),
            (f"{MANY} labels", 1 + (1 + MANY) * share, subject.layer, MANY),
            ("to the first convolution", 1 + 2 * whole, subject.first, 1),
        ):
            method = ours(network, layer, given, labels)
            yield f"ours, {what}{order}", floor, cost(method, plain, device, repeat)
    for what, method in PEERS.items():
        network.requires_grad_(requires_grad=True)
        yield what, None, cost(method(network, subject.layer, batch), plain, device, repeat)
        network.requires_grad_(requires_grad=False)


def peak_memory(subject: Subject, labels: int) -> int:
    """MiB over the weights at the peak of a call, in its own process (Linux); 0: a forward pass."""
    command = [sys.executable, __file__, "--peak", subject.name, str(labels)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_peak(name: str, labels: int) -> int:
    subject = next(subject for subject in SUBJECTS if subject.name == name)
    network, batch = build(subject, "cpu")
    before = memory("VmRSS")
    run = ours(network, subject.layer, batch, labels) if labels else forward(network, batch)
    run()
    return (memory("VmHWM") - before) // 1024


def memory(kind: str) -> int:
    """KiB of this process, now (VmRSS) or at its peak (VmHWM); getrusage would add the parent's."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(kind))


def report(device: str, repeat: int) -> Iterator[str]:
    where = torch.cuda.get_device_name() if device != "cpu" else f"CPU ({platform.machine()})"
    yield f"{where}, {torch.get_num_threads()} thread(s), batch {BATCH}, {SIZE} px, float32, "
    yield f"torch {torch.__version__.split('+')[0]}, {time.strftime('%Y-%m-%d')}, "
    yield f"{'freed memory kept' if ALLOCATOR in os.environ else 'memory as the system has it'}\n\n"
    table: dict[str, list[str]] = {}
    for subject in SUBJECTS:
        for what, floor, passes in rows(subject, device, repeat):
            beside = "" if floor is None else f" (floor {floor:.2f})"
            table.setdefault(what, []).append(f"{passes:.2f}{beside}")
            sys.stderr.write(f"{subject.name}: {what}: {table[what][-1]}\n")
    if device == "cpu":
        for what, labels in (("a forward pass", 0), ("one label", 1), (f"{MANY} labels", MANY)):
            table[f"peak memory over the weights, {what}, MiB"] = [
                str(peak_memory(subject, labels)) for subject in SUBJECTS
            ]
    yield "| | " + " | ".join(subject.name for subject in SUBJECTS) + " |\n"
    yield "|---" * (len(SUBJECTS) + 1) + "|\n"
    for what, cells in table.items():
        yield f"| {what} | " + " | ".join(cells) + " |\n"


def main() -> None:
    warnings.simplefilter("ignore")  # the peers' own
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peak", nargs=2, metavar=("NETWORK", "LABELS"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.peak:
        sys.stdout.write(str(measure_peak(options.peak[0], int(options.peak[1]))))
        return
    for device in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        for line in report(device, options.repeat):
            sys.stdout.write(line)
            sys.stdout.flush()
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
