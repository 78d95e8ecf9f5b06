"""An installation with a project, and somebody for each role in it."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from account_server import OTHER, WORDS, Browser, Served
from argon2 import PasswordHasher
from PIL import Image
from watched_study import PROTOCOLS, Study

from annotator.domain import Assignment, Mode, Person, Project, Protocol, Role
from annotator.record.people import credentials
from annotator.settings import Settings, SignIn
from annotator.ui import installation as opened
from annotator.ui.pixel_route import PixelRoute
from annotator.workflows.importing import import_paths
from annotator.workflows.people import account_named, invite, set_role
from annotator.workflows.projects import create_project
from annotator.workflows.reading import set_protocol
from annotator.workflows.signing_in import join_with_password, set_up_code
from annotator.workflows.workspace import Workspace

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOBODY, STRANGER, BYSTANDER = "without a role", "manager of another project", "bystander"


@dataclass(frozen=True)
class Team:
    """An installation, its project, and who is what in it."""

    workspace: Workspace
    project: Project
    image_ids: list[uuid.UUID]

    def as_role(self, who: str) -> Workspace:
        """The installation as somebody of that role works on it."""
        return self.workspace.as_person(self.person(who))

    def person(self, who: str) -> Person:
        return account_named(self.workspace, f"the {who}").person


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a project, two images, and somebody for each role."""
    home = tmp_path_factory.mktemp("people") / "home"
    picture = tmp_path_factory.mktemp("pictures")
    for number in range(2):
        pixels = np.full((20, 30), 40 + 90 * number, np.uint8)
        Image.fromarray(pixels).save(picture / f"{number}.png")
    with Workspace.open(settings_of(home)) as workspace:
        project = create_project(workspace, "films", labels=["node"])
        other = create_project(workspace, "another", labels=["node"])
        import_paths(workspace, "films", [picture])
        alone = Protocol(Mode.UNAIDED, readers=2, assignment=Assignment.OPEN)
        set_protocol(workspace, project.id, alone, actor="operator")
        for role in Role:
            invite(workspace, f"the {role.value}", admin=role is Role.ADMIN)
            if role is not Role.ADMIN:
                account = account_named(workspace, f"the {role.value}")
                set_role(workspace, project.id, account.id, role, True)
        for name in (NOBODY, STRANGER, BYSTANDER):
            invite(workspace, f"the {name}")
        stranger = account_named(workspace, f"the {STRANGER}")
        set_role(workspace, other.id, stranger.id, Role.MANAGER, True)
    return home


def settings_of(home: Path) -> Settings:
    environment = {"ANNOTATOR_HOME": str(home), "ANNOTATOR_RATER": "operator"}
    return replace(Settings.from_environment(environment), sign_in=SignIn.ACCOUNTS)


@contextlib.contextmanager
def a_team(template: Path, home: Path) -> Iterator[Team]:
    shutil.copytree(template, home)
    with Workspace.open(settings_of(home)) as workspace:
        project = workspace.record.project("films")
        yield Team(workspace, project, workspace.record.image_ids(project.id))


@pytest.fixture
def team(template: Path, tmp_path: Path) -> Iterator[Team]:
    """Everybody, on data of their own."""
    with a_team(template, tmp_path / "home") as made:
        yield made


@pytest.fixture(scope="module")
def same_team(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Everybody, on the same data for all tests of a module."""
    with a_team(template, tmp_path_factory.mktemp("team") / "home") as made:
        yield made


@pytest.fixture(scope="session")
def empty_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder without anybody."""
    home = tmp_path_factory.mktemp("nobody") / "home"
    Workspace.open(settings_of(home)).close()
    return home


@pytest.fixture
def empty(empty_template: Path, tmp_path: Path) -> Iterator[Workspace]:
    """An installation that nobody set up."""
    shutil.copytree(empty_template, tmp_path / "empty")
    with Workspace.open(settings_of(tmp_path / "empty")) as workspace:
        yield workspace


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id as it is, with little work; what it costs in truth has a test of its own."""
    little = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(credentials, "_HASHER", little)
    credentials._nobodys.cache_clear()


@pytest.fixture(scope="session")
def now() -> datetime:
    """A moment to count from."""
    return NOW


@pytest.fixture
def ada(empty, now):
    """The token of the first admin's session."""
    return join_with_password(empty, set_up_code(empty, now=now), "Ada", WORDS, now=now)


@pytest.fixture
def bob(empty, ada, now):
    """The token of somebody's session who was invited."""
    return join_with_password(empty, invite(empty, "Bob").code, "", OTHER)


@pytest.fixture
def pixels() -> PixelRoute:
    return PixelRoute()


@pytest.fixture
def served(team, pixels, monkeypatch) -> Iterator[Served]:
    monkeypatch.setattr(opened, "_opened", lambda _settings: team.workspace)
    running = Served(pixels, SignIn.ACCOUNTS)
    yield running
    running.server.should_exit = True
    running.thread.join(10)


@pytest.fixture
def browser(served) -> Browser:
    return Browser(served.port)


@pytest.fixture
def study(team, tmp_path, request) -> Study:
    return Study(team, tmp_path, PROTOCOLS[request.param])
