"""What painting costs the record: strokes on one mask, each saved by itself, undone and redone.

    python tests/benchmarks/mask_strokes.py [--strokes 500] [--size 512]

As the editor sends them: a stroke is the pixels that flip against the act before it, and every
64th in a row, or where that is shorter, the whole mask. Undone to the first and redone, each by an
act as well. On SQLite and on a PostgreSQL server of its own, with durable commits on both. Printed
as Markdown.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from record import databases, say
from sqlalchemy import text

from annotator.domain import BoolMask, ImageAsset, Label, LabelSet, Mask, MaskChange
from annotator.settings import Settings
from annotator.ui.region_editor.acts import EditorAct, act_from_json
from annotator.workflows.annotating import save_acts
from annotator.workflows.workspace import Workspace
from db.engine import Database

_WHOLE_EVERY = 64


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--strokes", type=int, default=500)
    parser.add_argument("--size", type=int, default=512, help="of the image, in pixels")
    args = parser.parse_args()
    states = list(itertools.islice(painted(args.size), args.strokes + 1))
    say(f"{args.strokes} strokes on a mask of {args.size} x {args.size} px:\n")
    say("| | ms a stroke, p50 | p95 | undone and redone, p95 | kB a stroke | read, ms | equal |")
    say("|---" * 7 + "|")
    with databases() as urls, tempfile.TemporaryDirectory(prefix="strokes-") as home:
        for name, url in urls.items():
            environment = {"ANNOTATOR_HOME": str(Path(home) / name), "ANNOTATOR_DATABASE_URL": url}
            with Workspace.open(Settings.from_environment(environment), upgrade=True) as workspace:
                say(f"| {name} | {' | '.join(measured(workspace, url, states, args.size))} |")


def painted(size: int) -> Iterator[Mask]:
    """Yield a mask, and the same after each of many strokes of a brush or an eraser."""
    random = np.random.default_rng(17)
    pixels: BoolMask = np.zeros((size, size), dtype=bool)
    pixels[size // 4 : size // 2, size // 4 : size // 2] = True
    at = np.array([size / 2, size / 2])
    while True:
        mask = Mask.of(pixels)
        assert mask is not None
        yield mask
        stroke = np.zeros((size, size), dtype=np.uint8)
        steps = np.clip(at + np.cumsum(random.normal(0, 9, (12, 2)), axis=0), 8, size - 8)
        at = steps[-1] if random.random() < 0.8 else random.uniform(8, size - 8, 2)
        line = np.round(steps).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(
            stroke, [line], isClosed=False, color=1, thickness=int(random.integers(3, 17))
        )
        pixels = pixels & (stroke == 0) if random.random() < 0.3 else pixels | (stroke > 0)


class Painter:
    """Saves acts on one region, as a browser sends them."""

    def __init__(self, workspace: Workspace, image_id: uuid.UUID) -> None:
        self._workspace = workspace
        self._image = str(image_id)
        self._region = str(uuid.uuid4())
        self._before: tuple[str, Mask] | None = None
        self._in_a_row = 0

    def leave(self, mask: Mask) -> float:
        """Save the act that leaves this mask, and return how long it took, in seconds."""
        act_id, region = str(uuid.uuid4()), mask.to_json()
        if self._before is not None and self._in_a_row + 1 < _WHOLE_EVERY:
            act, before = self._before
            flips = before.flipped(mask)
            change = MaskChange(uuid.UUID(act), flips).to_json() if flips else region
            region = min(region, change, key=lambda one: len(json.dumps(one)))
        self._in_a_row = self._in_a_row + 1 if "changes" in region else 0
        sent = {
            "kind": "region",
            "id": act_id,
            "document": self._image,
            "rater": "Ada",
            "region_id": self._region,
            "action": "reshape",
            "decision": "added",
            "label": "lesion",
            "region": region,
            "derived_from": None,
            "supersedes": self._before[0] if self._before else None,
        }
        begin = time.perf_counter()
        received = act_from_json(json.loads(json.dumps(sent)))
        assert isinstance(received, EditorAct)
        report = save_acts(self._workspace, [received.as_domain()])
        took = time.perf_counter() - begin
        assert report.recorded == (uuid.UUID(act_id),), report
        self._before = act_id, mask
        return took


def measured(workspace: Workspace, url: str, states: Sequence[Mask], size: int) -> list[str]:
    """Return the cells of a row: what it took to paint, undo and redo, and what is read."""
    labels = LabelSet((Label("project", "lesion", "a lesion"),))
    project = workspace.record.create_project("strokes", labels)
    asset = ImageAsset("slice.png", size, size, uuid.uuid4().hex * 2, uuid.uuid4().hex * 2)
    image = workspace.record.add_images(project.id, [asset]).added[0]
    painter = Painter(workspace, image.id)
    painter.leave(states[0])
    before = bytes_of(url)
    took = [painter.leave(mask) for mask in states[1:]]
    grown = (bytes_of(url) - before) / len(took)
    back = [painter.leave(mask) for mask in (*reversed(states[:-1]), *states[1:])]
    begin = time.perf_counter()
    (now,) = workspace.record.image_record(image.id).annotations
    read = time.perf_counter() - begin
    history = [act.region for act in workspace.record.history(image.id)]
    stated = [*states, *reversed(states[:-1]), *states[1:]]
    equal = now.region == states[-1] and history == stated
    assert workspace.record.safekeeping.faults() == []
    p95 = (statistics.quantiles(times, n=20)[-1] * 1000 for times in (took, back))
    return [
        f"{statistics.median(took) * 1000:.1f}",
        *(f"{value:.1f}" for value in p95),
        f"{grown / 1000:.2f}",
        f"{read * 1000:.0f}",
        "bit for bit" if equal else "NO",
    ]


def bytes_of(url: str) -> int:
    """Return how many bytes a database's pages have."""
    database = Database(url)
    try:
        if database.is_sqlite:
            query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        else:
            query = "SELECT pg_database_size(current_database())"
        with database.reading() as session:
            size: Any = session.scalar(text(query))
        return int(size)
    finally:
        database.close()


if __name__ == "__main__":
    main()
