"""Many readers at once, over the real server: what an act and the next image take, what is lost.

    python tests/benchmarks/readers.py [--readers 30] [--minutes 5] [--images 120]

Each reader is an HTTP client of the editor's line with a connection of its own and an account,
and works as people do: the image and its pixels, two acts with a second or two between them,
Done. Afterwards every act that was acknowledged is looked for in the record. Prints Markdown,
with the server's memory minute by minute; figures of a busy machine are none.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS / "drivers")]

from app_server import AppServer  # noqa: E402
from drawn_slices import written_slice  # noqa: E402

from annotator.domain import Mode, Protocol, Role  # noqa: E402
from annotator.record.people.credentials import new_token  # noqa: E402
from annotator.settings import Settings, SignIn  # noqa: E402
from annotator.ui.pixel_route import browser_of  # noqa: E402
from annotator.ui.region_editor import EditorLine, LinePass  # noqa: E402
from annotator.workflows.importing import import_paths  # noqa: E402
from annotator.workflows.people import account_named, invite, set_role  # noqa: E402
from annotator.workflows.projects import create_project  # noqa: E402
from annotator.workflows.reading import set_protocol  # noqa: E402
from annotator.workflows.suggesting import suggest_project  # noqa: E402
from annotator.workflows.workspace import Workspace  # noqa: E402

_SECRET = b"known to both, for this measure."
# The server is the product's own; only the secret that its tokens are signed with is known here,
# so that a reader needs no browser to be given one.
_KNOWN_SECRET = f"""
import secrets
_random = secrets.token_bytes
secrets.token_bytes = lambda size=None: {_SECRET!r} if size == 32 else _random(size)
"""
_ACTS_AN_IMAGE = 2
_NETWORK_S = 20.0


class KnownServer(AppServer):
    """The real app, where people have accounts, with tokens that can be made from outside."""

    @property
    def environment(self) -> dict[str, str]:
        folder = self.home.parent / "site"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(_KNOWN_SECRET)
        paths = os.pathsep.join([str(folder), str(_TESTS.parent)])
        return {**super().environment, "ANNOTATOR_SIGN_IN": "accounts", "PYTHONPATH": paths}


@dataclass
class Taken:
    """What the readers saw."""

    acts_ms: list[float] = field(default_factory=list)
    images_ms: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


class Reader:
    """One reader on a connection of their own."""

    def __init__(self, port: int, name: str, session: str, project: str, taken: Taken) -> None:
        self.name = name
        self._port = port
        self._taken = taken
        self._chance = random.Random(name)  # noqa: S311 - how long people wait
        cookies = {"annotator_browser": f"browser of {name}", "annotator_session": session}
        line = EditorLine(lambda *_: None, lambda *_: ())  # type: ignore[arg-type,return-value]
        line._secret = _SECRET  # the same as the server's
        self._headers = {
            "Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items()),
            "Origin": f"http://127.0.0.1:{port}",
            "X-Annotator-Line": line.open(LinePass(project, name), browser_of(cookies))["token"],
            "Content-Type": "application/json",
        }
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def read(self, first: str, until: float) -> None:
        """Go from image to image until the time is up."""
        try:
            content = self._post("image", {"image": first})["content"]
            while time.monotonic() < until:
                self._look(content)
                for _ in range(_ACTS_AN_IMAGE):
                    self._pause()
                    self._act(content)
                self._pause()
                begun = time.perf_counter()
                sign = {
                    "image": content["document"],
                    "reading": content["reading_id"],
                    "then": content["next"] or first,
                }
                content = self._post("sign", sign)["content"]
                self._taken.images_ms.append(1000 * (time.perf_counter() - begun))
        except Exception as error:  # noqa: BLE001 - said at the end, and the others go on
            self._taken.troubles.append(f"{self.name}: {type(error).__name__}: {error}")

    def _pause(self) -> None:
        time.sleep(self._chance.uniform(1.0, 2.0))

    def _look(self, content: dict[str, Any]) -> None:
        """Fetch what a browser would: the pixels and the first map."""
        for address in [content["image"]["url"], *[m["url"] for m in content["maps"][:1]]]:
            self._connection.request("GET", address, headers=self._headers)
            answer = self._connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"pixels answered {answer.status}")

    def _act(self, content: dict[str, Any]) -> None:
        label = self._chance.choice(content["labels"])["code"]
        act = {
            "kind": "region",
            "id": str(uuid.uuid4()),
            "document": content["document"],
            "rater": self.name,
            "reading_id": content["reading_id"],
            "region_id": str(uuid.uuid4()),
            "action": "add",
            "decision": "added",
            "label": label,
            "region": {"type": "box", "x": 40.0, "y": 50.0, "width": 60.0, "height": 30.0},
            "derived_from": None,
            "supersedes": None,
        }
        begun = time.perf_counter()
        (verdict,) = self._post("acts", {"acts": [act]})["verdicts"]
        self._taken.acts_ms.append(1000 * (time.perf_counter() - begun))
        if verdict["verdict"] == "recorded":
            self._taken.acknowledged.append(act["id"])
        else:
            self._taken.troubles.append(f"{self.name}: {verdict}")

    def _post(self, what: str, message: dict[str, Any]) -> dict[str, Any]:
        self._connection.request("POST", f"/line/{what}", json.dumps(message), self._headers)
        answer = self._connection.getresponse()
        content: dict[str, Any] = json.loads(answer.read() or b"{}")
        if answer.status != 200 or "error" in content:
            raise RuntimeError(f"{what} answered {answer.status}: {content.get('error')}")
        return content


def _prepare(home: Path, readers: int, images: int) -> tuple[str, list[str], dict[str, str]]:
    """Make a project with suggestions, and readers who are signed in; return their tokens."""
    slices = home.parent / "slices"
    slices.mkdir()
    files = [written_slice(slices, k, (170.0 + 17 * (k % 11), 180.0, 30.0)) for k in range(images)]
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(home), "ANNOTATOR_RATER": "op"})
    tokens = {}
    with Workspace.open(replace(settings, sign_in=SignIn.ACCOUNTS), upgrade=True) as workspace:
        project = create_project(workspace, "heads", model="brain-mri-tumour")
        import_paths(workspace, "heads", files)
        suggest_project(workspace, "heads")
        alone = Protocol(Mode.SUGGESTIONS_FIRST, readers=readers)
        set_protocol(workspace, project.id, alone, actor="op")
        for number in range(readers):
            name = f"Reader {number}"
            invite(workspace, name)
            account = account_named(workspace, name)
            set_role(workspace, project.id, account.id, Role.RATER, True)
            tokens[name] = new_token()
            workspace.record.signing_in.begin_session(
                account.id, tokens[name], now=datetime.now(UTC)
            )
        ids = [str(key) for key in workspace.record.image_ids(project.id)]
        return str(project.id), ids, tokens


def _memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def _spread(values: list[float]) -> str:
    ordered = sorted(values)
    p95, p99 = (ordered[min(len(ordered) - 1, int(q * len(ordered)))] for q in (0.95, 0.99))
    middle = statistics.median(ordered)
    return f"{middle:.0f} ms median, {p95:.0f} ms p95, {p99:.0f} ms p99 (n = {len(ordered)})"


def _lost(home: Path, acknowledged: list[str]) -> int:
    with sqlite3.connect(home / "annotator.db") as database:
        rows = database.execute("SELECT id FROM annotations").fetchall()
    there = {uuid.UUID(bytes=r[0]) if isinstance(r[0], bytes) else uuid.UUID(r[0]) for r in rows}
    return sum(uuid.UUID(act_id) not in there for act_id in acknowledged)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--readers", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--images", type=int, default=120)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="readers-") as folder:
        home = Path(folder) / "home"
        project, images, tokens = _prepare(home, options.readers, options.images)
        server = KnownServer(home)
        server.start("--no-demo", anew=True)
        try:
            _measure(server, project, images, tokens, options.minutes)
        finally:
            server.kill()


def _warm_up(server: KnownServer, project: str, images: list[str], tokens: dict[str, str]) -> None:
    """Have everything loaded that the first reader loads for all: the network takes a while."""
    name = next(iter(tokens))
    first = Reader(server.port, name, tokens[name], project, Taken())
    first.read(images[-1], time.monotonic() + 1)
    time.sleep(_NETWORK_S)


def _measure(
    server: KnownServer, project: str, images: list[str], tokens: dict[str, str], minutes: float
) -> None:
    taken = Taken()
    _warm_up(server, project, images, tokens)
    begun = time.monotonic()
    until = begun + 60 * minutes
    threads = []
    for number, (name, token) in enumerate(tokens.items()):
        reader = Reader(server.port, name, token, project, taken)
        first = images[(7 * number) % len(images)]
        threads.append(threading.Thread(target=reader.read, args=(first, until)))
    assert server.process is not None
    memory = [_memory_mb(server.process.pid)]
    for thread in threads:
        thread.start()
        time.sleep(2.0 / len(threads))
    while time.monotonic() < until:
        time.sleep(min(60.0, max(0.1, until - time.monotonic())))
        memory.append(_memory_mb(server.process.pid))
    for thread in threads:
        thread.join()
    load = os.getloadavg()[0]
    rows = [
        ("act, to its verdict", _spread(taken.acts_ms)),
        ("Done, to the next image's record", _spread(taken.images_ms)),
        ("acts acknowledged", str(len(taken.acknowledged))),
        ("of these not in the record", str(_lost(server.home, taken.acknowledged))),
        ("server's memory by the minute", " → ".join(f"{mb:.0f}" for mb in memory) + " MB"),
        ("memory a reader", f"{(memory[-1] - memory[0]) / len(tokens):.1f} MB"),
        ("troubles", str(len(taken.troubles))),
        ("machine's load at the end", f"{load:.1f} on {os.cpu_count()} cores"),
    ]
    lines = [f"| {len(tokens)} readers, {minutes:g} min | measured |", "|---|---|"]
    sys.stdout.write("\n".join([*lines, *(f"| {a} | {b} |" for a, b in rows)]) + "\n")
    for trouble in taken.troubles[:10]:
        sys.stderr.write(trouble + "\n")


if __name__ == "__main__":
    main()
