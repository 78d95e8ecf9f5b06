"""Made-up pictures, and what is suggested on them."""

import uuid

import numpy as np

from annotator.ui.region_editor import EditorRegion

IMAGES = ["face", "film", "blank", "ct", "many", "large"]
SIZES = {
    "face": (640, 480),
    "film": (1024, 900),
    "blank": (300, 200),
    "ct": (512, 256),
    "many": (1200, 900),
    "large": (3000, 3000),
}
# Beside the queue: the frames of one file.
FRAMES = [f"cine{k}" for k in range(1, 7)]
SIZES |= dict.fromkeys(FRAMES, (256, 256))
DISPLAYS = {
    "ct": {
        "unit": "HU",
        "slope": 1.0,
        "intercept": -1024.0,
        "windows": [{"name": "Header", "center": 50.0, "width": 350.0}],
        "spacing_mm": [1.0, 0.5],
        "aspect": 2.0,
    }
}


def box(x, y, width, height):
    return {"type": "box", "x": x, "y": y, "width": width, "height": height}


def identity(name):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"harness/{name}"))


def suggestion(name, label, region, score):
    return EditorRegion(
        identity(name),
        label,
        region,
        score=score,
        proposed_region=region,
        proposed_label=label,
        reason="against everything else · explained mass 0.98 · 41 % of the map inside",
    )


SUGGESTED = {
    "face": [
        suggestion("mouth", "AU12", box(250, 300, 140, 70), 0.91),
        suggestion("teeth", "AU25", box(290, 322, 60, 24), 0.64),
        suggestion(
            "brow",
            "AU4",
            {
                "type": "polygon",
                "points": [[210, 120], [300, 104.25], [320, 140], [260, 160], [205.5, 150]],
            },
            0.57,
        ),
    ],
    "film": [suggestion("spot", "AU1", {**box(400, 300, 220, 180), "type": "ellipse"}, 0.8)],
    "blank": [],
    "ct": [],
    "many": [
        suggestion(f"many-{k}", "AU1", box(10 + 46 * (k % 25), 12 + 43 * (k // 25), 34, 30), 0.5)
        for k in range(500)
    ],
    "large": [],
}

# The other half of the brow, where the address asks for it; the face's halves meet in the middle.
HALVES = [suggestion("brow-left", "AU4", box(330, 110, 100, 45), 0.55)]
MIDLINE = 320.0
SUGGESTED |= {name: [] for name in FRAMES}


def picture(name):
    width, height = SIZES[name]
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    if name in FRAMES:
        disc = np.hypot(x - 60 - 25 * FRAMES.index(name), y - 128) < 30
        return np.where(disc, 3000, 400 + 4 * x).astype(np.uint16)
    if name == "ct":
        inside = ((x - 256) / 200) ** 2 + ((y - 128) / 100) ** 2 < 1
        return np.where(inside, 1024 + 40 + x / 8, 24).astype(np.uint16)
    if name == "large":
        return (800 + 1500 * np.hypot(x - 1500, y - 1500) / 2121 + (x % 64)).astype(np.uint16)
    if name == "film":
        spot = np.exp(-(((x - 510) / 90) ** 2 + ((y - 390) / 70) ** 2))
        body = 900 + 1400 * np.exp(-(((x - 512) / 380) ** 2)) + 900 * spot
        return (body + 60 * np.sin(y / 23)).astype(np.uint16)
    face = 200 * np.exp(
        -(((x - width / 2) / (width / 4)) ** 2 + ((y - height / 2) / (height / 2.4)) ** 2)
    )
    mouth = 90 * np.exp(-(((x - width / 2) / 60) ** 2 + ((y - height * 0.7) / 18) ** 2))
    channels = [face - 0.1 * mouth + 25, 0.8 * face - mouth + 25, 0.7 * face - mouth + 30]
    return np.clip(np.stack(channels, -1), 0, 255).astype(np.uint8)


def excitation(name, label, against):
    width, height = SIZES[name]
    y, x = np.mgrid[0 : height // 8, 0 : width // 8] * 8.0
    region = next(s.region for s in SUGGESTED[name] if s.label == label)
    if region["type"] == "polygon":
        cx, cy = np.mean(region["points"], axis=0)
    else:
        cx, cy = region["x"] + region["width"] / 2, region["y"] + region["height"] / 2
    spread = 30.0 if against == "dual" else 60.0
    return np.exp(-(((x - cx) / (1.6 * spread)) ** 2 + ((y - cy) / spread) ** 2))
