"""Sequences of images: series, volumes and clips, which follow from the images themselves."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.rows import lookup
from db.tables import ImageRow, ImageStateRow

from ..domain.sequences import Sequence, sequences_of
from .images import assets
from .sessions import Part, reads


class Sequences(Part):
    """Sequences of projects."""

    @reads
    def sequences(
        self, session: Session, project_id: UUID, of: Iterable[UUID] | None = None
    ) -> list[Sequence]:
        """Return a project's sequences, each where its first image came; or those with images `of`.

        Those that share a stack with one of these images are among them.
        """
        state = ImageStateRow
        rows = select(ImageRow).join(state).where(state.project_id == project_id)
        rows = rows.where(state.stack.is_not(None), state.removed.is_(False))
        if of is None:
            found = list(session.scalars(rows))
        else:
            own = lookup(session, select(state.stack), state.image_id, of)
            stacks = {stack for (stack,) in own if stack is not None}
            found = [row for (row,) in lookup(session, rows, state.stack, stacks)]
        found.sort(key=lambda row: row.position)
        return sequences_of(project_id, assets(session, found))
