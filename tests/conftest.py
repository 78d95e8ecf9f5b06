"""What all tests share: required kinds of test, quiet networks, where the shared data lie."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from compiled_once import share_compiled_statements
from patience import made_patient
from playwright.sync_api import Browser, sync_playwright
from stage_driver import CHROMIUM_FLAGS
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Temporary files lie in memory where there is room: a test that waits for a disk tests the disk.
# That what was acknowledged survives is tested by killing processes, which memory survives too.
_MEMORY = Path("/dev/shm")  # noqa: S108 - made private by tempfile and pytest
if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 4 << 30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)
# A thread for each of the processes that tests are shared out to.
os.environ.setdefault("OMP_NUM_THREADS", "1" if "PYTEST_XDIST_WORKER" in os.environ else "2")
# Keys of pseudonyms are this user's own; tests, and what they start, leave them alone.
_SECRETS = tempfile.TemporaryDirectory(prefix="annotator-secrets-")
os.environ["ANNOTATOR_SECRETS"] = _SECRETS.name

# How long an example takes says how busy the machine is. The examples are the same ones in every
# run: what somebody's change broke is what fails. Others are looked for by `make soak`.
hypothesis.settings.register_profile("any machine", deadline=None, derandomize=True)
hypothesis.settings.register_profile("soak", deadline=None)
hypothesis.settings.load_profile("soak" if "COMBINATIONS" in os.environ else "any machine")

share_compiled_statements()

LONGEST = (
    "test_rules_in_combination.py",
    "test_identities.py",
    "test_on_ray.py",
    "test_expression_figures.py",
    "test_drawing_browser.py",
    "test_access_browser.py",
    "test_journey_browser.py",
    "test_masks_browser.py",
    "test_pending_keys_browser.py",
    "test_looking_browser.py",
    "test_saving_browser.py",
    "test_chest_film.py",
    "test_pixels_browser.py",
    "test_line_browser.py",
    "test_reading_browser.py",
    "test_people_browser.py",
    "test_reading_rules.py",
    "test_append_only.py",
    "test_maps_browser.py",
    "test_layers_and_rivals.py",
    "test_labels_browser.py",
    "test_blind_readers_browser.py",
    "test_jobs_browser.py",
    "test_pages_browser.py",
    "test_every_label_in_every_format.py",
    "test_planted_identity.py",
    "test_managing_projects.py",
    "test_readings.py",
    "test_concurrency.py",
    "test_deciding_browser.py",
    "test_label_facts_browser.py",
    "test_migrations.py",
    "test_several_regions_browser.py",
    "test_erasing.py",
    "test_onnx_networks.py",
    "test_identity_provider_browser.py",
    "test_what_readers_see.py",
    "test_pages_of_readers.py",
    "test_gradients.py",
    "test_region_editor_modules.py",
    "test_acts.py",
    "test_dicom_on_originals.py",
    "test_lost_answers.py",
    "test_any_project_any_format.py",
    "test_half_precision.py",
    "test_image_prefix.py",
    "test_frames_and_faces_browser.py",
    "test_painting_browser.py",
    "test_tampering.py",
    "test_fetched_networks.py",
    "test_batch_norm.py",
    "test_classifying.py",
    "test_storm.py",
)
"""The files that take most processor time, the longest first."""

REPOSITORY = Path(__file__).parents[1]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require",
        action="append",
        default=[],
        metavar="MARKER",
        help="a skipped test with this marker is a failure",
    )
    parser.addoption(
        "--second-try",
        action="append",
        default=[],
        metavar="MARKER",
        help="a test with this marker that fails is tried once more, and named if it passes then",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    required = [m for m in item.config.getoption("--require") if item.get_closest_marker(m)]
    if report.skipped and required and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but --require {required[0]} forbids that: {report.longrepr}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Let what tests start hear Ctrl-C, also where the tests run in a shell's background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: processes take one file after the other."""
    for item in items:
        if any(item.get_closest_marker(marker) for marker in config.getoption("--second-try")):
            item.add_marker(pytest.mark.flaky(reruns=1))
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_collection_finish() -> None:
    """Leave what is imported to stay out of garbage collections: each run of a page makes one."""
    gc.freeze()


class FilesInTurn(LoadFileScheduling):
    """Gives processes a file each, and the next when they are at the last test of theirs.

    As it is it gives them a file when they have two tests left: behind a long one it would wait,
    while other processes have nothing left to do.
    """

    def _reschedule(self, node: WorkerController) -> None:
        if not self.workqueue or self._pending_of(self.assigned_work[node]) <= 1:
            super()._reschedule(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesInTurn | None:
    return FilesInTurn(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a folder once for all processes of a run: whoever comes first makes it."""
    run = tmp_path_factory.getbasetemp()
    shared = run.parent if "PYTEST_XDIST_WORKER" in os.environ else run

    def folder(name: str, make: Callable[[Path], None]) -> Path:
        made = shared / f"once-{name}"
        with (shared / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                working = shared / f"once-{name}.partial"
                shutil.rmtree(working, ignore_errors=True)
                working.mkdir()
                make(working)
                working.rename(made)
        return made

    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of images that are measured on but never committed."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the measuring images are not on this machine (../shared/data)")
    return SHARED_DATA


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return a headless Chromium for tests marked ``browser``, or the Firefox that FIREFOX names.

    Firefox by WebDriver BiDi, of which Playwright takes more for granted with each version than
    releases of Firefox have: 1.61 goes with Firefox 153.
    """
    firefox = os.environ.get("FIREFOX")
    path = firefox or os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium on this machine; CHROMIUM may name one")
    with sync_playwright() as playwright:
        if firefox:
            browser = playwright.firefox.launch(channel="moz-firefox", executable_path=path)
        else:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield made_patient(browser)
        browser.close()
