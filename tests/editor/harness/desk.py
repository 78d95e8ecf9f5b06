"""What the harness page shows of the made-up pictures, and what it answers the editor's line."""

import functools
import json
import time
from dataclasses import replace

from acts_file import FOLDER, on_acts, recorded, whole
from made_up import (
    DISPLAYS,
    FRAMES,
    HALVES,
    IMAGES,
    MIDLINE,
    SIZES,
    SUGGESTED,
    box,
    excitation,
    picture,
)

from annotator.domain.vocabularies import vocabulary_data
from annotator.errors import ProtocolError, RegionError, SignInError, SuggestError
from annotator.ui.pixel_route import PIXELS, PixelContent, browser_of
from annotator.ui.region_editor import (
    EditorContent,
    EditorFaces,
    EditorFrames,
    EditorImage,
    EditorLabel,
    EditorLabelValue,
    EditorLine,
    EditorRegion,
    EditorRemarkShown,
    MapOverlay,
    WindowPreset,
    encode_image,
    encode_map,
)

LABELS = [
    EditorLabel("AU1", "inner brow raiser"),
    EditorLabel("AU4", "brow lowerer", 0.57, "AUC 0.81"),
    EditorLabel("AU12", "lip corner puller"),
    EditorLabel("AU25", "lips part"),
    EditorLabel("AU2", "outer brow raiser"),
    EditorLabel("51", "head turned left"),
    EditorLabel("52", "head turned right"),
]


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


@functools.cache
def encoded(name):
    return encode_image(picture(name))


def pixels_url(name, browser):
    return PIXELS.url_for(f"image:{name}", lambda: encoded(name), browser)


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
