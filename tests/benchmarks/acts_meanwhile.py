"""How long an annotator's act waits while suggestions are written to SQLite.

    python tests/benchmarks/acts_meanwhile.py [--images 400] [--runs 0 --runs 100]

A worker in a process of its own computes suggestions, and writes as many runs a transaction as it
chooses (0) or is told; meanwhile this process records an act every 50 ms, as the editor's line
does. Printed are the times of acts while nothing is written, and while the job runs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "drivers"))

import cv2
import numpy as np
from own_home import opened_home

from annotator.domain import Annotation, BoundingBox, Decision, JobState
from annotator.workflows.annotating import save_acts
from annotator.workflows.importing import import_paths
from annotator.workflows.jobs import start_job, suggest_job
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

_EVERY_S = 0.05
_QUIET_ACTS = 60
_WORKER = """
import sys
from annotator.cli import main
from annotator.workflows import run_writer
if int(sys.argv[1]):
    run_writer.MOST_RUNS = run_writer.LEAST_RUNS = int(sys.argv[1])
sys.exit(main(["work", "--once"]))
"""


def acts(workspace: Workspace, project: str, goes_on: Callable[[], bool]) -> list[float]:
    """Record an act after the other; return how long each took, in milliseconds."""
    images = workspace.record.image_ids(workspace.record.project(project).id)
    took = []
    while goes_on():
        name = uuid.uuid4()
        box = BoundingBox(1, 2, 3, 4)
        act = Annotation(
            name, images[len(took) % len(images)], name, "tester", Decision.ADDED, "glioma", box
        )
        begun = time.perf_counter()
        report = save_acts(workspace, [act])
        took.append(1000 * (time.perf_counter() - begun))
        assert name in report.recorded, report
        time.sleep(_EVERY_S)
    return took


def described(took: list[float]) -> str:
    """Return median, 95th percentile and maximum."""
    ranked = statistics.quantiles(took, n=100)
    return f"{statistics.median(took):.0f} | {ranked[94]:.0f} | {max(took):.0f} | {len(took)}"


def measure(folder: Path, images: int, runs: int) -> None:
    """Print a row for so many runs in a transaction."""
    with opened_home(folder) as workspace:
        slices = folder / "slices"
        slices.mkdir()
        noise = np.random.default_rng(1)
        for number in range(images):
            coarse = noise.integers(0, 256, (8, 8), dtype=np.uint8)
            cv2.imwrite(str(slices / f"{number}.png"), cv2.resize(coarse, (256, 256)))
        create_project(workspace, "slices", model="brain-mri-tumour")
        import_paths(workspace, "slices", [slices])
        left = iter(range(_QUIET_ACTS))
        quiet = acts(workspace, "slices", lambda: next(left, None) is not None)
        job = start_job(workspace, suggest_job(workspace, "slices"))
        environment = os.environ | {
            "ANNOTATOR_HOME": str(workspace.settings.home),
            "ANNOTATOR_SECRETS": str(workspace.settings.secrets_folder),
            "ANNOTATOR_DEVICE": "cpu",
        }
        begun = time.perf_counter()
        with (folder / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-c", _WORKER, str(runs)], env=environment, stdout=log, stderr=log
            )
        meanwhile = acts(workspace, "slices", lambda: worker.poll() is None)
        seconds = time.perf_counter() - begun
        ended = workspace.record.jobs.job(job.id)
        assert ended.state is JobState.DONE, ended
    sys.stdout.write(
        f"| {runs or 'chosen'} | {described(quiet)} | {described(meanwhile)} | {seconds:.1f} |\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Measure for each number of runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--runs", type=int, action="append")
    options = parser.parse_args()
    sys.stdout.write(
        "| runs a transaction | before: median | p95 | max ms | acts "
        "| meanwhile: median | p95 | max ms | acts | s |\n"
        f"{'|---' * 10}|\n"
    )
    for runs in options.runs or [0, 100]:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), options.images, runs)
    sys.stdout.write(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main()
