"""A film's frames are numbered as in the film, in a table of its own, whoever reads them."""

from __future__ import annotations

import csv
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from other_environments import answer_of

from annotator.domain import (
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    LabelValue,
    Presence,
    Provenance,
    SuggestionRun,
)
from annotator.export import Selection, Source, export_items, verify_dataset

LABELS = LabelSet((Label("FACS", "AU12", ""), Label("FACS", "AU1", "")))
TIME = datetime(2026, 5, 1, tzinfo=UTC)
EVERY_FIFTH = (0, 5, 10, 15)


def picture(name: str, number: int, **given) -> ImageRecord:
    """An image on which R codes 12C."""
    given = {"source_sha256": "1" * 64} | given
    image = ImageAsset(name, 9, 8, f"{number:064x}", id=uuid.UUID(int=number), **given)
    said = LabelValue(
        uuid.uuid4(), image.id, "R", "AU12", Presence.PRESENT, "C", "L", created_at=TIME
    )
    made_by = Provenance("card", "1", "ab" * 32, "excitation backprop", {}, "0.1")
    run = SuggestionRun(image.id, made_by, {"AU12": 0.25 + number / 1000, "AU1": 0.5}, ())
    return ImageRecord(image, (), (run,), (), (said,))


def project() -> list[ImageRecord]:
    """Two films of one name, every fifth frame of each, and two stills of one person."""
    films = [
        picture(
            "smile 1.mp4", 10 * film + frame + 1, frame=frame, source_sha256=f"{film}" * 64,
            display={"time_s": frame / 25}, subject=f"S{film}",
        )
        for film in (1, 2)
        for frame in EVERY_FIFTH
    ]  # fmt: skip
    return [*films, picture("a.png", 101, subject="S1"), picture("b.png", 102, subject="S1")]


def exported(tmp_path: Path, name: str, records=None, **chosen) -> Path:
    source = Source(records or project(), LABELS, "p", uuid.UUID(int=7))
    report = export_items(
        source,
        tmp_path / uuid.uuid4().hex,
        format_name=name,
        selection=Selection(unfinished=True, **chosen),
    )
    return report.folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def test_openface_has_one_table_a_film_from_frame_1(tmp_path):
    folder = exported(tmp_path, "openface") / "coder-1"
    tables = {path.name: pd.read_csv(path) for path in folder.iterdir()}
    assert sorted(tables) == ["smile_1-2.csv", "smile_1.csv", "stills.csv"]
    for name in ("smile_1.csv", "smile_1-2.csv"):
        film = tables[name]
        assert film["frame"].tolist() == [frame + 1 for frame in EVERY_FIFTH]
        assert film["timestamp"].tolist() == [frame / 25 for frame in EVERY_FIFTH]
        assert set(film["original_file_name"]) == {"smile 1.mp4"}
        assert set(film["sequence"]) == {name.removesuffix(".csv")}
    assert tables["stills.csv"]["frame"].tolist() == [1, 2]
    assert tables["stills.csv"]["original_file_name"].tolist() == ["a.png", "b.png"]


def test_py_feat_has_one_input_a_film_from_frame_0(tmp_path):
    table = pd.read_csv(exported(tmp_path, "py-feat") / "coder-1" / "py-feat.csv")
    films = {name: rows["frame"].tolist() for name, rows in table.groupby("input")}
    assert films == {
        "smile 1.mp4": list(EVERY_FIFTH),
        "smile_1-2.mp4": list(EVERY_FIFTH),
        "a.png": [0],
        "b.png": [1],
    }


PY_FEAT_READS = {
    "emotions": ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"],
    "faceboxes": ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore"],
    "poses": ["Pitch", "Roll", "Yaw", "X", "Y", "Z"],
    "landmarks": [f"{axis}_{number}" for axis in "xy" for number in range(68)],
}
"""What a Fex looks up by name (`read_feat` of py-feat 2.1.5, feat/utils/io.py)."""


def test_py_feats_reader_finds_twenty_units_and_no_error(tmp_path):
    table = pd.read_csv(exported(tmp_path, "py-feat") / "coder-1" / "py-feat.csv")
    units = [column for column in table.columns if "AU" in column]
    assert len(units) == 20
    assert table["AU12"].tolist() == [1.0] * 10
    assert table["intensity_12"].tolist() == [3] * 10
    for columns in PY_FEAT_READS.values():
        assert table[columns].isna().all(axis=None)


READ_FEAT = """
import json, sys, warnings
warnings.simplefilter("ignore")
from models.torchvision_on_cpu import import_torchvision
import_torchvision()  # which py-feat imports, whatever build of torch is beside it
from feat.utils.io import read_feat
fex = read_feat(sys.argv[1])
parts = {name: getattr(fex, name) for name in ("emotions", "faceboxes", "facepose", "landmarks")}
print(json.dumps({
    "type": type(fex).__name__,
    "units": list(fex.aus.columns),
    "lip corner puller": fex.aus["AU12"].tolist(),
    "inputs": fex.inputs.tolist(),
    "empty": {name: bool(part.isna().all(axis=None)) for name, part in parts.items()},
}))
"""


def test_py_feats_own_reader(tmp_path):
    table = exported(tmp_path, "py-feat") / "coder-1" / "py-feat.csv"
    read = answer_of("PYFEAT_PYTHON", "py-feat", READ_FEAT, table)
    assert read["type"] == "Fex"
    assert len(read["units"]) == 20
    assert read["lip corner puller"] == [1.0] * 10
    assert read["inputs"][-2:] == ["a.png", "b.png"]
    assert set(read["empty"].values()) == {True}


def test_disfas_readers_find_folders_and_the_films_own_frames(tmp_path):
    folder = exported(tmp_path, "disfa")
    labels = folder / "coder-1" / "ActionUnit_Labels"
    assert sorted(path.name for path in labels.glob("SN*")) == ["SN001", "SN002", "SN003"]
    assert (labels / "SN001" / "SN001_au12.txt").read_text().split() == [
        f"{frame + 1},3" for frame in EVERY_FIFTH
    ]
    called = {row["sequence_number"]: row["sequence"] for row in rows(folder / "frames.csv")}
    assert called == {"1": "smile_1", "2": "smile_1-2", "3": "S1"}


def test_bp4d_numbers_by_the_film(tmp_path):
    folder = exported(tmp_path, "bp4d") / "coder-1"
    names = {path.name for path in (folder / "AU_OCC").iterdir()}
    assert names == {"smile_1.csv", "smile_1-2.csv", "S1.csv"}
    table = pd.read_csv(folder / "AU_OCC" / "smile_1.csv")
    assert table["0"].tolist() == [frame + 1 for frame in EVERY_FIFTH]
    grades = (folder / "AU_INT" / "AU12" / "smile_1_AU12.csv").read_text().split()
    assert grades == [f"{frame + 1},3" for frame in EVERY_FIFTH]


def test_events_go_over_the_frames_taken_and_count_those_of_the_film(tmp_path):
    first, second, stills = sorted(
        rows(exported(tmp_path, "facs-events") / "events.csv"),
        key=lambda row: ("smile_1", "smile_1-2", "S1").index(row["sequence"]),
    )
    for film in (first, second):
        places = [film[key] for key in ("onset_frame", "offset_frame", "frames", "offset_s")]
        assert places == ["1", "16", "16", "0.6"]
    assert [stills[key] for key in ("onset_frame", "offset_frame", "frames")] == ["1", "2", "2"]


def test_an_event_lasts_as_long_as_its_last_picture_is_shown(tmp_path):
    display = {"time_s": 0.4, "last_time_s": 0.8, "last_frame": 20}
    one = picture("smile.mp4", 1, frame=10, display=display, source_sha256="9" * 64)
    (event,) = rows(exported(tmp_path, "facs-events", [one]) / "events.csv")
    assert [event[key] for key in ("onset_frame", "offset_frame", "frames", "offset_s")] == [
        "11", "21", "11", "0.8",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["openface", "py-feat", "disfa", "bp4d", "facs-events"])
def test_frames_csv_says_which_frame_of_which_file_an_image_is(tmp_path, name):
    said = rows(exported(tmp_path, name) / "frames.csv")
    assert [
        (row["original_file_name"], row["frame_in_file"], row["image_uuid"]) for row in said
    ] == [
        (
            one.image.file_name,
            "" if one.image.frame is None else str(one.image.frame),
            str(one.image.id),
        )
        for one in project()
    ]
    assert all(int(row["frame"]) == int(row["frame_in_file"]) + 1 for row in said[:8])


def test_without_names_of_files_a_films_frames_stay_together(tmp_path):
    folder = exported(tmp_path, "openface", pseudonyms=True)
    assert {path.name for path in (folder / "coder-1").iterdir()} == {
        "film.csv", "film-2.csv", "stills.csv",
    }  # fmt: skip
    assert not any(b"smile" in path.read_bytes() for path in folder.rglob("*.csv"))
    table = pd.read_csv(exported(tmp_path, "py-feat", pseudonyms=True) / "coder-1" / "py-feat.csv")
    assert table.groupby("input")["frame"].apply(list).tolist().count(list(EVERY_FIFTH)) == 2


def test_codes_csv_has_each_stretch_of_the_same_word(tmp_path):
    film = [picture("smile.mp4", n, frame=n, source_sha256="9" * 64) for n in range(1, 5)]
    folder = exported(tmp_path, "facs-events", film)
    said = [
        {key: row[key] for key in ("from_frame", "to_frame", "unit", "value", "intensity", "side")}
        for row in rows(folder / "codes.csv")
    ]
    assert said == [
        {
            "from_frame": "2", "to_frame": "5", "unit": "AU12", "value": "present",
            "intensity": "C", "side": "L",
        }
    ]  # fmt: skip
    assert json.loads((folder / "manifest.json").read_text())["losses"].keys() == {
        "images that nobody finished, not told from images without findings"
    }


@pytest.mark.parametrize("name", ["openface", "bp4d", "coco"])
def test_a_classifiers_scores_are_beside_the_codes_where_they_are_asked_for(tmp_path, name):
    assert not (exported(tmp_path, name) / "classifier_scores.csv").exists()
    folder = exported(tmp_path, name, scores=True, labels=frozenset({"AU12"}))
    said = rows(folder / "classifier_scores.csv")
    assert [
        (row["original_file_name"], row["frame_in_file"], row["classifier_score_AU12"])
        for row in said
    ] == [
        (
            one.image.file_name,
            "" if one.image.frame is None else str(one.image.frame),
            str(one.runs[-1].scores["AU12"]),
        )
        for one in project()
    ]
    assert {(row["classifier"], row["classifier_version"]) for row in said} == {("card", "1")}
    assert not any("AU1" in key and "classifier" not in key for key in said[0])
    assert "classifier_score_AU1" not in said[0]
    assert verify_dataset(folder) == []
