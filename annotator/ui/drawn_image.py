"""A still picture of an image with regions over it, where nobody edits."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from annotator.domain import Annotation, ImageAsset, Landmark
from annotator.ui.pixel_route import PIXELS, PixelContent
from annotator.ui.region_editor import encode_image
from annotator.workflows.pictures import shown_pixels
from annotator.workflows.workspace import Workspace


def drawn_image(
    workspace: Workspace, asset: ImageAsset, acts: Sequence[Annotation], whose: str
) -> None:
    """Draw an image as it is first shown, with the regions that somebody stated.

    Parameters
    ----------
    workspace : Workspace
    asset : ImageAsset
    acts : sequence of Annotation
        Those that state no region are left out.
    whose : str
        Said to those who do not see the picture.
    """

    def produce() -> PixelContent:
        return encode_image(shown_pixels(workspace, asset))

    url = PIXELS.url(f"shown:{asset.pixels_sha256}:{asset.window}", produce)
    stated = [act for act in acts if act.decision.states_region]
    words = ", ".join(act.label for act in stated) or "no region"
    line = max(asset.width, asset.height) / 250
    shapes = "".join(_shape(act, line) for act in stated)
    st.html(
        f'<svg viewBox="0 0 {asset.width} {asset.height}" role="img" width="100%" '
        f'style="max-height: 60vh" aria-label="{html.escape(f"Regions of {whose}: {words}")}">'
        f'<image href="{url}" width="{asset.width}" height="{asset.height}"></image>{shapes}</svg>'
    )


def _shape(act: Annotation, line: float) -> str:
    region = act.region
    label = html.escape(act.label)
    box = region.bounds
    if isinstance(region, Landmark):
        x, y = region.outline[0]
        outline = f'<circle cx="{x}" cy="{y}" r="{2 * line}" '
    else:
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in region.outline)
        outline = f'<polygon points="{points}" '
    drawn = f'{outline}fill="none" stroke="#ffb000" stroke-width="{line:.2f}" />'
    size = 7 * line
    text = (
        f'<text x="{box.x + line}" y="{max(size, box.y - line)}" font-size="{size:.1f}" '
        f'fill="#ffb000" stroke="#000" stroke-width="{line / 2:.2f}" paint-order="stroke">'
    )
    return f"{drawn}{text}{label}</text>"
