"""A rater in a process of its own: writes acts and prints the id of each that is acknowledged."""

from __future__ import annotations

import uuid
from multiprocessing.process import BaseProcess
from pathlib import Path

import warm_processes

from annotator.domain import Annotation, BoundingBox, Decision
from annotator.record import Record


def begin_writing(
    url: str, image_id: uuid.UUID, rater: str, count: int, printed: Path
) -> BaseProcess:
    """Begin the process; a fault is added to a file named as that of the ids, and ``.fault``."""
    fault = printed.with_name(f"{printed.name}.fault")
    return warm_processes.begin(_write, url, image_id, rater, count, stdout=printed, stderr=fault)


def _write(url: str, image_id: uuid.UUID, rater: str, count: int) -> None:
    with Record.open(url) as record:
        for number in range(count):
            act = Annotation(
                id=uuid.uuid4(),
                image_id=image_id,
                region_id=uuid.uuid4(),
                rater=rater,
                decision=Decision.ADDED,
                label="happy",
                region=BoundingBox(number % 300, 1, 2, 3),
            )
            (acknowledged,) = record.record_acts([act])
            print(acknowledged, flush=True)  # noqa: T201
