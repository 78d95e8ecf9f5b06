"""What step 0002 does with the rows of a 0001 database: their states anew, and their events.

From then on the chains vouch for them; who had changed them before cannot be told.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from db import chain
from db.tables.columns import PlainJson, UtcTime

_BATCH = 1000
_Row = RowMapping
_KINDS: dict[str, Any] = {
    "u": sa.Uuid(),
    "t": sa.String(),
    "i": sa.BigInteger(),
    "f": sa.Double(),
    "j": PlainJson(),
    "d": UtcTime(),
    "b": sa.LargeBinary(),
}


def _table(name: str, **columns: str) -> sa.Table:
    """Return a table as step 0001 has it: names of columns by kind, a letter each."""
    found = [
        sa.Column(column, _KINDS[kind])
        for kind, names in columns.items()
        for column in names.split()
    ]
    return sa.Table(name, sa.MetaData(), *found)


_PROJECTS = _table(
    "projects", u="id", t="name", j="settings", i="signatures_needed", d="created_at"
)
_LABELS = _table("project_labels", u="project_id", t="code scheme meaning", i="position")
_RATERS = _table("raters", u="id", t="name", d="created_at")
_IMAGES = _table(
    "images",
    u="id project_id",
    t="file_name pixels_sha256 source_sha256 modality",
    i="position width height bits channels",
    f="window_black window_white",
    d="created_at",
)
_RUNS = _table(
    "suggestion_runs",
    i="sequence",
    u="id image_id",
    t="model_name model_version model_sha256 method code_version",
    j="parameters scores notices face",
    d="created_at",
)
_SUGGESTIONS = _table(
    "suggestions",
    u="id run_id",
    i="position",
    t="label against",
    j="region",
    f="score strength explained_mass",
)
_MAPS = _table(
    "maps",
    u="run_id",
    i="position grid_height grid_width",
    t="label against layer",
    f="explained_mass",
    b="grid",
    j="extent",
)
_ANNOTATIONS = _table(
    "annotations",
    i="sequence",
    u="id image_id region_id rater_id derived_from supersedes",
    t="decision label",
    j="region",
    d="created_at",
)
_EVENTS = _table(
    "events",
    u="chain row_id",
    i="number",
    d="at",
    t="actor kind row_table digest reason previous_hash hash",
    j="parts before after",
)


def adopt(connection: Connection) -> None:
    """Derive the states of the images anew, and begin the chains."""
    connection.execute(sa.text(_STATES))
    _append(connection, chain.RECORD_CHAIN, _all(connection, sa.select(_RATERS), _RATERS))
    projects = connection.execute(sa.select(_PROJECTS).order_by(_PROJECTS.c.name)).mappings().all()
    for project in projects:
        _append(connection, project["id"], _of_project(connection, project))


def _append(
    connection: Connection,
    chain_id: uuid.UUID,
    rows: Iterator[tuple[sa.Table, _Row, dict[str, list[str]]]],
) -> None:
    previous, now = chain.FIRST, datetime.now(UTC)
    batch = []
    for number, (table, row, parts) in enumerate(rows, start=1):
        event = {
            "chain": chain_id,
            "number": number,
            "at": now,
            "actor": "migration 0002",
            "kind": "adopted",
            "row_table": table.name,
            "row_id": row["id"],
            "digest": chain.digest(table.columns, row),
            "parts": parts or None,
            "before": None,
            "after": None,
            "reason": "",
            "previous_hash": previous,
        }
        previous = event["hash"] = chain.event_hash(event)
        batch.append(event)
        if len(batch) == _BATCH:
            connection.execute(sa.insert(_EVENTS), batch)
            batch = []
    if batch:
        connection.execute(sa.insert(_EVENTS), batch)


def _of_project(
    connection: Connection, project: _Row
) -> Iterator[tuple[sa.Table, _Row, dict[str, list[str]]]]:
    labels = sa.select(_LABELS).where(_LABELS.c.project_id == project["id"])
    rows = connection.execute(labels.order_by(_LABELS.c.position)).mappings()
    yield _PROJECTS, project, {"project_labels": [chain.digest(_LABELS.columns, r) for r in rows]}
    in_project = _IMAGES.c.project_id == project["id"]
    images = sa.select(_IMAGES).where(in_project).order_by(_IMAGES.c.position)
    yield from _all(connection, images, _IMAGES)
    yield from _runs(connection, in_project)
    acts = sa.select(_ANNOTATIONS).join(_IMAGES, _IMAGES.c.id == _ANNOTATIONS.c.image_id)
    ordered = acts.where(in_project).order_by(_ANNOTATIONS.c.sequence)
    yield from _all(connection, ordered, _ANNOTATIONS)


def _all(
    connection: Connection, query: sa.Select[Any], table: sa.Table
) -> Iterator[tuple[sa.Table, _Row, dict[str, list[str]]]]:
    rows = connection.execute(query.execution_options(yield_per=_BATCH)).mappings()
    yield from ((table, row, {}) for row in rows)


def _runs(
    connection: Connection, in_project: sa.ColumnElement[bool]
) -> Iterator[tuple[sa.Table, _Row, dict[str, list[str]]]]:
    query = sa.select(_RUNS).join(_IMAGES, _IMAGES.c.id == _RUNS.c.image_id).where(in_project)
    last = 0
    while runs := (
        connection.execute(
            query.where(_RUNS.c.sequence > last).order_by(_RUNS.c.sequence).limit(100)
        )
        .mappings()
        .all()
    ):
        ids = [run["id"] for run in runs]
        parts: dict[uuid.UUID, dict[str, list[str]]] = {}
        for table in (_SUGGESTIONS, _MAPS):
            owned = sa.select(table).where(table.c.run_id.in_(ids))
            rows = connection.execute(owned.order_by(table.c.run_id, table.c.position)).mappings()
            for run_id, group in groupby(rows, key=lambda row: row["run_id"]):
                digests = [chain.digest(table.columns, row) for row in group]
                parts.setdefault(run_id, {})[table.name] = digests
        yield from ((_RUNS, run, parts.get(run["id"], {})) for run in runs)
        last = runs[-1]["sequence"]


_STATES = """
INSERT INTO image_states
WITH current_runs AS (
    SELECT image_id, max(sequence) AS run FROM suggestion_runs GROUP BY image_id
), numbered AS (
    SELECT image_id, region_id, decision, row_number() OVER (
        PARTITION BY image_id, region_id ORDER BY sequence DESC) AS age
    FROM annotations
), latest AS (
    SELECT image_id, region_id, decision FROM numbered WHERE age = 1
), of_acts AS (
    SELECT image_id,
        sum(CASE WHEN decision IN ('accepted', 'edited', 'added', 'rejected') THEN 1 ELSE 0 END)
            AS claims,
        sum(CASE WHEN decision = 'undecided' THEN 1 ELSE 0 END) AS undecided
    FROM latest GROUP BY image_id
), act_counts AS (
    SELECT image_id, count(*) AS acts FROM annotations GROUP BY image_id
), of_suggestions AS (
    SELECT r.image_id, count(*) AS suggested,
        sum(CASE WHEN l.region_id IS NOT NULL AND l.decision <> 'undecided' THEN 1 ELSE 0 END)
            AS settled
    FROM current_runs c
    JOIN suggestion_runs r ON r.sequence = c.run
    JOIN suggestions s ON s.run_id = r.id
    LEFT JOIN latest l ON l.image_id = r.image_id AND l.region_id = s.id
    GROUP BY r.image_id
)
SELECT i.id, i.project_id, i.position, c.run, coalesce(s.suggested, 0), coalesce(s.settled, 0),
    coalesce(a.claims, 0), coalesce(a.undecided, 0), coalesce(n.acts, 0),
    0, 0, false, false, false,
    coalesce(a.claims, 0) > 0 AND coalesce(a.undecided, 0) = 0
        AND coalesce(s.suggested, 0) = coalesce(s.settled, 0)
FROM images i
LEFT JOIN current_runs c ON c.image_id = i.id
LEFT JOIN of_acts a ON a.image_id = i.id
LEFT JOIN of_suggestions s ON s.image_id = i.id
LEFT JOIN act_counts n ON n.image_id = i.id
"""
