"""What suggestions cost on films of 3,000 x 2,500 pixels of 16 bits, and whether memory stays flat.

    python tests/benchmarks/films.py [--films 20] [--threads 2] [--card chest-film-opacity]

Films are made up: twenty shadows with noise, of which each copy differs in its first pixels. They
are stored as an import stores them, 8 MB each. Printed are, at each tenth of them, processor time
(user and system, all threads) and time by the clock for each film so far, and the memory of this
process, and then its peak; the network is loaded before.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import psutil
import torch

from annotator.domain import ImageAsset
from annotator.settings import Settings
from annotator.workflows.projects import create_project
from annotator.workflows.suggesting import suggest_project
from annotator.workflows.workspace import Workspace

ROWS, COLUMNS = 3000, 2500
_DISTINCT = 20


def shadow(number: int) -> npt.NDArray[np.uint16]:
    """Return a made-up film, (3000, 2500): soft shapes, as of a chest, and noise of 12 bits."""
    made = np.random.default_rng(number)
    coarse = made.uniform(0, 1, (12, 10)).astype(np.float32)
    smooth = cv2.resize(coarse, (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC)
    noisy = 1000 + 2000 * smooth + made.normal(0, 12, (ROWS, COLUMNS)).astype(np.float32)
    return np.clip(noisy, 0, 4095).astype(np.uint16)


def stored(workspace: Workspace, project: str, films: int, first: int = 0) -> None:
    """Put films into a project."""
    assets = []
    pictures = [shadow(number) for number in range(min(films, _DISTINCT))]
    for number in range(first, first + films):
        pixels = pictures[number % len(pictures)]
        pixels[0, :4] = np.frombuffer(number.to_bytes(8, "little"), np.uint16)
        assets.append(
            ImageAsset(
                file_name=f"film{number:05d}.dcm",
                width=COLUMNS,
                height=ROWS,
                pixels_sha256=workspace.pixels.put(pixels),
                source_sha256=f"{number:064x}",
                modality="DX",
                bits=16,
                channels=1,
                window=(1000.0, 3000.0),
            )
        )
    workspace.record.add_images(workspace.record.project(project).id, assets)


class Tenths:
    """Says at each tenth of the films what they took so far."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._cpu_s, self._wall_s = time.process_time(), time.perf_counter()
        self._tenth = 0

    def progress(self, done: int, total: int) -> None:
        """Take how many are done."""
        if 10 * done // total <= self._tenth:
            return
        self._tenth = 10 * done // total
        cpu_s, wall_s = time.process_time() - self._cpu_s, time.perf_counter() - self._wall_s
        sys.stdout.write(
            f"| {done} | {1e3 * cpu_s / done:.0f} | {1e3 * wall_s / done:.0f} | "
            f"{self._process.memory_info().rss / 1e6:.0f} |\n"
        )
        sys.stdout.flush()


def measure(folder: Path, films: int, card: str) -> None:
    """Suggest on one film, then on all, and print what it took."""
    environment = {"ANNOTATOR_HOME": str(folder / "home"), "ANNOTATOR_DEVICE": "cpu"}
    with Workspace.open(Settings.from_environment(environment), upgrade=True) as workspace:
        for name, count, first in (("one", 1, films), ("all", films, 0)):
            create_project(workspace, name, model=card)
            stored(workspace, name, count, first)
        suggest_project(workspace, "one", check=False)  # loads the network
        sys.stdout.write(
            "| films | processor ms each | ms by the clock each | MB |\n|---|---|---|---|\n"
        )
        report = suggest_project(workspace, "all", check=False, progress=Tenths().progress)
    assert report.images == films, report.failures
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    sys.stdout.write(f"{report.suggestions} suggestions; at most {peak:.0f} MB\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--card", default="chest-film-opacity")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.films, options.card)
    sys.stdout.write(f"{options.threads} threads, {os.cpu_count()} cores, load {load:.1f}\n")


if __name__ == "__main__":
    main()
