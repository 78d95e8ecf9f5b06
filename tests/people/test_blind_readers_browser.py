"""What reaches the browsers of people who read blind: no names, no others' counts, no figures."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from account_server import WORDS
from app_server import AppServer
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from stage_driver import StageDriver
from two_readers import drawn_by
from wire import Wire

from annotator.domain import (
    BoundingBox,
    Label,
    LabelSet,
    Mode,
    Project,
    Protocol,
    Provenance,
    Remark,
    RemarkKind,
    Role,
    Suggestion,
    SuggestionRun,
)
from annotator.settings import Settings
from annotator.workflows.annotating import save_acts
from annotator.workflows.importing import import_paths
from annotator.workflows.people import account_named, invite, set_role
from annotator.workflows.reading import sign_reading
from annotator.workflows.workspace import Workspace

pytestmark = pytest.mark.browser

NAME, PEER = "malignantzebra", "Quincy Peer"
IMAGES, FOUND, READ_BY_PEER = 4, 3, 2
SCORE = 0.873401
MODEL = "brain-mri-tumour"
SHA = "c0ffee" * 10 + "abcd"
UNAIDED = Protocol(Mode.UNAIDED, readers=2)
COUNTS = {
    "with suggestions",
    f"{READ_BY_PEER} of {IMAGES} images",
    f"{READ_BY_PEER} images worked on",
    f"{READ_BY_PEER} worked on",
    f"{READ_BY_PEER} reviewed",
}


class Study:
    """A study on the server's data: one reader is done with some images, two have yet to read."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        labels = LabelSet(tuple(Label("brain-tumour", c, c) for c in ("glioma", "meningioma")))
        record = workspace.record
        self.project: Project = record.create_project(
            "study", labels, model_name=MODEL, protocol=UNAIDED, actor="operator"
        )
        for number in range(IMAGES):
            pixels = np.full((200, 300), 40 + 30 * number, np.uint8)
            Image.fromarray(pixels).save(folder / f"{NAME}_{number}.png")
        import_paths(workspace, "study", [folder])
        image_ids = list(record.image_ids(self.project.id))
        self.secrets = {NAME, str(SCORE), SHA, "AUC"}
        made = Provenance(MODEL, "1.0.0", SHA, "excitation backprop", {}, "0.1")
        for image_id in image_ids[:FOUND]:
            found = Suggestion("glioma", BoundingBox(1, 2, 80, 90), SCORE, 0.5, "dual", 0.5)
            run = SuggestionRun(image_id, made, {"glioma": SCORE, "meningioma": 0.1}, (found,))
            record.record_run(run, actor="operator")
            self.secrets.add(str(found.id))
        self.links = {}
        for who, roles in {
            PEER: [Role.RATER],
            "Rae": [Role.RATER],
            "Pat": [Role.RATER, Role.MANAGER],
        }.items():
            self.links[who] = invite(workspace, who).code
            account = account_named(workspace, who)
            for role in roles:
                set_role(workspace, self.project.id, account.id, role, True)
        for image_id in image_ids[:READ_BY_PEER]:
            act = drawn_by(
                workspace, self.project, image_id, PEER, "glioma", BoundingBox(9, 9, 50, 50)
            )
            flag = Remark(uuid.uuid4(), image_id, PEER, RemarkKind.FLAG, "a rare notch")
            save_acts(workspace, [flag])
            sign_reading(workspace, image_id, PEER)
            self.secrets |= {str(act.id), str(act.region_id), "a rare notch"}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppServer]:
    """The real app where people have accounts, not started yet."""
    monkeypatch.setenv("ANNOTATOR_SIGN_IN", "accounts")
    server = AppServer(tmp_path / "home")
    yield server
    server.kill()


def sees(thing: Locator) -> Locator:
    """Wait for something as long as a busy machine may take."""
    thing.wait_for()
    return thing


def join(page: Page, app: AppServer, code: str) -> None:
    page.goto(f"{app.url}/account/join?code={code}")
    page.get_by_label("New password").fill(WORDS)
    page.get_by_label("The same again").fill(WORDS)
    page.get_by_role("button", name="Go on").click()
    sees(page.get_by_role("heading", name="Projects"))


def look(page: Page, wire: Wire, address: str, ready: str) -> None:
    """Go to a page, wait until all of it is there, and keep what came."""
    page.goto(address)
    sees(page.get_by_text(ready).first)
    wire.collect()


def read_but_one(page: Page, wire: Wire, app: AppServer, study: Study) -> None:
    """Draw a box on each image but the last and sign it: who has signed all may know all."""
    page.goto(f"{app.url}/annotate?project={study.project.id}")
    hand, seen = StageDriver(page), ""
    for number in range(IMAGES):
        sees(page.locator(f".stage[data-painted][data-ready]:not([data-ready='{seen}'])"))
        seen = hand.sees_image()
        if number == IMAGES - 1:
            break
        hand.press("b")
        hand.drag((40, 40), (160, 120))
        hand.sees_saved()
        wire.collect()
        hand.press("Control+Enter")
    wire.collect()


def test_blind_readers_browsers_are_sent_no_names_no_others_counts_and_no_figures(
    app: AppServer, chromium: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    with Workspace.open(Settings.from_environment(app.environment)) as workspace:
        study = Study(workspace, folder)
    app.start("--no-demo")
    at = f"project={study.project.id}"
    own = {"viewport": {"width": 1440, "height": 900}}
    with closing(chromium.new_context(**own)) as one, closing(chromium.new_context(**own)) as two:
        pat, rae = two.new_page(), one.new_page()
        # One who reads and manages: what is still theirs to read stays hidden, exports refuse.
        join(pat, app, study.links["Pat"])
        of_pat = Wire(pat, everything=True)
        look(pat, of_pat, f"{app.url}/queue?{at}", "Annotating as")
        look(pat, of_pat, f"{app.url}/export?{at}", "Regions that were accepted")
        pat.get_by_role("button", name="Export", exact=True).click()
        sees(pat.get_by_text("images to read by yourself"))
        assert of_pat.tells(study.secrets | COUNTS) == set()

        join(rae, app, study.links["Rae"])
        of_rae = Wire(rae, everything=True)
        for screen in ("", "queue"):
            look(rae, of_rae, f"{app.url}/{screen}?{at}", "Annotating as")
        expect(rae.get_by_role("link", name="Export")).to_have_count(0)
        read_but_one(rae, of_rae, app, study)
        look(rae, of_rae, f"{app.url}/queue?{at}", f"{IMAGES - 1} of your {IMAGES} images signed")
        assert of_rae.tells(study.secrets | COUNTS | {PEER}) == set()
        # The search would find them: what each did themselves is there.
        assert of_rae.tells({"Rae", "glioma", "Image 1"}) == {"Rae", "glioma", "Image 1"}

        look(pat, of_pat, f"{app.url}/queue?{at}", "Annotating as")
        assert of_pat.tells(study.secrets | COUNTS) == set()
