"""Masks of acts, put together: an act may state what it changes of the mask of one before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session, aliased

from db.rows import batches
from db.tables import AnnotationRow

from ..domain import Annotation, MaskChange, Region, stated_region_from_json
from ..errors import StorageError


class Masks:
    """What acts stated of regions: from it follow the masks of those that state changes."""

    def __init__(self, acts: Iterable[Annotation] = ()) -> None:
        self._regions: dict[UUID, Region | MaskChange] = {act.id: act.region for act in acts}

    def read(self, session: Session, act_ids: Iterable[UUID]) -> None:
        """Read what acts on record stated and, back to a whole mask, those that they change."""
        act, earlier = AnnotationRow, aliased(AnnotationRow)
        for ids in batches(set(act_ids) - self._regions.keys()):
            query = select(act.id, act.supersedes, cast(act.region, String).label("region"))
            later = query.where(act.id.in_(ids)).cte(recursive=True)
            changed = (
                select(earlier.id, earlier.supersedes, cast(earlier.region, String))
                .join(later, later.c.supersedes == earlier.id)
                .where(later.c.region.contains('"changes"'))
            )
            chain = later.union(changed)
            for act_id, region in session.execute(select(chain.c.id, chain.c.region)):
                self._regions[act_id] = stated_region_from_json(orjson.loads(region))

    def whole(self, act: Annotation) -> Annotation:
        """Return an act with the region after it; acts that change it later build on that.

        Raises
        ------
        RegionError
            If what it changes is no mask, or nothing is left of it.
        """
        changes: list[MaskChange] = []
        region: Region | MaskChange | None = act.region
        while isinstance(region, MaskChange):
            changes.append(region)
            region = self._regions.get(region.changes)
        if region is None:
            raise StorageError(
                f"The act {changes[-1].changes}, whose mask another act changes, is not in the "
                "record any more; have an administrator verify the record."
            )
        if changes:
            act = replace(act, region=changes[0].applied_to(region, *changes[1:]))
        self._regions[act.id] = act.region
        return act


def whole(session: Session, acts: Sequence[Annotation]) -> list[Any]:
    """Return acts in the order recorded, each with the region after it."""
    masks = Masks(acts)
    masks.read(session, [a.region.changes for a in acts if isinstance(a.region, MaskChange)])
    return [masks.whole(act) for act in acts]
