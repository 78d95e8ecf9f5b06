"""A key belongs to the image whose name the page shows: at any speed of the network no key is
lost, none reaches another image, and nothing is signed that was not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from harness_regions import BROW, MOUTH, TEETH
from patience import wait_for
from playwright.sync_api import Route

pytestmark = pytest.mark.browser

PICTURES = "**/pixels/**"
SHOWS = """(name) => [...document.querySelectorAll('*')]
  .some((n) => n.shadowRoot?.querySelector('.caption')?.textContent.startsWith(name + ' '))"""


@pytest.fixture
def latency(rater) -> Iterator[Callable[[int], None]]:
    """Sets how long everything that is fetched takes; the page's own channel is not slowed."""
    client = rater.page.context.new_cdp_session(rater.page)

    def slow(ms: int) -> None:
        client.send("Network.enable")
        client.send("Network.setCacheDisabled", {"cacheDisabled": True})
        conditions = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
        client.send("Network.emulateNetworkConditions", {**conditions, "latency": ms})

    yield slow
    client.detach()


@pytest.fixture
def held(rater) -> Callable[[], Callable[[], None]]:
    """Holds all pictures that the page asks for from now on until it is told to let them come."""

    def hold() -> Callable[[], None]:
        waiting: list[Route] = []

        def keep(route: Route) -> None:
            waiting.append(route)

        rater.page.route(PICTURES, keep)

        def let_come() -> None:
            while waiting:
                waiting.pop().continue_()
            rater.page.unroute(PICTURES)

        return let_come

    return hold


def shows(rater: Any, name: str) -> None:
    """Wait until the page shows an image's name, painted or not."""
    rater.page.wait_for_function(SHOWS, arg=name, polling=5)


def painted(rater: Any) -> None:
    rater.page.locator(".editor[data-state=painted]").wait_for()
    rater.settle()


def note(rater: Any) -> str:
    rater.settle()
    return rater.page.locator(".key-note p").text_content()


def signed(rater: Any) -> list[str]:
    path = rater.server.folder / "signed.log"
    return path.read_text().split() if path.exists() else []


def done(rater: Any, image: str, *, at_once: bool) -> None:
    """Press Done; where it may come before the picture, it is refused and pressed again."""
    rater.page.keyboard.press("Control+Enter")
    if at_once:
        wait_for(lambda: image in signed(rater) or "not done" in note(rater), "an answer to Done")
        if image in signed(rater):
            return
        painted(rater)
        rater.page.keyboard.press("Control+Enter")
    wait_for(lambda: image in signed(rater), f"{image} signed")


@pytest.mark.parametrize("ms", [0, 300, 900, 3000])
def test_no_key_is_lost_and_nothing_is_signed_unseen_at_any_latency(rater, latency, ms):
    latency(ms)
    press = rater.page.keyboard.press
    rater.press("n", "a", "r", "r", "Control+Enter")
    shows(rater, "film")
    press("n")
    press("a")
    done(rater, "film", at_once=True)
    shows(rater, "blank")
    done(rater, "blank", at_once=True)
    shows(rater, "ct")
    acts = [(a["document"], a["decision"]) for a in rater.recorded(4)]
    assert acts == [
        ("face", "accepted"),
        ("face", "rejected"),
        ("face", "rejected"),
        ("film", "accepted"),
    ]
    assert signed(rater) == ["face", "film", "blank"]


def test_keys_wait_and_done_is_refused_until_the_picture_is_there(rater, held):
    let_come = held()
    rater.press("n", "a", "r", "r", "Control+Enter")
    shows(rater, "film")
    rater.press("n", "a", "Control+Enter")
    assert "not done, the picture is still loading" in note(rater)
    assert "2 keys wait for the picture: Next undecided, Accept" in note(rater)
    assert rater.page.locator("[data-command=sign]").is_disabled()
    assert len(rater.recorded(3)) == 3
    let_come()
    painted(rater)
    assert "wait" not in note(rater)
    assert [(a["document"], a["decision"]) for a in rater.recorded(4)][3] == ("film", "accepted")
    assert signed(rater) == ["face"]


def test_labels_values_and_undo_wait_in_order(rater, held):
    rater.press("]")
    rater.sees("film")
    let_come = held()
    rater.press("[")
    shows(rater, "face")
    for key in ("n", "a", "r", "1", "a", "y", "Control+z"):
        rater.page.keyboard.press(key)
    assert "7 keys wait" in note(rater)
    let_come()
    acts = rater.recorded(6)
    said = [(a.get("region_id"), a.get("action"), a.get("decision") or a["value"]) for a in acts]
    assert said[:4] == [
        (MOUTH, "accept", "accepted"),
        (TEETH, "reject", "rejected"),
        (BROW, "relabel", "undecided"),
        (BROW, "accept", "edited"),
    ]
    assert [state for *_, state in said[4:]] == ["present", "not_assessed"]


def test_the_intensity_after_an_accept_waits_with_it(rater, held):
    rater.press("]")
    rater.sees("film")
    let_come = held()
    rater.press("[")
    shows(rater, "face")
    for key in ("n", "a", "c", "r"):
        rater.page.keyboard.press(key)
    assert "4 keys wait" in note(rater)
    let_come()
    acts = rater.recorded(3)
    assert [a.get("decision") or (a["label"], a["intensity"]) for a in acts] == [
        "accepted",
        ("AU12", "C"),
        "rejected",
    ]


def test_the_code_line_takes_what_is_typed_while_the_picture_loads(rater, held):
    rater.sees_code_line()
    rater.press("]")
    rater.sees("film")
    let_come = held()
    rater.press("[")
    shows(rater, "face")
    keyboard = rater.page.keyboard
    keyboard.press("c")
    keyboard.type("1+L12C+25")
    keyboard.press("Enter")
    assert rater.server.acts() == []
    assert "1 key waits for the picture: Code line" in note(rater)
    let_come()
    acts = [(a["label"], a["value"], a["side"], a["intensity"]) for a in rater.recorded(3)]
    assert acts == [
        ("AU1", "present", None, None),
        ("AU12", "present", "L", "C"),
        ("AU25", "present", None, None),
    ]


def test_the_label_menu_takes_what_is_typed_while_the_picture_loads(rater, held):
    rater.press("]")
    rater.sees("film")
    let_come = held()
    rater.press("[")
    shows(rater, "face")
    keyboard = rater.page.keyboard
    keyboard.press("n")
    keyboard.press("l")
    keyboard.type("part")
    keyboard.press("Enter")
    keyboard.press("a")
    assert rater.server.acts() == []
    let_come()
    acts = rater.recorded(2)
    assert [(a["region_id"], a["label"], a["decision"]) for a in acts] == [
        (MOUTH, "AU25", "undecided"),
        (MOUTH, "AU25", "edited"),
    ]


def test_typing_right_after_done_is_no_command_and_is_not_lost_in_silence(rater):
    coming = rater.server.folder / "slow-image"
    coming.touch()
    rater.press("n", "r", "r", "r")
    rater.page.keyboard.press("Control+Enter")
    rater.page.keyboard.press("c")
    rater.page.keyboard.type("1r2a12C+25")
    assert "Ignored: 11 keys or clicks between two images" in note(rater)
    coming.unlink()
    rater.sees("film")
    assert "Ignored:" in note(rater)
    # Escape, or a pause in typing, says that what is pressed next counts again.
    rater.press("Escape", "n", "a")
    acts = [(a["document"], a.get("decision")) for a in rater.recorded(4)]
    assert acts == [("face", "rejected")] * 3 + [("film", "accepted")]
    assert note(rater) == ""


def test_a_field_that_is_open_holds_the_image_or_says_what_it_lost(rater):
    page = rater.page
    rater.sees_code_line()
    rater.press("n", "r", "r", "r", "c")
    page.keyboard.type("1+2")
    page.locator("[data-command=sign]").click()
    assert "the code line says 1+2 and was not stated" in note(rater)
    assert signed(rater) == []
    page.locator("[data-command=next-image]").click()
    rater.sees("film")
    assert "“1+2” was discarded: the image has changed." in note(rater)
    rater.press("/")
    page.keyboard.type("blurred")
    page.locator("[data-command=sign]").click()
    assert "a note is not saved" in note(rater)
    assert len(rater.recorded(3)) == 3


def test_drawing_and_why_are_refused_until_the_picture_is_there(rater, held):
    rater.press("]")
    rater.sees("film")
    let_come = held()
    rater.press("[")
    shows(rater, "face")
    spoken = rater.page.locator("[aria-live=polite].unseen")
    rater.page.keyboard.press("b")
    assert note(rater) == "Draw a box: not done, the picture is still loading."
    assert spoken.text_content() == note(rater)
    rater.page.keyboard.press("Shift+y")
    assert note(rater).startswith("Why rather than …: not done")
    frame = rater.stage.bounding_box()
    rater.page.mouse.click(frame["x"] + 200, frame["y"] + 200)
    assert note(rater).startswith("Drawing and selecting: not done")
    let_come()
    painted(rater)
    assert rater.page.locator("[aria-pressed=true][data-command=tool-select]").count() == 1
    assert rater.server.acts() == []


def test_a_picture_that_fails_keeps_the_keys_until_it_is_loaded_again(harness, rater_at):
    rater = rater_at(harness)
    page = rater.page
    rater.press("]")
    rater.sees("film")
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.route("**/pixels/**", lambda route: route.fulfill(status=404))
    rater.press("[")
    shows(rater, "face")
    again = page.get_by_role("button", name="Load the picture again")
    again.wait_for()
    rater.press("n", "a", "Control+Enter")
    assert "the picture could not be loaded" in note(rater)
    assert "2 keys wait" in note(rater)
    assert (signed(rater), rater.server.acts()) == ([], [])
    page.unroute("**/pixels/**")
    again.click()
    assert [(a["region_id"], a["decision"]) for a in rater.recorded(1)] == [(MOUTH, "accepted")]
    page.route("**/pixels/**", lambda route: route.fulfill(status=404))
    rater.press("]")
    shows(rater, "film")
    again.wait_for()
    rater.press("n", "a", "Escape")
    assert "2 waiting keys discarded" in note(rater)
    rater.press("n", "[")
    shows(rater, "face")
    assert "1 waiting key discarded" in note(rater)
    assert len(rater.recorded(1)) == 1
    page.close()
