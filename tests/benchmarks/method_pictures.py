"""Draw the pictures of docs/method.md: run `python tests/benchmarks/method_pictures.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from models.classifier import Classifier
from models.explainer import ExcitationMap, Explainer

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "annotator/demo/astronaut.jpg"
FACE = (172.0, 62.0, 104.0, 128.0)  # x, y, width, height
SHOWN = (148, 40, 300, 214)  # left, top, right, bottom
ZOOM = 2
CONTRASTS = ("none", "dual", "rest", "neutral")
LAYERS = ("dense1", "dense2", "dense3")


def drawn(photo: Image.Image, placed: Tensor, caption: str) -> Image.Image:
    """Lay a map over the face: red where it is, the more the brighter, under a caption."""
    strength = placed / placed.max().clamp(min=1e-12)
    alpha = (strength.sqrt() * 0.75)[..., None].numpy()
    grey = np.asarray(photo.convert("L").convert("RGB"), dtype=np.float32)
    mixed = grey * (1 - alpha) + np.array([230, 40, 20], dtype=np.float32) * alpha
    face = Image.fromarray(mixed.round().astype(np.uint8)).crop(SHOWN)
    face = face.resize((face.width * ZOOM, face.height * ZOOM), Image.Resampling.BICUBIC)
    tile = Image.new("RGB", (face.width, face.height + 24), "white")
    tile.paste(face, (0, 24))
    ImageDraw.Draw(tile).text((4, 6), caption, fill="black")
    return tile


def row(photo: Image.Image, maps: list[tuple[str, ExcitationMap]], name: str) -> None:
    tiles = [
        drawn(photo, found.in_image(), f"{what} ({found.explained_mass:.0%} explained)")
        for what, found in maps
    ]
    width = sum(tile.width for tile in tiles) + 8 * (len(tiles) - 1)
    sheet = Image.new("RGB", (width, tiles[0].height), "white")
    left = 0
    for tile in tiles:
        sheet.paste(tile, (left, 0))
        left += tile.width + 8
    sheet.quantize(128).save(ROOT / "docs/images" / name, optimize=True)


def main() -> None:
    photo = Image.open(PICTURE).convert("RGB")
    image = torch.from_numpy(np.asarray(photo).copy()).permute(2, 0, 1)
    explainer = Explainer(Classifier.load("face-expression", device="cpu"))

    def explain(contrast: str, layer: str | tuple[str, ...] | None = None) -> list[ExcitationMap]:
        (found,) = explainer.excitation_maps(
            [image], ["happy"], contrast=contrast, boxes=[FACE], layer=layer
        )
        return found

    (ROOT / "docs/images").mkdir(exist_ok=True)
    contrasts = [(f"happy against {c}", explain(c)[0]) for c in CONTRASTS]
    row(photo, contrasts, "method-contrast.png")
    layers = [(f"happy at {found.layer}", found) for found in explain("dual", LAYERS)]
    row(photo, layers, "method-layers.png")


if __name__ == "__main__":
    main()
