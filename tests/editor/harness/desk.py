"""Made-up pictures, and a record in a plain file, for the editor of the harness page.

The record is a line of JSON per act, so that a test can read what reached Python, and it is
there again after the server was killed.
"""

import fcntl
import json
import os
import time
import uuid
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from annotator.domain import MaskChange, stated_region_from_json
from annotator.domain.vocabularies import vocabulary_data
from annotator.errors import ProtocolError, RegionError, SignInError, StorageError, SuggestError
from annotator.ui.pixel_route import PIXELS, PixelContent, browser_of
from annotator.ui.region_editor import (
    AnyAct,
    EditorConflict,
    EditorContent,
    EditorFaces,
    EditorFrames,
    EditorImage,
    EditorLabel,
    EditorLabelValue,
    EditorLine,
    EditorRefusal,
    EditorRegion,
    EditorRemarkShown,
    MapOverlay,
    Saved,
    WindowPreset,
    encode_image,
    encode_map,
)

FOLDER = Path(os.environ["HARNESS_FOLDER"])
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
LABELS = [
    EditorLabel("AU1", "inner brow raiser"),
    EditorLabel("AU4", "brow lowerer", 0.57, "AUC 0.81"),
    EditorLabel("AU12", "lip corner puller"),
    EditorLabel("AU25", "lips part"),
    EditorLabel("AU2", "outer brow raiser"),
    EditorLabel("51", "head turned left"),
    EditorLabel("52", "head turned right"),
]


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


def record_path():
    return FOLDER / "acts.jsonl"


def recorded():
    if not record_path().exists():
        return []
    return [json.loads(line) for line in record_path().read_text().splitlines()]


def whole(acts):
    """Return acts with the region after each, where one says what changed of a mask."""
    regions, read = {}, []
    for act in acts:
        region = act["region"] if "decision" in act else None
        if region is not None:
            stated = stated_region_from_json(region)
            if isinstance(stated, MaskChange):
                stated = stated.applied_to(regions[str(stated.changes)])
                region = stated.to_json()
            regions[act["id"]] = stated
        read.append({**act, "region": region} if region is not None else act)
    return read


def subject(act):
    """What an act speaks of."""
    return act["document"], act.get("region_id"), act.get("label") if "value" in act else None


def on_acts(acts: list[AnyAct]) -> Saved:
    # What is sent again may come while a slow run is at the first: as in the record, one by one.
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return save(acts)


def save(acts: list[AnyAct]) -> Saved:
    if (FOLDER / "slow").exists():
        time.sleep(0.25)
    if (FOLDER / "full").exists():
        raise StorageError("The disk is full; make room and press Retry.")
    never = [path.name.removeprefix("never-") for path in FOLDER.glob("never-*")]
    before = whole(recorded())
    known = {act["id"] for act in before}
    latest = {subject(act): act for act in before}
    saved, clashes, refused = [], {}, []
    with record_path().open("a") as file:
        for act in acts:
            said = asdict(act)
            if act.document in never:
                refused.append(EditorRefusal(act.id, "Your reading of this image is signed."))
                continue
            now = latest.get(subject(said))
            is_new = act.id not in known and "remark" not in said
            is_late = (now or {}).get("id") != said.get("supersedes")
            if is_new and (subject(said) in clashes or is_late):
                clashes.setdefault(subject(said), EditorConflict(act.id, said["rater"], now))
                continue
            if act.id not in known:
                file.write(json.dumps(said) + "\n")
                latest[subject(said)] = whole([*before, said])[-1]
                before.append(latest[subject(said)])
            saved.append(act.id)
    return Saved(frozenset(saved), tuple(clashes.values()), tuple(refused))


def current_regions(name, earlier, halves, level):
    suggested = SUGGESTED[name] + (HALVES if halves else [])
    regions = {
        region.id: replace(region, proposed_before=earlier, cut_level=level) for region in suggested
    }
    for act in whole(recorded()):
        if act["document"] != name or "decision" not in act:
            continue
        before = regions.get(act["region_id"]) or EditorRegion(
            act["region_id"], act["label"], act["region"], origin="rater"
        )
        regions[before.id] = replace(
            before,
            label=act["label"],
            region=act["region"],
            decision=act["decision"],
            last_act=act["id"],
        )
    return [region for region in regions.values() if region.decision != "withdrawn"]


def current_values(name):
    values = {act["label"]: act for act in recorded() if "value" in act and act["document"] == name}
    return [
        EditorLabelValue(a["label"], a["value"], a["intensity"], a["side"], a["id"])
        for a in values.values()
    ]


def current_remarks(name):
    return [
        EditorRemarkShown(a["id"], a["remark"], a["text"], a["rater"], a["region_id"], a["answers"])
        for a in recorded()
        if "remark" in a and a["document"] == name
    ]


def facs_url(browser):
    def produce():
        return PixelContent(json.dumps(vocabulary_data("facs")).encode(), "application/json")

    return PIXELS.url_for("facs", produce, browser)


def known(name):
    return name if name in IMAGES + FRAMES else IMAGES[0]


def place_of(name):
    return IMAGES.index(name) if name in IMAGES else 0


FOUND = [box(200, 100, 240, 300), box(20, 30, 90, 110), box(520, 20, 100, 120)]


class HarnessDesk:
    """One sitting at the harness: what a page's address asks for, and the browser."""

    def __init__(self, asked, browser):
        self.asked = asked
        self.browser = browser

    def save(self, acts):
        while (FOLDER / "holding").exists():
            time.sleep(0.02)
        return on_acts(list(acts))

    def image(self, document):
        while (FOLDER / "slow-image").exists():
            time.sleep(0.02)
        return content(known(document), self.asked, self.browser)

    def sign(self, document, _reading, then, _seen, _act_id):
        with (FOLDER / "signed.log").open("a") as file:
            file.write(document + "\n")
        return self.image(then or document)

    def frame(self, _document, place):
        with (FOLDER / "frames.log").open("a") as file:
            file.write(f"{place}\n")
        return self.image(FRAMES[place - 1])

    def why(self, document, label, against):
        while (FOLDER / "thinking").exists():
            time.sleep(0.02)
        if against == "none":
            raise SuggestError("This network has no map without a contrast.")
        return overlay(document, label, against, self.browser)

    def fit(self, _document, region):
        while (FOLDER / "thinking").exists():
            time.sleep(0.02)
        if region.kind == "point":
            raise RegionError("A point has no outline that could be fitted to edges.")
        return region.moved(5, 0).to_json()

    def faces(self, _document):
        return FOUND

    def choose_face(self, _document, box):
        if box.width < 16:
            raise SuggestError("A face needs at least 16 x 16 px.")
        READ[self.asked.get("sitting", "0")] = (box.to_json(), "chosen by a person")

    def reopen(self, _document, _reason, _act_id):
        raise ProtocolError("Nothing is signed here.")

    def question(self, _document, _act, _text, _act_id):
        raise ProtocolError("Nobody else reads here.")


READ = {}
"""The face that was chosen, by sitting."""


def open_desk(opened, cookies):
    if (FOLDER / "signed-out").exists():
        raise SignInError("You are not signed in, or your session has ended; sign in again.")
    return HarnessDesk(json.loads(opened.queue), browser_of(cookies))


LINE = EditorLine(open_desk, lambda *_: ())


def overlay(name, label, against, browser):
    return MapOverlay(
        label,
        against,
        PIXELS.url_for(
            f"map:{name}:{label}:{against}",
            lambda: encode_map(excitation(name, label, against)),
            browser,
        ),
        f"{name}:{label}:{against}",
        f"{label} against {'everything else' if against == 'dual' else against}",
    )


def pixels_url(name, browser):
    return PIXELS.url_for(f"image:{name}", lambda: encode_image(picture(name)), browser)


def content(name, asked, browser):
    """Return what the editor shows of an image, as a page's address asks for it."""
    place = place_of(name)
    width, height = SIZES[name]
    image = EditorImage(
        pixels_url(name, browser),
        f"pixels-{name}",
        width,
        height,
        kind="grey16" if name in ("film", "ct", "large", *FRAMES) else "png8",
        series="cine" if name in FRAMES else None,
        display=DISPLAYS.get(name),
        window=(800, 3200) if name == "film" else None,
        presets=(WindowPreset("Soft", 600, 2400), WindowPreset("Bright", 1500, 3400))
        if name == "film"
        else (),
    )
    maps = [overlay(name, s.label, "dual", browser) for s in SUGGESTED[name]]
    read, how = READ.get(asked.get("sitting", "0"), (FOUND[0], "most prominent"))
    halves = name == "face" and asked.get("halves") == "yes"
    return EditorContent(
        name,
        image,
        current_regions(
            name, asked.get("earlier") == "yes", halves, float(asked.get("cut", "0.5"))
        ),
        LABELS,
        maps if len(maps) < 10 else (),
        label_values=current_values(name),
        remarks=current_remarks(name),
        midline=MIDLINE if halves else None,
        facs_url=facs_url(browser) if name == "face" else None,
        owner="harness",
        rater=asked.get("rater", "rater"),
        caption=f"{name} · {place + 1} of {len(IMAGES)}",
        notices=() if SUGGESTED[name] else ("No label reached its threshold on this image.",),
        prefetch=[
            pixels_url(other, browser)
            for other in IMAGES[place + 1 : place + 2]
            if other != "large"
        ],
        previous=IMAGES[place - 1] if place > 0 else None,
        next=IMAGES[place + 1] if place < len(IMAGES) - 1 else None,
        can_sign=True,
        must_decide=asked.get("decide") == "all",
        readonly=asked.get("readonly") == "yes",
        frames=EditorFrames(FRAMES.index(name) + 1, len(FRAMES), f"0:0{FRAMES.index(name)}.00")
        if name in FRAMES
        else None,
        faces=EditorFaces(read, how) if asked.get("faces") == "yes" else None,
    )
