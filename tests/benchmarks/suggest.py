"""What *Compute suggestions* costs beside the bare classifier, over the same pictures in one run.

    python tests/benchmarks/suggest.py [--images 200] [--card NAME] [--json FILE] DATA

DATA holds `brain_mri/images`, `faces_london/images` and `faces_web/images`. For each card and
number of threads a process of its own takes the pictures into a project, and measures the
processor time (user and system, all threads) of suggesting on all of them less that on one, beside
forward passes over prepared batches of 32, and the images a second of both: all without the second
stage (`--no-check`), whose cost is a column by itself, for each suggestion. Shares are of the
processor time of the threads at work in each stage; *elsewhere* are queries, the threads'
hand-overs and Python itself.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from annotator.ingest import pixel_store
from annotator.record import Record
from annotator.settings import Settings
from annotator.suggest import checking
from annotator.suggest import suggester as suggesting
from annotator.suggest.preparing import corner_form
from annotator.workflows import suggesting as use_case
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace
from models.classifier import Classifier
from models.excitation import ExcitationBackprop
from models.face_api.detector import FaceDetector
from models.face_api.landmarks import FaceLandmarks

CARDS = {
    "brain-mri-tumour": ("brain_mri",),
    "face-expression": ("faces_london", "faces_web"),
    "face-action-units": ("faces_london", "faces_web"),
}
STAGES: dict[str, tuple[tuple[Any, str], ...]] = {
    "decode": ((pixel_store.PixelStore, "get"),),
    "detect": ((FaceDetector, "detect_all"),),
    "landmarks": ((FaceLandmarks, "locate_all"),),
    "prepare": ((Classifier, "prepare_one"), (Classifier, "batch")),
    "forward": ((ExcitationBackprop, "record"), (Classifier, "logits")),
    "walk": ((ExcitationBackprop, "explain_layers"),),
    "cut": ((suggesting.Suggester, "propose"),),
    "fit": ((checking, "fitted_to_edges"),),
    "erase": ((checking, "erased"),),
    "ask again": ((suggesting.Suggester, "check"),),
    "write": ((Record, "record_runs"),),
}
ELSEWHERE = "elsewhere"
BATCH = 32


class Shares:
    """Processor time of the calling thread by stage; a stage inside another is not the outer's."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._inner = threading.local()

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, timed."""

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            before, self._inner.spent = getattr(self._inner, "spent", 0.0), 0.0
            begun = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.thread_time() - begun
                with self._lock:
                    self.spent[stage] += spent - self._inner.spent
                self._inner.spent = before + spent

        return run


@contextlib.contextmanager
def shares() -> Iterator[Counter[str]]:
    """Time the stages inside."""
    clock = Shares()
    plain = [(owner, name, getattr(owner, name)) for of in STAGES.values() for owner, name in of]
    for stage, of in STAGES.items():
        for owner, name in of:
            setattr(owner, name, clock.timed(stage, getattr(owner, name)))
    try:
        yield clock.spent
    finally:
        for owner, name, function in plain:
            setattr(owner, name, function)


def pictures(data: Path, card: str, images: int) -> list[Path]:
    """Return as many pictures, from each folder by turns."""
    folders = [sorted((data / name / "images").iterdir()) for name in CARDS[card]]
    return list(islice((path for row in zip(*folders, strict=False) for path in row), images))


def cost(work: Callable[[], object]) -> tuple[float, float]:
    """Return processor seconds and seconds by the clock."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def bare(workspace: Workspace, project: str, card: str) -> tuple[float, float]:
    """Return processor seconds and seconds an image of forward passes over prepared batches."""
    suggester = use_case.shared_suggester(card, workspace.settings)
    batches = []
    for ids in batched(workspace.record.image_ids(workspace.record.project(project).id)):
        assets = [workspace.record.image(image_id) for image_id in ids]
        pixels = [use_case.shown_pixels(workspace, asset) for asset in assets]
        faces = [reading.face for reading in suggester.read(pixels)]
        legible = [
            (suggesting.picture_tensor(one), corner_form(face))
            for one, face in zip(pixels, faces, strict=True)
            if face or not suggester.reads_faces
        ]
        batch, _ = suggester._classifier.prepare(*map(list, zip(*legible, strict=True)))
        batches.append(batch)
    for batch in batches[:2]:
        suggester._classifier.logits(batch)
    spent = min(
        cost(lambda: [suggester._classifier.logits(batch) for batch in batches]) for _ in range(3)
    )
    cpu, wall = (seconds / sum(map(len, batches)) for seconds in spent)
    return cpu, wall


def batched(items: list[Any]) -> Iterator[list[Any]]:
    """Yield batches of 32."""
    yield from (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def measured(data: Path, card: str, threads: int, images: int) -> dict[str, Any]:
    """Return the figures of one card in this process."""
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as home:
        environment = {"ANNOTATOR_HOME": home, "ANNOTATOR_SECRETS": f"{home}/keys"}
        with Workspace.open(Settings.from_environment(environment), upgrade=True) as workspace:
            paths = pictures(data, card, images)
            for name, some in (("one", paths[:1]), ("all", paths)):
                create_project(workspace, name, model=card)
                import_paths(workspace, name, some)
            suggest = functools.partial(use_case.suggest_project, workspace)
            suggest("one", check=False)
            one, _ = cost(lambda: suggest("one", again=True, check=False))
            every, wall = cost(lambda: suggest("all", check=False))
            on_record, wall_on_record = cost(lambda: suggest("all", again=True, check=False))
            with shares() as spent:
                total, _ = cost(lambda: suggest("all", again=True, check=False))
            reports = []
            tested, _ = cost(lambda: reports.append(suggest("all", again=True)))
            each = (every - one) / (len(paths) - 1)
            again = (on_record - one) / (len(paths) - 1)
            forward, wall_forward = bare(workspace, "all", card)
    return {
        "card": card,
        "threads": threads,
        "images": len(paths),
        "suggest_ms": 1e3 * each,
        "faces_on_record_ms": 1e3 * again,
        "check_ms": 1e3 * (tested - on_record) / reports[0].suggestions,
        "bare_ms": 1e3 * forward,
        "rate": forward / each,
        "rate_on_record": forward / again,
        "images_per_s": len(paths) / wall,
        "images_per_s_on_record": len(paths) / wall_on_record,
        "bare_images_per_s": 1 / wall_forward,
        "shares": {
            **{stage: spent[stage] / total for stage in STAGES},
            ELSEWHERE: 1 - sum(spent.values()) / total,
        },
    }


def row(found: dict[str, Any]) -> str:
    """Return a row of the table."""
    of = " | ".join(f"{found['shares'][stage]:.0%}" for stage in (*STAGES, ELSEWHERE))
    return (
        f"| {found['card']} | {found['threads']} | {found['suggest_ms']:.1f} | "
        f"{found['faces_on_record_ms']:.1f} | {found['check_ms']:.1f} | "
        f"{found['bare_ms']:.1f} | {found['rate']:.2f} | "
        f"{found['rate_on_record']:.2f} | {found['images_per_s']:.1f} | "
        f"{found['images_per_s_on_record']:.1f} | {found['bare_images_per_s']:.1f} | {of} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--card", choices=CARDS, action="append")
    parser.add_argument("--threads", type=int, action="append")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--here", action="store_true", help="measure in this process")
    options = parser.parse_args()
    cards, threads = options.card or list(CARDS), options.threads or [1, 2]
    if options.here:
        found = measured(options.data, cards[0], threads[0], options.images)
        sys.stdout.write(json.dumps(found))
        return
    columns = (
        *("card", "threads", "suggest, ms an image", "again, faces on record"),
        *("second stage, ms a suggestion", "bare forward"),
        *("rate", "rate, faces on record", "images/s", "again", "bare", *STAGES, ELSEWHERE),
    )
    sys.stdout.write(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}, "
        f"{date.today()}, {options.images} images a card\n\n"
    )
    sys.stdout.write(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n")
    every = []
    for card in cards:
        for count in threads:
            run = [sys.executable, __file__, str(options.data), "--here", "--card", card]
            run += ["--threads", str(count), "--images", str(options.images)]
            done = subprocess.run(run, check=True, capture_output=True, text=True)
            every.append(json.loads(done.stdout.splitlines()[-1]))
            sys.stdout.write(row(every[-1]) + "\n")
            sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(every, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
