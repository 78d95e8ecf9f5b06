"""Reading by a protocol in the real app: blind, signed, revealed, asked about, adjudicated."""

from __future__ import annotations

import uuid

import pytest
from app_server import AppServer
from playwright.sync_api import Page, expect
from project_cards import button_of
from stage_driver import StageDriver
from two_readers import disagreed, drawn_by
from wire import Wire

from annotator.domain import (
    Adjudication,
    BoundingBox,
    Mode,
    Project,
    Protocol,
    Remark,
    RemarkKind,
)
from annotator.domain.queues import Only, QueueChoice
from annotator.workflows.adjudicating import adjudication_queue, open_adjudication
from annotator.workflows.annotating import save_acts
from annotator.workflows.queueing import ordered_page
from annotator.workflows.reading import raise_issue, set_protocol, sign_reading
from annotator.workflows.workspace import Workspace

pytestmark = pytest.mark.browser

PEER = "Dr. Quincy Peer"
BLIND = Protocol(Mode.BLIND_THEN_REVEAL, readers=2, adjudication=Adjudication.DISAGREEMENT)


SAD_MOUTH = ("sad", BoundingBox(20, 30, 80, 60))


def test_nothing_of_the_model_or_a_peer_reaches_the_browser_before_the_signature(
    app: AppServer, page: Page, workspace: Workspace, project: Project
) -> None:
    set_protocol(workspace, project.id, BLIND, actor="Manager")
    first = next(iter(workspace.record.image_ids(project.id)))
    run = workspace.record.latest_run(first)
    assert run is not None
    assert run.suggestions
    theirs = drawn_by(workspace, project, first, PEER, *SAD_MOUTH)
    sign_reading(workspace, first, PEER)
    scores = {repr(score) for score in run.scores.values() if len(repr(score)) > 6}
    machine = {str(s.id) for s in run.suggestions} | scores | {run.provenance.model_sha256}
    peer = {PEER, str(theirs.id), str(theirs.region_id)}

    wire, hand = Wire(page), StageDriver(page)
    for screen in ("queue", "annotate"):
        page.goto(f"{app.url}/{screen}?project={project.id}")
        page.get_by_text("Annotating as").wait_for()
    hand.sees_image()
    page.get_by_text("First read, blind").wait_for()
    hand.press("b")
    hand.drag((60.0, 60.0), (140.0, 120.0))
    hand.sees_saved()
    page.wait_for_timeout(500)
    assert wire.tells(machine | peer) == set()
    # The pictures of this image and the next; a map would be one more.
    assert len(set(wire.pixels)) <= 2

    hand.press("Control+Enter")
    page.get_by_text("Second look, with").wait_for()
    expect(page.locator("[data-region-id][data-decision='added']")).to_have_count(1)
    page.locator(f"[data-region-id='{run.suggestions[0].id}']").first.wait_for()
    assert {str(s.id) for s in run.suggestions} <= wire.tells(machine)
    assert wire.tells(peer) == set()


def test_signed_is_read_only_and_opened_again_for_a_reason_or_an_issue(
    app: AppServer, page: Page, workspace: Workspace, project: Project
) -> None:
    set_protocol(workspace, project.id, Protocol(Mode.UNAIDED), actor="Manager")
    first = next(iter(workspace.record.image_ids(project.id)))
    act = drawn_by(workspace, project, first, "tester", *SAD_MOUTH)
    sign_reading(workspace, first, "tester")
    page.goto(f"{app.url}/annotate?project={project.id}&image={first}")
    hand = StageDriver(page)
    hand.sees_image()
    page.get_by_text("Signed by tester").wait_for()
    expect(page.get_by_role("button", name="Box", exact=True)).to_be_disabled()

    page.locator("summary", has_text="Open it again").click()
    page.get_by_role("button", name="Open the reading again").click()
    page.get_by_text("give it").wait_for()
    page.get_by_role("textbox", name="Reason").fill("Missed the mouth")
    page.get_by_role("button", name="Open the reading again").click()
    expect(page.get_by_role("button", name="Box", exact=True)).to_be_enabled()

    sign_reading(workspace, first, "tester")
    raise_issue(workspace, first, act.id, "Is this the left side?", reviewer="Reviewer")
    page.goto(f"{app.url}/queue?project={project.id}")
    page.get_by_text("Is this the left side?").wait_for()
    page.get_by_role("button", name="Answer").click()
    hand.sees_image()
    page.get_by_text("1 question is waiting").wait_for()
    expect(page.get_by_role("button", name="Box", exact=True)).to_be_enabled()


def test_the_queue_is_ordered_narrowed_and_followed(
    app: AppServer, page: Page, workspace: Workspace, project: Project
) -> None:
    first, second = workspace.record.image_ids(project.id)
    save_acts(
        workspace,
        [Remark(uuid.uuid4(), second, "tester", RemarkKind.FLAG, "look again")],
    )
    page.goto(f"{app.url}/queue?project={project.id}")
    page.get_by_text("1 to 2 of 2 images").wait_for()
    page.get_by_role("radio", name="Flagged").or_(
        page.get_by_role("button", name="Flagged")
    ).first.click()
    page.get_by_text("1 to 1 of 1 image").wait_for()
    # By keyboard alone, into the order that was chosen.
    page.keyboard.press("Alt+o")
    hand = StageDriver(page)
    hand.sees_image()
    page.wait_for_url(f"**image={second}**")
    page.get_by_text("1 of 1").first.wait_for()
    page.get_by_text("flagged only").wait_for()
    page.reload()
    hand.sees_image()
    page.get_by_text("flagged only").wait_for()

    page.goto(f"{app.url}/annotate?project={project.id}&image={first}")
    hand.sees_image()
    # Suggestions are undecided: Done asks once.
    hand.press("Control+Enter", "Control+Enter")
    page.wait_for_url(f"**image={second}**")
    reviewed = ordered_page(workspace, project.id, "tester", QueueChoice(only=Only.REVIEWED))
    assert [row.image_id for row in reviewed.rows] == [first]


def test_readers_are_adjudicated_side_by_side_with_a_reason(
    app: AppServer, page: Page, workspace: Workspace, project: Project
) -> None:
    first = disagreed(workspace, project, {"Dr. B": SAD_MOUTH, "Dr. C": None})
    (drawn,) = workspace.record.history(first)
    page.goto(f"{app.url}/adjudicate?project={project.id}")
    page.get_by_role("img", name="Regions of Dr. B: sad").wait_for()
    page.get_by_role("img", name="Regions of Dr. C: no region").wait_for()
    sign = page.get_by_role("button", name="Sign the adjudication")
    sign.click()
    page.get_by_text("Choose for each line").wait_for()
    page.locator("label").filter(has_text="Dr. B: sad").click()
    sign.click()
    page.get_by_text("needs a reason").wait_for()
    page.get_by_role("textbox", name="Reason").fill("Both corners are lowered")
    sign.click()
    page.get_by_text("Nothing waits for adjudication").wait_for()
    assert adjudication_queue(workspace, project.id) == []
    opened = open_adjudication(workspace, first, "tester")
    (own,) = opened.own.annotations
    assert (own.rater, own.supersedes, own.region) == ("tester", drawn.id, drawn.region)
    (theirs,) = opened.reads[0].annotations
    assert theirs.id == drawn.id


def test_a_project_is_created_with_its_protocol_and_readers_are_assigned(
    app: AppServer, page: Page, workspace: Workspace, project: Project
) -> None:
    page.goto(app.url)
    button_of(page, project, "reading").click()
    readers = page.get_by_role("spinbutton", name="Readers of each image")
    readers.fill("2")
    readers.press("Tab")
    change = page.get_by_role("button", name="Change the protocol")
    change.click()
    page.get_by_text("Say why it is changed").wait_for()
    page.get_by_role("textbox", name="Reason of the change").fill("A second opinion")
    change.click()
    page.get_by_text("· 2 readers").wait_for()
    assert workspace.record.protocol(project.id) == Protocol(readers=2)

    button_of(page, project, "reading").click()
    page.get_by_role("tab", name="Readers").click()
    readers = page.get_by_role("combobox", name="Readers")
    for name in ("Ada", "Bob"):
        readers.fill(name)
        readers.press("Enter")
    readers.press("Tab")
    page.get_by_role("button", name="Assign images").click()
    page.get_by_text("4 assignments are new").wait_for()
