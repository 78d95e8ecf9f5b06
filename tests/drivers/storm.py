"""A storm: many raters work at once while their server is killed again and again.

The server is a process of its own that answers with the real use cases and the editor's desk. Two
raters share a browser, a thread that does what one does: they take turns, each sends a parcel of
their own acts until it is answered, and in each parcel lie acts that can never be recorded: one of
a reading that is signed, one that the other made. What every rater had acknowledged is compared
with the record at the end.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any

import warm_processes
from patience import PATIENCE_S

from annotator.domain import (
    BoundingBox,
    ImageAsset,
    Label,
    LabelSet,
    Mode,
    Protocol,
)
from annotator.domain.queues import QueueChoice
from annotator.errors import AnnotatorError
from annotator.settings import Settings
from annotator.ui.editor_desk import ReaderDesk
from annotator.ui.region_editor.verdicts import verdicts
from annotator.workflows.annotating import open_image
from annotator.workflows.auditing import verify
from annotator.workflows.reading import next_image, sign_reading
from annotator.workflows.workspace import Workspace

_KEY = b"storm"


@dataclass(slots=True)
class Outcome:
    """What a storm came to.

    Attributes
    ----------
    acknowledged : int
        Acts that a rater was told are recorded.
    lost, doubled, renamed : int
        Of those, not on record, on record more than once, and on record under another's name.
    refused : int
        Acts that can never be recorded, and were refused by themselves.
    unanswered : int
        On record though no rater was told: their server died in between.
    seen_early : int
        Acts of others that a rater was shown before adjudication.
    kills : int
    seconds : float
        From the first act to the last.
    save_s : list of float
        How long each acknowledged save took a rater whose server lived through it.
    faults : list of str
        What verification found.
    """

    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    renamed: int = 0
    refused: int = 0
    unanswered: int = 0
    seen_early: int = 0
    kills: int = 0
    seconds: float = 0.0
    save_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def quantile_ms(self, share: float) -> float:
        """Return a quantile of the save's time in milliseconds."""
        return 1000 * sorted(self.save_s)[int(share * (len(self.save_s) - 1))]


def serve(url: str, home: str, address: str) -> None:
    """Answer raters until killed; runs in a process of its own."""
    settings = Settings.from_environment({"ANNOTATOR_HOME": home, "ANNOTATOR_DATABASE_URL": url})
    workspace = Workspace.open(settings)
    Path(address).unlink(missing_ok=True)
    with Listener(address, "AF_UNIX", backlog=128, authkey=_KEY) as listener:
        while True:
            connection = listener.accept()
            threading.Thread(target=_answer, args=(workspace, connection), daemon=True).start()


def _answer(workspace: Workspace, connection: Any) -> None:
    cases = {"open": open_image, "save": _save, "sign": sign_reading, "next": next_image}
    while True:
        try:
            name, arguments = connection.recv()
        except EOFError:
            return
        try:
            answer = cases[name](workspace, *arguments)
        except AnnotatorError as error:
            answer = error
        connection.send(answer)


def _save(
    workspace: Workspace, project_id: uuid.UUID, rater: str, sent: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    desk = ReaderDesk(workspace, project_id, rater, QueueChoice(), "")
    return verdicts(sent, desk.save)


class Storm:
    """Raters, a server, and what kills it.

    Parameters
    ----------
    url : str
        Of an empty, migrated database.
    home : Path
    raters, acts : int
        How many raters, and how many acts all of them make together.
    kill_every_s : (float, float)
        The server lives this long, at least and at most, in seconds.
    """

    def __init__(
        self, url: str, home: Path, raters: int, acts: int, kill_every_s: tuple[float, float]
    ) -> None:
        self._url, self._home = url, home
        self._address = str(home / "server")
        self._raters = [f"rater {number}" for number in range(raters)]
        self._acts_each = acts // raters
        self._kill_every_s = kill_every_s
        self._done = threading.Event()
        self._killed = threading.Event()
        self._acknowledged: dict[uuid.UUID, str] = {}
        self._lock = threading.Lock()
        self._outcome = Outcome()
        self._failures: list[BaseException] = []

    def run(self) -> Outcome:
        """Let it pass, and compare."""
        project_id = self._prepare()
        supervisor = threading.Thread(target=self._supervise)
        supervisor.start()
        begun = time.monotonic()
        pairs = zip(self._raters[::2], self._raters[1::2], strict=True)
        threads = [threading.Thread(target=self._work, args=(project_id, pair)) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._outcome.seconds = time.monotonic() - begun
        self._done.set()
        supervisor.join()
        if self._failures:
            raise self._failures[0]
        self._compare(project_id)
        return self._outcome

    def _prepare(self) -> uuid.UUID:
        """Make a blind project that all raters read, an image for every ten of their acts."""
        with self._workspace() as workspace:
            labels = LabelSet((Label("s", "nodule", "nodule"),))
            protocol = Protocol(mode=Mode.BLIND_THEN_REVEAL, readers=len(self._raters))
            project = workspace.record.create_project("storm", labels, protocol=protocol)
            count = self._acts_each // 10 + 1
            assets = [
                ImageAsset(f"{n}.png", 400, 300, uuid.uuid4().hex * 2, uuid.uuid4().hex * 2)
                for n in range(count)
            ]
            workspace.record.add_images(project.id, assets)
            return project.id

    def _workspace(self) -> Workspace:
        self._home.mkdir(exist_ok=True)
        return Workspace.open(self._settings(), upgrade=True)

    def _settings(self) -> Settings:
        return Settings.from_environment(
            {"ANNOTATOR_HOME": str(self._home), "ANNOTATOR_DATABASE_URL": self._url}
        )

    def _supervise(self) -> None:
        log = self._home / "server.log"
        while not self._done.is_set():
            where = self._url, str(self._home), self._address
            server = warm_processes.begin(serve, *where, stdout=log)
            while not Path(self._address).exists() and server.is_alive():
                time.sleep(0.02)
            if not self._done.wait(random.uniform(*self._kill_every_s)):  # noqa: S311
                self._outcome.kills += 1
                self._killed.set()
            server.kill()
            server.join()
            Path(self._address).unlink(missing_ok=True)

    def _work(self, project_id: uuid.UUID, pair: tuple[str, str]) -> None:
        try:
            browser = _Browser(self._address)
            made, signed = dict.fromkeys(pair, 0), dict[str, tuple[str, str]]()
            while min(made.values()) < self._acts_each:
                for rater, other in (pair, pair[::-1]):
                    if made[rater] >= self._acts_each:
                        continue
                    image_id = browser.ask("next", project_id, rater)
                    for _ in ("first", "revealed"):
                        view = browser.ask("open", project_id, image_id, rater)
                        others = [act for act in view.annotations if act.rater != rater]
                        with self._lock:
                            self._outcome.seen_early += len(others)
                        parcel = self._parcel(view, rater, min(5, self._acts_each - made[rater]))
                        hopeless = [_act(view, 0, other)]
                        if rater in signed:
                            hopeless.append(_act(view, 0, rater) | _where(*signed[rater]))
                        made[rater] += len(parcel)
                        if min(made.values()) >= self._acts_each:
                            # However fast the machine is: nobody is done before the server died.
                            self._killed.wait(PATIENCE_S)
                        self._send(browser, project_id, rater, parcel, hopeless)
                        done = "", view.reading.id, None, uuid.uuid4()
                        browser.ask("sign", image_id, rater, *done)
                        signed[rater] = str(image_id), str(view.reading.id)
        except BaseException as error:  # noqa: BLE001 - told by `run`
            self._failures.append(error)

    def _parcel(self, view: Any, rater: str, count: int) -> list[dict[str, Any]]:
        return [_act(view, number, rater) for number in range(count)]

    def _send(
        self,
        browser: _Browser,
        project_id: uuid.UUID,
        rater: str,
        parcel: list[dict[str, Any]],
        hopeless: list[dict[str, Any]],
    ) -> None:
        """Send acts, those that can never be recorded first; each has its own verdict."""
        reconnected, begun = browser.connections, time.monotonic()
        answer = browser.ask("save", project_id, rater, [*hopeless, *parcel])
        took = time.monotonic() - begun
        verdict_of = {one["id"]: one["verdict"] for one in answer}
        with self._lock:
            self._acknowledged |= {
                uuid.UUID(key): rater
                for key, verdict in verdict_of.items()
                if verdict == "recorded"
            }
            self._outcome.refused += sum(verdict_of[one["id"]] == "refused" for one in hopeless)
            if browser.connections == reconnected:
                self._outcome.save_s.append(took)

    def _compare(self, project_id: uuid.UUID) -> None:
        recorded: Counter[uuid.UUID] = Counter()
        by: dict[uuid.UUID, str] = {}
        with self._workspace() as workspace:
            for image_id in workspace.record.image_ids(project_id):
                history = workspace.record.history(image_id)
                recorded.update(act.id for act in history)
                by |= {act.id: act.rater for act in history}
            self._outcome.faults = workspace.record.problems()
        self._outcome.faults += verify(self._settings())
        told = self._acknowledged
        self._outcome.acknowledged = len(told)
        self._outcome.lost = sum(recorded[key] == 0 for key in told)
        self._outcome.renamed = sum(by.get(key, rater) != rater for key, rater in told.items())
        self._outcome.doubled = sum(count > 1 for count in recorded.values())
        self._outcome.unanswered = sum(key not in told for key in recorded)


def _act(view: Any, number: int, rater: str) -> dict[str, Any]:
    """Return an act as the editor sends it: a box drawn on the image that is shown."""
    box = BoundingBox(number, 1, 2, 3).to_json()
    return _where(str(view.asset.id), str(view.reading.id)) | {
        "kind": "region",
        "id": str(uuid.uuid4()),
        "rater": rater,
        "region_id": str(uuid.uuid4()),
        "action": "add",
        "decision": "added",
        "label": "nodule",
        "region": box,
        "derived_from": None,
        "supersedes": None,
    }


def _where(image_id: str, reading_id: str) -> dict[str, Any]:
    return {"document": image_id, "reading_id": reading_id}


class _Browser:
    """Asks the server, again and again while it is dead."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: Any = None
        self.connections = 0

    def ask(self, name: str, *arguments: Any) -> Any:
        """Return the server's answer; what was recorded and not answered is asked again."""
        patience = time.monotonic() + PATIENCE_S
        while True:
            try:
                if self._connection is None:
                    self._connection = Client(self._address, "AF_UNIX", authkey=_KEY)
                    self.connections += 1
                self._connection.send((name, arguments))
                answer = self._connection.recv()
            except (OSError, EOFError):
                if time.monotonic() > patience:
                    raise
                self._connection = None
                time.sleep(0.05)
                continue
            if isinstance(answer, AnnotatorError):
                raise answer
            return answer
