"""What the harness draws on its pictures: ids and outlines of its suggestions."""

from __future__ import annotations

import uuid

MOUTH, TEETH, BROW, SPOT = (
    str(uuid.uuid5(uuid.NAMESPACE_URL, f"harness/{name}"))
    for name in ("mouth", "teeth", "brow", "spot")
)
MOUTH_BOX = {"type": "box", "x": 250, "y": 300, "width": 140, "height": 70}
TEETH_BOX = {"type": "box", "x": 290, "y": 322, "width": 60, "height": 24}
BROW_POINTS = [[210, 120], [300, 104.25], [320, 140], [260, 160], [205.5, 150]]


def moved(region, dx, dy):
    """Return a box at another place."""
    return {**region, "x": region["x"] + dx, "y": region["y"] + dy}
