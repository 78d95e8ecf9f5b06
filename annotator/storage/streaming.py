"""Reads a whole project image by image, holding only a few of them in memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from db import store

from ..domain import Annotation, ImageRecord, SuggestionRun
from .translation import act_from, image_from, run_from

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_BATCH = 100  # images in memory at once


def stream(session: Session, project_id: uuid.UUID) -> Iterator[ImageRecord]:
    """Yield all that is recorded of each image of a project, in queue order."""
    first = 0
    while batch := store.images(session, project_id, first, _BATCH):
        ids = [row.id for row in batch]
        acts: dict[uuid.UUID, list[Annotation]] = {}
        runs: dict[uuid.UUID, list[SuggestionRun]] = {}
        for act, rater in store.history(session, ids, latest=True):
            acts.setdefault(act.image_id, []).append(act_from(act, rater))
        for run, suggestions in store.runs(session, ids):
            runs.setdefault(run.image_id, []).append(run_from(run, suggestions))
        for row in batch:
            yield ImageRecord(
                image=image_from(row),
                annotations=tuple(acts.get(row.id, ())),
                runs=tuple(runs.get(row.id, ())),
            )
        first = batch[-1].position + 1
        session.expunge_all()
