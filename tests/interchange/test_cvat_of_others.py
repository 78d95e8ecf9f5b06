"""CVAT's XML as other teams have it: skeletons, attributes, tracks of films."""

from __future__ import annotations

from pathlib import Path

from annotator.domain import BoundingBox, Label, LabelSet
from annotator.formats import ImportedImage, import_format

LABELS = LabelSet((Label("own", "face", ""), Label("own", "nose", "")))
META = (
    "<meta><task><original_size><width>100</width><height>80</height></original_size>"
    "<source>film.mp4</source></task></meta>"
)


def read(tmp_path: Path, inside: str) -> list[ImportedImage]:
    whole = f"<annotations><version>1.1</version>{inside}</annotations>"
    (tmp_path / "annotations.xml").write_text(whole)
    return list(import_format("cvat").read(tmp_path, LABELS, lambda _: None))


def test_skeletons_are_points_of_their_own_labels_where_the_project_has_them(tmp_path):
    joints = (
        '<points label="nose" points="1,2" outside="0"/><points label="chin" points="3,4"/>'
        '<points label="ear" points="0,0" outside="1"/>'
    )
    skeleton = f'<skeleton label="face" source="auto">{joints}</skeleton>'
    (image,) = read(tmp_path, f'<image name="a.png">{skeleton}</image>')
    seen = [(one.label, one.region.extent[:2], one.suggested) for one in image.regions]
    assert seen == [("nose", (1, 2), True), ("face", (3, 4), True)]
    assert image.notes == ("points of skeletons taken over as points by themselves",)


def test_attributes_are_said_to_be_left_out(tmp_path):
    box = (
        '<box label="face" occluded="1" xtl="1" ytl="1" xbr="9" ybr="9">'
        '<attribute name="grade">II</attribute><attribute name="rater">Ada</attribute>'
        '<attribute name="blurred">false</attribute></box>'
    )
    (image,) = read(tmp_path, f'<image name="a.png">{box}</image>')
    assert image.regions[0].rater == "Ada"
    assert image.notes == (
        "attributes 'grade' of regions left out: a region has its label only",
        "attributes 'occluded' of regions left out: a region has its label only",
    )


def box(frame: int, left: float, outside: int = 0, keyframe: int = 1) -> str:
    return (
        f'<box frame="{frame}" outside="{outside}" keyframe="{keyframe}" xtl="{left}" ytl="1" '
        f'xbr="{left + 9}" ybr="9"/>'
    )


def test_tracks_are_read_at_their_key_frames(tmp_path):
    boxes = box(0, 1) + box(1, 2, keyframe=0) + box(7, 5) + box(8, 5, outside=1)
    tracks = f'<track id="0" label="face" source="manual">{boxes}</track>'
    tracks += f'<track id="1" label="nose" source="auto">{box(7, 20)}</track>'
    tracks += '<track id="2" label="nose"><box frame="first"/></track>'
    fault, first, second = read(tmp_path, META + tracks)
    assert fault.faults[0].startswith("The track 'nose' is left out: a field of it is missing")
    assert [(one.file_name, one.frame) for one in (first, second)] == [
        ("film.mp4", 0),
        ("film.mp4", 7),
    ]
    assert (first.width, first.height) == (100, 80)
    assert [one.region for one in first.regions] == [BoundingBox(1, 1, 9, 8)]
    assert [(one.label, one.suggested) for one in second.regions] == [
        ("face", False),
        ("nose", True),
    ]
    assert first.notes[0].startswith("frames of films taken over by the key frames of tracks")


def test_a_track_of_no_film_says_how_to_export(tmp_path):
    (image,) = read(tmp_path, f'<track id="0" label="face">{box(0, 1)}</track>')
    (fault,) = image.faults
    assert fault.startswith("The track 'face' is left out: it is of no film that the file names; ")
    assert fault.endswith('export from CVAT as "CVAT for images".')
