"""People at browsers, their editors, and what has to hold of an image after each step."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

from editor_browsers import EditorBrowsers
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from reading_model import Kept, Model, pixels_of
from reading_study import APART, BROWSERS, READERS, World, settings_of
from sqlalchemy.orm import Session

from annotator.domain import Person, Project, Review, Role
from annotator.domain.queues import QueueChoice
from annotator.errors import NotAllowedError, ProtocolError
from annotator.record.progress import wrong_states
from annotator.ui.editor_desk import ReaderDesk
from annotator.workflows.people import account_named
from annotator.workflows.reading import my_issues
from annotator.workflows.workspace import Workspace


def _wrong_states(session: Session) -> list[uuid.UUID]:
    return list(wrong_states(session))


class SeatedPeople(RuleBasedStateMachine):
    """An installation of its own for each run, people at two browsers, and the model."""

    world: World
    browsers: EditorBrowsers

    @initialize()
    def begin(self) -> None:
        self.closing = contextlib.ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        self.home = folder / "home"
        shutil.copytree(self.world.template, self.home)
        self.url = self.closing.enter_context(self.world.new_database())
        self.settings = settings_of(self.home, self.url)
        self.workspace = Workspace.open(self.settings)
        self.projects: dict[str, Project] = {
            name: self.workspace.record.project(name) for name in ("open", "blind")
        }
        images = {
            str(image): name
            for name, project in self.projects.items()
            for image in self.workspace.record.image_ids(project.id)
        }
        self.images = list(images)
        self.model = Model(images, APART.readers)
        self.browsers.do("forget")
        self.seated: dict[str, tuple[str, str] | None] = dict.fromkeys(BROWSERS)
        self.state: dict[str, dict[str, Any]] = {}
        self.readonly: dict[str, bool] = {}
        self.reading_ids: dict[str, str | None] = {}
        self.unanswered: dict[str, tuple[object, str]] = {}
        self.readers = set(READERS)
        self.saved: tuple[Path, Kept] | None = None
        self.restored = False
        self.adjudicated: set[str] = set()
        self.touched = set(self.images)
        self.accounts = {
            name: account_named(self.workspace, name).id for name in (*READERS, "rev", "ada")
        }

    def teardown(self) -> None:
        if not hasattr(self, "workspace"):
            return
        try:
            for image in self.images:
                self.compare(image)
            self.compare_questions()
            assert self.workspace.record.safekeeping.faults() == []
            record = self.workspace.record
            # To compare all tables with what they should be takes long; acts leave them alone.
            wrong = record.problems() if self.restored else record._sessions.read(_wrong_states)
            assert wrong == []
        finally:
            self.workspace.close()
            self.closing.close()

    def as_person(self, name: str) -> Workspace:
        roles = {
            project.id: frozenset({Role.RATER} if name in self.readers else ())
            for project in self.projects.values()
        }
        if name in ("rev", "ada"):
            role = Role.REVIEWER if name == "rev" else Role.ADJUDICATOR
            roles = {project.id: frozenset({role}) for project in self.projects.values()}
        return self.workspace.as_person(Person(name, self.accounts[name], roles))

    def desk(self, browser: str) -> ReaderDesk:
        person, project = self.seat(browser)
        project_id = self.projects[project].id
        return ReaderDesk(self.as_person(person), project_id, person, QueueChoice(), browser)

    def seat(self, browser: str) -> tuple[str, str]:
        seat = self.seated[browser]
        assert seat is not None
        return seat

    def somebody(self, browser: str) -> bool:
        return self.seated[browser] is not None

    @rule(
        browser=st.sampled_from(BROWSERS),
        person=st.sampled_from(READERS),
        project=st.sampled_from(("open", "blind")),
    )
    def sit_down(self, browser: str, person: str, project: str) -> None:
        self.seated[browser] = person, project
        owner = str(self.projects[project].id)
        self.state[browser] = self.browsers.do("sit", browser=browser, project=owner, rater=person)
        self.readonly[browser] = True
        self.unanswered.pop(browser, None)
        sending = self.state[browser]["sending"] or []
        assert {act["rater"] for act in sending} <= {person}
        assert {self.model.images[act["document"]] for act in sending} <= {project}

    @rule(browser=st.sampled_from(BROWSERS), number=st.integers(0, 1))
    def show(self, browser: str, number: int) -> None:
        if not self.somebody(browser):
            return
        person, project = self.seat(browser)
        image = [key for key, name in self.model.images.items() if name == project][number]
        allowed = person in self.readers and self.model.may_show(image, person)
        try:
            content = self.desk(browser).image(image)
        except (NotAllowedError, ProtocolError):
            assert not allowed, "an image of theirs was not shown"
            return
        assert allowed, "an image was shown that is not theirs"
        self.take_content(browser, asdict(content))

    def take_content(self, browser: str, content: dict[str, Any]) -> None:
        person, _ = self.seat(browser)
        image = content["document"]
        self.model.show(image, person, content["reading_id"])
        self.touched.add(image)
        current = self.model.reading(image, person)
        assert current is not None
        assert current[0] == content["reading_id"]
        stated = {r["id"]: r for r in content["regions"] if r["last_act"] is not None}
        expected = self.model.visible(image, person)
        assert {key: r["last_act"] for key, r in stated.items()} == {
            key: act["id"] for key, act in expected.items()
        }
        for key, act in expected.items():
            assert (stated[key]["decision"], stated[key]["label"]) == (
                act["decision"],
                act["label"],
            )
            assert pixels_of(stated[key]["region"]) == self.model.pixels(act["id"])
        proposed = {r["id"] for r in content["regions"] if r["origin"] == "suggestion"}
        assert bool(proposed) == self.model.sees_suggestions(image, person)
        blind_and_signed = self.model.images[image] == "blind" and current[1].signed
        assert content["readonly"] == blind_and_signed
        self.readonly[browser] = content["readonly"]
        self.reading_ids[browser] = content["reading_id"]
        self.state[browser] = self.browsers.do(
            "show",
            browser=browser,
            document=image,
            reading=content["reading_id"],
            regions=content["regions"],
        )

    def compare(self, image: str) -> None:
        reviewed, touched = self.model.reviewed(image), self.model.touched(image)
        record = self.workspace.record.image_record(uuid.UUID(image))
        assert (record.review is Review.REVIEWED) == reviewed
        kept = self.workspace.record.queue.review(uuid.UUID(image))
        assert (kept is Review.REVIEWED) == reviewed
        if not reviewed:
            assert (record.review is Review.IN_PROGRESS) == touched
        if self.model.images[image] == "open":
            stated = {str(act.region_id): str(act.id) for act in record.annotations}
            visible = self.model.visible(image, READERS[0])
            assert stated == {region: act["id"] for region, act in visible.items()}
            for stating in record.annotations:
                pixels = pixels_of(stating.region.to_json())
                assert pixels == self.model.pixels(str(stating.id))

    def compare_questions(self) -> None:
        for reader in READERS:
            waiting = {
                str(issue.id)
                for project in self.projects.values()
                for issue in my_issues(self.workspace, project.id, reader)
            }
            questions = self.model.kept.questions.items()
            assert waiting == {key for key, (_, addressee) in questions if addressee == reader}
