"""Saved at once, whatever happens: slow and dead servers, full disks, reloads, two tabs."""

from __future__ import annotations

import pytest
from harness_regions import MOUTH, MOUTH_BOX, SPOT, TEETH, moved
from patience import until_calm
from playwright.sync_api import expect
from stage_driver import StageDriver

pytestmark = pytest.mark.browser


def test_no_run_when_idle(rater):
    rater.press("n", "a")
    rater.recorded(1)
    rater.sees_saved()
    until_calm(rater.page)
    runs = rater.server.runs()
    rater.page.wait_for_timeout(1500)
    assert rater.server.runs() == runs


def test_rapid_edits_all_arrive_in_order(rater):
    (rater.server.folder / "slow").touch()
    rater.press("n")
    for _ in range(25):
        rater.page.keyboard.press("ArrowRight")
    rater.press("a")
    acts = rater.recorded(26)
    assert [a["region"]["x"] for a in acts] == [*range(251, 276), 275]
    assert [a["supersedes"] for a in acts] == [None, *(a["id"] for a in acts[:-1])]
    rater.sees_saved()
    assert rater.decision(MOUTH) == "edited"


def test_acts_made_while_leaving_belong_to_their_image(rater):
    (rater.server.folder / "slow").touch()
    coming = rater.server.folder / "slow-image"
    coming.touch()
    rater.press("n", "a", "]", "a")
    ignored = "Ignored: 1 key or click between two images"
    rater.page.locator(".key-note p", has_text=ignored).wait_for()
    coming.unlink()
    rater.sees("film")
    # Until they are told apart from the typing that was ignored, keys are part of it.
    rater.press("Escape", "n", "a")
    acts = rater.recorded(2)
    assert [(a["document"], a["region_id"]) for a in acts] == [("face", MOUTH), ("film", SPOT)]


def test_a_failure_to_record_is_said_and_mended_by_retry_or_reload(rater):
    page, full = rater.page, rater.server.folder / "full"
    full.touch()
    rater.press("n", "a")
    page.get_by_text("The disk is full; make room and press Retry").wait_for()
    assert rater.saved.get_attribute("data-state") == "unsaved"
    assert rater.server.acts() == []
    full.unlink()
    page.get_by_role("button", name="Retry now").click()
    assert rater.recorded(1)[0]["decision"] == "accepted"
    rater.sees_saved()
    full.touch()
    rater.press("r")
    page.get_by_text("The disk is full; make room and press Retry").wait_for()
    page.reload()
    assert rater.asked == ["beforeunload"]
    rater.sees("face")
    # It is sent again at once, and by itself from then on.
    page.get_by_text("The disk is full; make room and press Retry").wait_for()
    full.unlink()
    assert rater.recorded(2)[1]["region_id"] == TEETH
    rater.sees_saved()
    assert (rater.decision(MOUTH), rater.decision(TEETH)) == ("accepted", "rejected")


def test_a_killed_server_loses_nothing(rater_at, new_server):
    server = new_server()
    rater = rater_at(server)
    rater.press("z")
    rater.drag((260, 310), (300, 285))
    rater.recorded(1)
    rater.sees_saved()
    server.kill()
    rater.press("a", "r", "b")
    rater.drag((50, 60), (110, 100))
    rater.page.locator(".saved[data-state='unsaved']").wait_for()
    expect(rater.saved).to_contain_text("kept in this browser")
    server.start()
    acts = rater.recorded(4)
    assert [a["decision"] for a in acts] == ["undecided", "edited", "rejected", "added"]
    rater.sees_saved()
    drawn = acts[3]["region_id"]
    for _ in range(2):
        assert [rater.decision(r) for r in (MOUTH, TEETH, drawn)] == ["edited", "rejected", "added"]
        rater.page.reload()
        rater.sees("face")
    assert len(server.acts()) == 4
    # And what a browser held when it was closed goes out when it is opened again, anywhere.
    server.kill()
    rater.press("n", "a")
    context = rater.page.context
    rater.page.close()
    server.start()
    context.new_page().goto(server.url + "?image=film")
    act = rater.recorded(5)[4]
    assert (act["document"], act["decision"]) == ("face", "accepted")


def test_a_clash_with_another_tab_is_shown_and_settled_by_the_rater(rater):
    page, context = rater.page, rater.page.context
    other = context.new_page()
    other.goto(rater.server.url)
    StageDriver(other).sees_image()
    page.get_by_text("also open in another tab").wait_for()
    other.keyboard.press("n")
    other.keyboard.press("r")
    rater.recorded(1)
    page.bring_to_front()
    rater.press("z")
    rater.drag((260, 310), (300, 285))
    clash = page.locator(".banner.conflict")
    clash.wait_for()
    assert "AU12: changed by you in another tab (rejected)" in clash.inner_text()
    assert rater.saved.get_attribute("data-state") == "conflict"
    assert len(rater.server.acts()) == 1
    assert rater.decision(MOUTH) == "undecided"
    page.get_by_role("button", name="Keep mine").click()
    settled = rater.recorded(2)[1]
    assert (settled["decision"], settled["region"]) == ("undecided", moved(MOUTH_BOX, 40, -25))
    rater.sees_saved()
    clash.wait_for(state="detached")
    other.bring_to_front()
    other.locator("[data-region-id]").first.wait_for()
    other.locator(".row", has_text="AU12").click()
    other.keyboard.press("u")
    other.locator(".banner.conflict").wait_for()
    other.get_by_role("button", name="Take theirs").click()
    other.locator(".saved[data-state='saved']").wait_for()
    assert len(rater.server.acts()) == 2
    other.close()
    page.get_by_text("also open in another tab").wait_for(state="hidden")


def test_pixels_come_from_here_alone_and_open_in_this_browser_alone(rater, rater_at, harness):
    rater.press("n", "a", "]")
    rater.sees("film")
    outside = [u for u in rater.requests if not u.startswith((rater.server.url, "data:", "blob:"))]
    assert outside == []
    assert not [url for url in rater.requests if "/media/" in url and "static" not in url]
    address = next(url for url in rater.requests if "/pixels/" in url)
    other = rater_at(harness)
    status = "async (url) => (await fetch(url, { cache: 'no-store' })).status"
    assert rater.page.evaluate(status, address) == 200
    assert other.page.evaluate(status, address) == 404
    policy = rater.page.request.get(harness.url).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
