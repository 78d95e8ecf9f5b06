"""Label Studio itself, its server run on SQLite: it takes our file and gives back what is in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from app_server import free_port

from annotator.domain import (
    Annotation,
    Decision,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    LabelValue,
    Presence,
    Provenance,
    Suggestion,
    SuggestionRun,
    region_from_json,
)
from annotator.export import EVERYTHING, Source, export_items
from annotator.formats import ImportedImage, import_format

PROGRAM = shutil.which(os.environ.get("LABEL_STUDIO", "label-studio"))
TOKEN = "0123456789abcdef" * 2 + "01234567"
PREFIX = "https://pictures.example/skin/"
LABELS = LabelSet((Label("x", "A finding", ""), Label("x", "dog & <cat>", "")))
NOW = datetime(2026, 5, 1, tzinfo=UTC)
TABLE = json.loads(Path(__file__).parents[1].joinpath("shapes/examples.json").read_text("utf-8"))
SHAPES = [
    region_from_json(row["region"])
    for row in (*TABLE["regions"], *TABLE["masks"])
    if not row.get("refused")
]

pytestmark = [
    pytest.mark.label_studio,
    pytest.mark.skipif(
        PROGRAM is None,
        reason="Label Studio (pip install label-studio, in an environment of its own)",
    ),
]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A server of one's own; yields what asks it by path, with JSON to post."""
    port = free_port()
    command = [str(PROGRAM), "start", "--no-browser", "--enable-legacy-api-token"]
    command += ["--data-dir", str(tmp_path / "data"), "--user-token", TOKEN]
    command += ["--internal-host", "127.0.0.1", "--port", str(port)]
    command += ["--username", "a@example.org", "--password", uuid.uuid4().hex]
    quiet = {"COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "SENTRY_DSN": ""}
    home = {"HOME": str(tmp_path), "LABEL_STUDIO_BASE_DATA_DIR": str(tmp_path / "data")}

    def asked(path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/api/{path}", data)
        request.add_header("Authorization", f"Token {TOKEN}")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None

    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **quiet, **home},
            start_new_session=True,
        )  # fmt: skip
        try:
            while True:
                assert server.poll() is None, (tmp_path / "server.log").read_text()
                try:
                    asked("version")
                    break
                except OSError:
                    time.sleep(0.2)
            yield asked
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def written(target: Path) -> Path:
    image = ImageAsset("scan 1.png", 24, 20, "ab" * 32, "cd" * 32)
    acts = tuple(
        Annotation(
            *(uuid.uuid4(), image.id, uuid.uuid4(), "Ada", Decision.ADDED),
            *(LABELS.codes[number % 2], region),
            created_at=NOW,
        )
        for number, region in enumerate(SHAPES)
    )
    values = tuple(
        LabelValue(uuid.uuid4(), image.id, "Ada", code, value, created_at=NOW)
        for code, value in zip(LABELS.codes, (Presence.PRESENT, Presence.UNCERTAIN), strict=True)
    )
    made = Provenance("card", "1", "ab" * 32, "excitation backprop", {}, "0.1")
    said = tuple(Suggestion("A finding", one, 0.75, 0.5, "dual", 0.5) for one in SHAPES[:3])
    run = SuggestionRun(image.id, made, {}, said)
    record = ImageRecord(image, acts, (run,), (), values)
    chosen = replace(EVERYTHING, image_prefix=PREFIX)
    source = Source([record], LABELS, "p", uuid.UUID(int=7))
    return export_items(source, target, format_name="label-studio", selection=chosen).folder


def read(path: Path) -> ImportedImage:
    """Read a file; without the reader's name, in place of which a server has its account."""
    (image,) = import_format("label-studio").read(path, LABELS, lambda _: None)
    regions = sorted((replace(one, rater="") for one in image.regions), key=repr)
    values = sorted((replace(one, rater="") for one in image.values), key=repr)
    return replace(image, regions=tuple(regions), values=tuple(values))


def test_label_studios_server_takes_our_file_and_gives_it_back(tmp_path, ask):
    folder = written(tmp_path / "out")
    config = (folder / "label-config.xml").read_text()
    project = ask("projects", {"title": "ours", "label_config": config})["id"]
    tasks = json.loads((folder / "label-studio.json").read_text())
    counts = ask(f"projects/{project}/import", tasks)
    taken = [counts[f"{what}_count"] for what in ("task", "annotation", "prediction")]
    assert taken == [1, 1, 1]
    back = ask(f"projects/{project}/export?exportType=JSON&download_all_tasks=true")
    back[0]["predictions"] = ask(f"predictions?project={project}")
    assert back[0]["data"]["image"] == f"{PREFIX}{tasks[0]['data']['image'].rpartition('/')[2]}"
    (tmp_path / "back.json").write_text(json.dumps(back))
    ours, theirs = read(folder), read(tmp_path / "back.json")
    assert len(ours.regions) > len(SHAPES)
    assert theirs == ours
    rows = ask(f"projects/{project}/export?exportType=JSON_MIN")
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    short = read(tmp_path / "rows.json")
    assert short.faults == ()
    assert list(short.regions) == [one for one in ours.regions if not one.suggested]
    assert short.values == ours.values
