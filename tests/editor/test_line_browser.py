"""The editor's line in the browser: no run of the page, refusals, sign-outs, people, restarts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness_regions import MOUTH, TEETH
from patience import until_calm
from stage_driver import StageDriver

pytestmark = pytest.mark.browser


def sign_in_again(rater) -> None:
    (rater.server.folder / "signed-out").unlink()
    rater.page.get_by_role("button", name="Retry now").click()


def test_acts_images_frames_and_questions_run_no_page(rater):
    until_calm(rater.page)
    runs = rater.server.runs()
    rater.press("n")
    rater.page.get_by_label("Why AU12 rather than").select_option("AU25")
    rater.sees_map("AU12 against AU25")
    rater.press("a")
    rater.recorded(1)
    rater.press("Control+Enter", "Control+Enter")
    rater.sees("film")
    rater.press("[")
    rater.sees("face")
    assert (rater.server.folder / "signed.log").read_text() == "face\n"
    assert rater.server.runs() == runs


def test_the_address_follows_the_image(rater):
    page = rater.page
    rater.press("]")
    rater.sees("film")
    page.wait_for_url("**image=film**")
    page.reload()
    rater.sees("film")
    rater.press("]")
    rater.sees("blank")
    page.go_back()
    rater.sees("film")
    page.wait_for_url("**image=film**")


def test_a_poisoned_outbox_holds_up_nothing(rater, tmp_path: Path):
    page, never = rater.page, rater.server.folder / "never-face"
    rater.press("n")
    never.touch()
    rater.press("a", "]")
    rater.sees("film")
    rater.press("n", "a")
    (act,) = rater.recorded(1)
    assert act["document"] == "film"
    rater.sees_saved()
    count = page.get_by_role("button", name="1 change refused")
    count.click()
    refused = page.get_by_role("region", name="Refused changes")
    assert "AU12: accepted" in refused.inner_text()
    assert "Your reading of this image is signed." in refused.inner_text()
    with page.expect_download() as download:
        refused.get_by_role("button", name="Save as a file").click()
    download.value.save_as(tmp_path / "refused.json")
    (kept,) = json.loads((tmp_path / "refused.json").read_text())["refused"]
    assert (kept["act"]["region_id"], kept["act"]["document"]) == (MOUTH, "face")
    # It is there again after a reload, and not drawn as if it were recorded.
    page.reload()
    rater.sees("film")
    rater.press("[")
    rater.sees("face")
    assert rater.decision(MOUTH) == "undecided"
    never.unlink()
    count.click()
    refused.get_by_role("button", name="Discard", exact=True).click()
    count.wait_for(state="hidden")
    page.reload()
    rater.sees("face")
    assert count.count() == 0 or not count.is_visible()
    assert len(rater.server.acts()) == 1


def test_done_is_refused_where_a_change_was(rater):
    holding = rater.server.folder / "holding"
    (rater.server.folder / "never-face").touch()
    holding.touch()
    rater.press("n", "a", "Control+Enter", "Control+Enter")
    holding.unlink()
    rater.page.locator(".banner", has_text="Not signed: some of your changes").wait_for()
    assert rater.stage.get_attribute("data-ready") == "pixels-face"
    assert not (rater.server.folder / "signed.log").exists()
    assert rater.decision(MOUTH) == "undecided"


@pytest.fixture
def any_rater(harness, rater_at):
    """A rater whose browser may complain of answers that are no success."""
    return rater_at(harness)


def test_signed_out_elsewhere_keeps_all_that_is_done(any_rater):
    rater, page = any_rater, any_rater.page
    rater.press("n", "a")
    rater.recorded(1)
    (rater.server.folder / "signed-out").touch()
    rater.press("r")
    page.get_by_text("Sign in again; 1 change is kept in this browser").wait_for()
    rater.press("]")
    page.get_by_text("You are not signed in any more").first.wait_for()
    assert rater.stage.get_attribute("data-ready") == "pixels-face"
    sign_in_again(rater)
    rater.sees_saved()
    assert rater.recorded(2)[1]["region_id"] == TEETH


def test_two_people_on_one_workstation_and_a_restart(rater_at, new_server):
    server = new_server()
    ann = rater_at(server, "?rater=Ann")
    ann.press("]")
    ann.sees("film")
    ann.press("[")
    ann.sees("face")
    server.kill()
    ann.press("n", "a")
    ann.page.locator(".saved[data-state='unsaved']").wait_for()
    context = ann.page.context
    ann.page.close()
    server.start()
    page = context.new_page()
    page.goto(server.url + "?rater=Bob&image=face")
    bob = StageDriver(page)
    bob.sees_image("pixels-face")
    assert bob.decision(MOUTH) == "undecided"
    bob.press("n", "r")
    bob.sees_saved()
    assert [(a["rater"], a["decision"]) for a in server.acts()] == [("Bob", "rejected")]
    page.goto(server.url + "?rater=Ann&image=film")
    bob.sees_image("pixels-film")
    # Hers comes too late now: she is asked, and nothing of it was recorded under another's name.
    page.locator(".saved[data-state='conflict']").wait_for()
    assert [a["rater"] for a in server.acts()] == ["Bob"]


def test_a_restart_leaves_the_image_that_one_went_on_to(rater_at, new_server):
    server = new_server()
    rater = rater_at(server)
    rater.press("]")
    rater.sees("film")
    server.kill()
    rater.press("n", "a")
    rater.page.locator(".saved[data-state='unsaved']").wait_for()
    server.start()
    (act,) = rater.recorded(1)
    assert act["document"] == "film"
    rater.sees_saved()
    rater.sees("film")
    rater.page.wait_for_url("**image=film**")
    rater.press("]")
    rater.sees("blank")
