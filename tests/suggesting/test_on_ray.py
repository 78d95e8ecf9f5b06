"""Suggestions on Ray: workers that are killed, pictures that fail, and what a cluster refuses."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from child_process import output_of
from noise_slices import noise_slices
from patience import PATIENCE_S, wait_for
from ray_processes import AT_WORK, of_session, processes, read

from annotator.cli import main
from annotator.engines.ray import LETHAL
from annotator.errors import SettingsError
from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.jobs import list_jobs, suggest_job
from annotator.workflows.projects import create_project
from annotator.workflows.suggesting import suggest_project
from annotator.workflows.workspace import Workspace

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is not installed")
LONGEST_S = 4 * PATIENCE_S
"""Five processes that import torch are started, on however few cores."""
REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Cluster:
    """Two workers' worth of a cluster on this machine, which nobody else may use."""

    address: str
    environment: dict[str, str]

    @property
    def token(self) -> str:
        return self.environment["RAY_AUTH_TOKEN"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    environment = os.environ | {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on the loopback interface alone
        "RAY_USAGE_STATS_ENABLED": "0",
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests" / "drivers")]),
    }
    # A socket's path may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    log, address = folder / "log", folder / "ray_current_cluster"
    command = [
        str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--port=0",
        "--num-cpus=2", "--num-gpus=0", "--object-store-memory=134217728",
        "--include-dashboard=false", f"--temp-dir={folder}",
    ]  # fmt: skip
    cluster = Cluster("", environment)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_for(lambda: process.poll() is not None or b"runtime started" in read(log), "a cluster")
        assert process.poll() is None, read(log)
        yield replace(cluster, address=address.read_text().strip())
    finally:
        while running := of_session(process.pid):
            for one in running:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            process.wait(PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def workspace(tmp_path):
    """Forty slices of several sizes, in a store at an address; one is damaged there."""
    folder, store = tmp_path / "slices", tmp_path / "store"
    noise_slices(folder, 40, (64, 80, 48), 72, name="slice{:02d}.png")
    home = {"ANNOTATOR_HOME": str(tmp_path / "home"), "ANNOTATOR_PIXELS": f"file://{store}"}
    with Workspace.open(Settings.from_environment(home), upgrade=True) as opened:
        create_project(opened, "slices", model="brain-mri-tumour")
        import_paths(opened, "slices", [folder])
        damaged = opened.record.images(opened.record.project("slices").id)[7].pixels_sha256
        for kept in tmp_path.rglob(f"{damaged}*"):
            kept.write_bytes(kept.read_bytes()[:-40])
        yield opened


@needs_ray
@pytest.mark.ray
def test_with_a_worker_killed_each_image_has_the_run_that_this_machine_gives_once(
    workspace, cluster
):
    environment = cluster.environment | {
        "ANNOTATOR_HOME": str(workspace.settings.home),
        "ANNOTATOR_PIXELS": workspace.settings.pixels_url,
    }
    engine = f"ray:{cluster.address}"
    command = [sys.executable, "-m", "annotator.cli", "suggest", "slices", "--engine", engine]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        (worker, *_) = wait_for(lambda: processes(cluster.token, AT_WORK), "a worker at work")
        os.kill(worker, signal.SIGKILL)
        printed, complained = process.communicate(timeout=LONGEST_S)
    assert "on 39 images" in printed, complained
    assert "slice07.png: " in complained
    assert "damaged" in complained
    (job,) = list_jobs(workspace)
    assert workspace.record.jobs.job(job.id).sentence in printed

    report = suggest_project(workspace, "slices", again=True, engine="local")
    assert [one.partition(":")[0] for one in report.failures] == ["slice07.png"]
    project = workspace.record.project("slices")
    images = list(workspace.record.image_records(project.id))
    assert [len(image.runs) for image in images] == [
        0 if image.image.file_name == "slice07.png" else 2 for image in images
    ]
    for image in images:
        for there, here in zip(image.runs[:1], image.runs[1:], strict=True):
            assert there.scores == pytest.approx(here.scores, abs=1e-4)
            assert there.notices == here.notices
            assert there.provenance == here.provenance
            assert [one.label for one in there.suggestions] == [
                one.label for one in here.suggestions
            ]
            for one, same in zip(there.suggestions, here.suggestions, strict=True):
                assert one.region.frame == pytest.approx(same.region.frame, abs=1)


def of_engine(cluster, folder, names):
    command = [
        sys.executable, "-c", "import mortal_engine; mortal_engine.main()", cluster.address,
        str(folder), json.dumps(names),
    ]  # fmt: skip
    written = output_of(command, environment=cluster.environment, timeout_s=LONGEST_S)
    outcome = json.loads(written.splitlines()[-1])
    assert outcome["left at work"] == []
    return outcome["came"]


@needs_ray
@pytest.mark.ray
def test_an_image_that_ends_its_worker_each_time_is_given_up_and_no_other(cluster, tmp_path):
    names = ["fails"] * 20 + ["dies"] + ["fails"] * 20 + ["dies once"] + ["fails"] * 6
    came = of_engine(cluster, tmp_path, names)
    assert sorted(re.sub(r"\d+$", "PID", one) for one in came) == sorted(
        [
            f"of dies: {LETHAL}",
            "of dies once: dies once: PID",
        ]
        + ["of fails: fails: PID"] * 46
    )


@needs_ray
@pytest.mark.ray
def test_what_is_paused_while_nothing_comes_ends_and_what_no_worker_can_do_is_a_sentence(
    cluster, tmp_path
):
    assert of_engine(cluster, tmp_path, ["waits"] * 3) == ["JobStopped: "]
    (tmp_path / "no card").touch()
    assert of_engine(cluster, tmp_path, ["fails"] * 3) == [
        "SuggestError: The model card is not the same on each machine; copy it."
    ]
    nobody = Cluster("127.0.0.1:1", cluster.environment)
    (sentence,) = of_engine(nobody, tmp_path, ["fails"])
    assert sentence.startswith("UnavailableError: The Ray cluster at 127.0.0.1:1 cannot be used (")


def test_an_engine_that_is_not_there_or_not_installed_is_a_sentence(workspace, monkeypatch, capsys):
    with pytest.raises(SettingsError, match="There is no engine 'spark'; use local"):
        suggest_job(workspace, "slices", engine="spark")
    with pytest.raises(SettingsError, match="no engine 'ray://head:10001'"):
        Settings.from_environment({"ANNOTATOR_ENGINE": "ray://head:10001"})
    assert Settings.from_environment({"ANNOTATOR_ENGINE": "ray:auto"}).engine == "ray:auto"
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("ANNOTATOR_HOME", str(workspace.settings.home))
    monkeypatch.setenv("ANNOTATOR_PIXELS", workspace.settings.pixels_url)
    assert main(["suggest", "slices", "--engine", "ray"]) == 1
    assert "pip install 'excitation-annotator[ray]'" in capsys.readouterr().err
