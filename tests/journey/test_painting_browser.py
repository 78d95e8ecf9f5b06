"""Masks in the real app: what was painted is on record and comes back, bit for bit."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest
from app_server import AppServer
from painter import Painter, swept
from playwright.sync_api import Page
from stage_driver import StageDriver

from annotator.domain import Decision, Mask, Project
from annotator.workflows.workspace import Workspace

pytestmark = pytest.mark.browser

RING = ((30, 30), (70, 30), (70, 70), (30, 70), (30, 30))


def test_a_mask_with_a_hole_is_painted_erased_undone_redone_and_reloaded(
    app: AppServer, page: Page, workspace: Workspace, project: Project
) -> None:
    image: UUID = next(iter(workspace.record.image_ids(project.id)))
    asset = workspace.record.image(image)
    shape = asset.height, asset.width

    def opened() -> StageDriver:
        page.goto(f"{app.url}/annotate?image={image}")
        hand = StageDriver(page)
        hand.sees_image(asset.pixels_sha256)
        hand.press("z")
        return hand

    def on_record() -> np.ndarray:
        hand.sees_saved()
        last = [act for act in workspace.record.history(image) if isinstance(act.region, Mask)][-1]
        if last.decision is Decision.WITHDRAWN:
            return np.zeros(shape, dtype=bool)
        assert isinstance(last.region, Mask)
        return last.region.mask(*shape)

    hand = opened()
    brush = Painter(hand)
    hand.press("Shift+B")
    brush.size(9)
    states = [np.zeros(shape, dtype=bool)]
    brush.stroke(*RING)
    states.append(swept(shape, RING, 9))
    hand.press("Shift+E")
    brush.stroke((70, 20), (70, 50))
    states.append(states[-1] & ~swept(shape, ((70, 20), (70, 50)), 9))
    hand.press("Shift+B")
    brush.stroke((90, 90), (100, 90))
    states.append(states[-1] | swept(shape, ((90, 90), (100, 90)), 9))
    assert not states[1][50, 50], "it has a hole"
    np.testing.assert_array_equal(on_record(), states[3])
    for state in states[2::-1]:
        hand.press("Control+z")
        np.testing.assert_array_equal(on_record(), state)
    for state in states[1:]:
        hand.press("Control+y")
        np.testing.assert_array_equal(on_record(), state)
    page.mouse.move(0, 0)
    before = brush.shown
    hand = brush.hand = opened()
    hand.press("Shift+B")
    page.mouse.move(0, 0)
    assert brush.shown == before
    # What came back is what is painted on.
    brush.size(9)
    brush.stroke((30, 90), (40, 90))
    np.testing.assert_array_equal(on_record(), states[3] | swept(shape, ((30, 90), (40, 90)), 9))
