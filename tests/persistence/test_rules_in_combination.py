"""Record and editor, driven in any order by several people in two browsers, against a small model.

Real: the editor's document and outbox (in Node.js), the desk that answers the editor's line, the
use cases, the record on SQLite and PostgreSQL. `COMBINATIONS` is how many runs there are, of up to
sixty steps each; `make soak` asks for thousands. With `SHRINK` set, a run that fails is made as
short as can be, which takes a while.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pytest
from editor_browsers import EditorBrowsers
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from reading_model import RECORDED
from reading_study import BLOT, BOX, BROWSERS, READERS, STROKES, World, fill, settings_of
from seated_people import SeatedPeople
from sqlalchemy import make_url

from annotator.errors import AnnotatorError, NotAllowedError, ProtocolError
from annotator.ui.region_editor.verdicts import verdicts
from annotator.workflows.adjudicating import adjudicate
from annotator.workflows.backing_up import back_up, restore_backup
from annotator.workflows.reading import assign, raise_issue, withdraw_assignments
from annotator.workflows.workspace import Workspace

RUNS = int(os.environ.get("COMBINATIONS", "100"))
SHRINKING = (Phase.shrink,) if "SHRINK" in os.environ else ()


class Combinations(SeatedPeople):
    """What people do, and what has to hold."""

    # ---- acting -----------------------------------------------------------------------------

    @rule(
        browser=st.sampled_from(BROWSERS),
        action=st.sampled_from(
            ("accept", "reject", "reopen", "relabel", "reshape", "add", "undo", "redo")
        ),
        which=st.integers(0, 3),
        label=st.sampled_from(("nodule", "mass")),
    )
    def act(
        self, browser: str, action: str, which: int, label: str, stroke: Any = STROKES[0]
    ) -> None:
        if not self.somebody(browser) or self.readonly[browser]:
            return
        entries = list(self.state[browser]["entries"])
        if action not in ("add", "undo", "redo") and not entries:
            return
        region = entries[which % len(entries)] if entries else None
        before = self.state[browser]
        after = self.browsers.do(
            "act",
            browser=browser,
            action=action,
            region=region,
            label=label,
            box=BOX,
            blot=BLOT,
            stroke=stroke,
        )
        if action not in ("undo", "redo") and after["undoable"] > before["undoable"]:
            assert after["redoable"] == 0, "a new act leaves nothing to redo"
        if action == "undo":
            assert after["undoable"] == max(0, before["undoable"] - 1)
        self.state[browser] = after

    @rule(
        browser=st.sampled_from(BROWSERS),
        which=st.integers(0, 3),
        strokes=st.lists(st.sampled_from(STROKES), min_size=1, max_size=4),
    )
    def paint(self, browser: str, which: int, strokes: list[Mapping[str, Any]]) -> None:
        """The first makes the region a mask; those after it are sent as what they change."""
        for stroke in strokes:
            self.act(browser, "paint", which, "nodule", stroke)

    # ---- the line ---------------------------------------------------------------------------

    @rule(browser=st.sampled_from(BROWSERS), answered=st.booleans())
    def deliver(self, browser: str, answered: bool) -> None:
        """A parcel arrives; its answer may be lost on the way back."""
        sending = self.state.get(browser, {}).get("sending")
        if not sending:
            return
        person, _ = self.seat(browser)
        expected = self.model.save(sending, person, person in self.readers)
        self.touched.update(act["document"] for act in sending)
        found = verdicts(sending, self.desk(browser).save)
        assert {one["id"]: one["verdict"] for one in found} == expected
        self.state[browser] = self.browsers.do(
            "answer", browser=browser, verdicts=found if answered else None
        )
        if answered:
            waiting = set(self.state[browser]["pending"])
            assert not waiting & {key for key, verdict in expected.items() if verdict == RECORDED}

    @rule(browser=st.sampled_from(BROWSERS))
    def network_is_away(self, browser: str) -> None:
        if self.state.get(browser, {}).get("sending"):
            self.state[browser] = self.browsers.do("answer", browser=browser, verdicts=None)

    @rule(browser=st.sampled_from(BROWSERS))
    def try_again(self, browser: str) -> None:
        if self.somebody(browser) and not self.state[browser]["sending"]:
            self.state[browser] = self.browsers.do("retry", browser=browser)

    @rule(browser=st.sampled_from(BROWSERS))
    def let_go(self, browser: str) -> None:
        if self.somebody(browser):
            self.state[browser] = self.browsers.do("letGo", browser=browser)

    # ---- signing ----------------------------------------------------------------------------

    @rule(browser=st.sampled_from(BROWSERS), answered=st.booleans())
    def done(self, browser: str, answered: bool) -> None:
        """Where its answer is lost, the same Done is pressed again under the same id."""
        state = self.state.get(browser, {})
        if not state.get("document") or self.readonly[browser]:
            return
        if state["pending"] or state["held"]:
            return  # the editor signs only what the record has
        person, _ = self.seat(browser)
        image = state["document"]
        reading_id = self.reading_ids[browser] or ""
        entries = state["entries"].values()
        seen = [entry["last_act"] for entry in entries if entry["last_act"]]
        statement = image, reading_id, tuple(seen)
        before, signature = self.unanswered.pop(browser, (None, ""))
        if before != statement:
            signature = str(uuid.uuid4())
        on_record = signature in self.model.kept.signatures
        allowed = person in self.readers and self.model.may_sign(image, person, reading_id, seen)
        asked = image, self.reading_ids[browser], None, seen, signature
        try:
            content = self.desk(browser).sign(*asked)
        except (NotAllowedError, ProtocolError):
            assert not allowed, "a reading could not be signed"
            known = self.workspace.record.recorded_by(person, [uuid.UUID(signature)])
            assert bool(known) == on_record, "what is signed is said to be"
            return
        assert allowed or on_record
        self.model.sign(reading_id, signature)
        if answered:
            self.take_content(browser, asdict(content))
            return
        self.unanswered[browser] = statement, signature
        assert content.reading_id is not None
        self.model.show(image, person, content.reading_id)
        self.touched.add(image)

    @rule(browser=st.sampled_from(BROWSERS))
    def open_again(self, browser: str) -> None:
        state = self.state.get(browser, {})
        if not state.get("document"):
            return
        person, _ = self.seat(browser)
        image = state["document"]
        allowed = person in self.readers and self.model.may_reopen(image, person)
        act_id = str(uuid.uuid4())
        try:
            for _ in range(2):  # as if the first one's answer had been lost
                self.desk(browser).reopen(image, "looked again", act_id)
        except (NotAllowedError, ProtocolError):
            assert not allowed, "a reading could not be opened again"
            return
        assert allowed
        self.model.reopen(image, person)
        self.touched.add(image)

    @rule(
        browser=st.sampled_from(BROWSERS),
        person=st.sampled_from(READERS),
        project=st.sampled_from(("open", "blind", "blind")),
        number=st.integers(0, 1),
        actions=st.lists(st.sampled_from(("accept", "reject", "add", "paint", "undo")), max_size=3),
        strokes=st.lists(st.sampled_from(STROKES), max_size=4),
        signs=st.booleans(),
    )
    def go_through_an_image(
        self,
        browser: str,
        person: str,
        project: str,
        number: int,
        actions: list[str],
        strokes: list[Mapping[str, Any]],
        signs: bool,
    ) -> None:
        """What people mostly do, so that runs get as far as adjudication."""
        if project == "blind":
            self.assign_image(number, person)
        self.sit_down(browser, person, project)
        self.show(browser, number)
        for which, action in enumerate(actions):
            self.act(browser, action, which, "nodule")
        self.paint(browser, 0, strokes)
        while self.state[browser]["sending"]:
            self.deliver(browser, answered=True)
        if signs:
            self.done(browser, answered=True)

    # ---- reviewers, managers, adjudicators --------------------------------------------------

    @precondition(lambda self: self.model.kept.acts)
    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        act_id = data.draw(st.sampled_from(sorted(self.model.kept.acts)))
        act = self.model.kept.acts[act_id]
        allowed = self.model.may_ask(act_id)
        about = uuid.UUID(act["document"]), uuid.UUID(act_id), "Why?"
        person, key = self.as_person("rev"), uuid.uuid4()
        try:
            for _ in range(2):  # as if the first one's answer had been lost
                issue = raise_issue(person, *about, reviewer="rev", issue_id=key)
        except ProtocolError:
            assert not allowed
            return
        assert allowed
        self.model.ask(act_id, str(issue.id))
        self.touched.add(act["document"])
        self.compare_questions()

    @rule(number=st.integers(0, 1), reader=st.sampled_from(READERS))
    def assign_image(self, number: int, reader: str) -> None:
        image = [key for key, name in self.model.images.items() if name == "blind"][number]
        project_id = self.projects["blind"].id
        allowed = self.model.may_assign(image, reader)
        try:
            new = assign(
                self.workspace, project_id, [reader], actor="mia", image_ids=[uuid.UUID(image)]
            )
        except ProtocolError:
            assert not allowed
            return
        assert allowed
        assert new == int(self.model.assign(image, reader))

    @rule(number=st.integers(0, 1), reader=st.sampled_from(READERS))
    def take_back(self, number: int, reader: str) -> None:
        image = [key for key, name in self.model.images.items() if name == "blind"][number]
        expected = int(self.model.withdraw(image, reader))
        try:
            taken = withdraw_assignments(
                self.workspace, [uuid.UUID(image)], reader, actor="mia", reason="ill"
            )
        except AnnotatorError:
            taken = 0
        assert taken == expected
        self.touched.add(image)

    @rule(number=st.integers(0, 1))
    def decide_between(self, number: int) -> None:
        image = [key for key, name in self.model.images.items() if name == "blind"][number]
        allowed = image in self.adjudicated or self.model.may_adjudicate(image)
        try:
            adjudicate(self.as_person("ada"), uuid.UUID(image), "ada", [], "both looked at")
        except ProtocolError:
            assert not allowed or image in self.adjudicated
            return
        assert allowed
        self.adjudicated.add(image)
        self.touched.add(image)

    @rule(reader=st.sampled_from(READERS), may=st.booleans())
    def give_or_take_the_role(self, reader: str, may: bool) -> None:
        (self.readers.add if may else self.readers.discard)(reader)

    # ---- safekeeping ------------------------------------------------------------------------

    @precondition(lambda self: self.saved is None)
    @rule()
    def back_up(self) -> None:
        file = self.home.parent / "kept.backup"
        back_up(self.workspace, file)
        self.saved = file, self.model.backup()
        self.adjudicated_then = set(self.adjudicated)

    @precondition(lambda self: self.saved is not None and not self.restored)
    @rule()
    def restore(self) -> None:
        assert self.saved is not None
        file, kept = self.saved
        self.restored = True
        self.workspace.close()
        if self.url is not None:
            self.url = self.closing.enter_context(self.world.new_database(empty=True))
            self.settings = settings_of(self.home, self.url)
        restore_backup(self.settings, file, actor="operator", reason="the disk failed")
        self.workspace = Workspace.open(self.settings)
        self.model.restore(kept)
        self.adjudicated = set(self.adjudicated_then)
        self.touched = set(self.images)
        self.compare_questions()
        # Pages that were open show what is gone: people load them anew.
        for browser, seat in self.seated.items():
            if seat is not None:
                self.sit_down(browser, *seat)

    # ---- what holds -------------------------------------------------------------------------

    @invariant()
    def what_was_touched_is_as_the_model_says(self) -> None:
        for image in getattr(self, "touched", ()):
            self.compare(image)
        self.touched = set()


@pytest.fixture(scope="session")
def browsers() -> Iterator[EditorBrowsers]:
    if shutil.which("node") is None:
        pytest.skip("Node.js is not on this machine")
    opened = EditorBrowsers()
    yield opened
    opened.close()


def run(world: World, browsers: EditorBrowsers, examples: int) -> None:
    machine = type("Combined", (Combinations,), {"world": world, "browsers": browsers})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=60,
            deadline=None,
            # A step is some database transactions: to shrink a run takes many minutes.
            phases=(Phase.explicit, Phase.reuse, Phase.generate, *SHRINKING),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.node
@pytest.mark.timeout(0)  # as long as `COMBINATIONS` asks for
def test_on_sqlite(browsers, make, tmp_path):
    with Workspace.open(settings_of(tmp_path / "template", None)) as workspace:
        fill(workspace, make)

    @contextlib.contextmanager
    def in_the_folder(*, empty: bool = False) -> Iterator[None]:
        del empty
        yield None

    run(World(tmp_path / "template", in_the_folder), browsers, RUNS)


@pytest.mark.node
@pytest.mark.postgresql
@pytest.mark.timeout(0)  # as long as `COMBINATIONS` asks for
def test_on_postgresql(browsers, make, tmp_path, new_postgresql):
    with new_postgresql("migrated") as url:
        home = tmp_path / "template"
        with Workspace.open(settings_of(home, url)) as workspace:
            fill(workspace, make)
        for heads in home.glob("chain-heads-*"):
            heads.unlink()

        @contextlib.contextmanager
        def of_the_server(*, empty: bool = False) -> Iterator[str]:
            with new_postgresql("migrated" if empty else make_url(url).database) as made:
                yield made

        run(World(home, of_the_server), browsers, max(1, RUNS * 3 // 20))
