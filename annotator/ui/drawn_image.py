"""A still picture of an image with regions over it, where nobody edits."""

from __future__ import annotations

import html
from collections.abc import Sequence

import cv2
import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from annotator.domain import Annotation, ImageAsset, Mask
from annotator.ui.pixel_route import PIXELS, PixelContent
from annotator.ui.region_editor import encode_image
from annotator.workflows.pictures import shown_pixels
from annotator.workflows.workspace import Workspace

_LEAST_SIDE_PX = 720
_INK, _EDGE = (255, 176, 0), (0, 0, 0)


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
    stated = [act for act in acts if act.decision.states_region]

    def produce() -> PixelContent:
        picture = Image.fromarray(shown_pixels(workspace, asset)).convert("RGB")
        return encode_image(np.asarray(with_regions(picture, stated)))

    named = ":".join(str(act.id) for act in stated)
    url = PIXELS.url(f"drawn:{asset.pixels_sha256}:{asset.window}:{named}", produce)
    words = ", ".join(act.label for act in stated) or "no region"
    # Streamlit keeps pictures in HTML, and takes drawings in SVG out.
    st.html(
        f'<img src="{url}" alt="{html.escape(f"Regions of {whose}: {words}")}" '
        'style="width: 100%; max-height: 44vh; object-fit: contain; border-radius: 4px">'
    )


def with_regions(picture: Image.Image, acts: Sequence[Annotation]) -> Image.Image:
    """Return an RGB picture with the outlines and labels of regions drawn on it.

    Small pictures are enlarged by a whole number, so that labels can be read.
    """
    scale = max(1, round(_LEAST_SIDE_PX / max(picture.size)))
    drawn = picture.resize(
        (picture.width * scale, picture.height * scale), Image.Resampling.NEAREST
    )
    pen = ImageDraw.Draw(drawn)
    thick = max(2, max(drawn.size) // 180)
    font = ImageFont.load_default(size=8 * thick)
    for act in acts:
        for width, colour in ((2 * thick, _EDGE), (thick, _INK)):
            if isinstance(act.region, Mask):
                drawn.paste(colour, mask=_edges(act.region, picture.size, scale, width))
                continue
            for ring in act.region.rings:
                corners = [(x * scale, y * scale) for x, y in ring]
                if len(corners) > 1:
                    pen.line([*corners, corners[0]], fill=colour, width=width, joint="curve")
                else:
                    pen.circle(corners[0], 2 * thick, outline=_EDGE, fill=_INK)
        left, top, *_ = (edge * scale for edge in act.region.extent)
        place = (left, max(0.0, top - 11 * thick))
        pen.text(place, act.label, _INK, font, stroke_width=thick, stroke_fill=_EDGE)
    return drawn


def _edges(mask: Mask, size: tuple[int, int], scale: int, width: int) -> Image.Image:
    """Return where the edges of a mask's pixels are, so many pixels wide, on the enlarged picture.

    Of noise the outlines have millions of corners, over which a pen takes minutes.
    """
    columns, rows = size
    inside = mask.mask(rows, columns).astype(np.uint8).repeat(scale, 0).repeat(scale, 1)
    around = np.pad(inside, width)
    pen = np.ones((width, width), dtype=np.uint8)
    edges = cv2.morphologyEx(around, cv2.MORPH_GRADIENT, pen)[width:-width, width:-width]
    return Image.fromarray(255 * edges)
