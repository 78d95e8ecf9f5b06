"""FACS codes 70 to 74: what cannot be seen is not assessable, which no table may call absent."""

from __future__ import annotations

import csv
import uuid
from datetime import UTC, datetime

import pytest

from annotator.domain import (
    ImageAsset,
    ImageRecord,
    LabelValue,
    Mode,
    Presence,
    Protocol,
    Reading,
    ReadingRecord,
    Round,
)
from annotator.domain.facs import parse_facs
from annotator.domain.vocabularies import vocabulary
from annotator.export import Consensus, Selection, Source, export_items

FACS = vocabulary("facs").label_set
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
BROW, EYES = {1, 2, 4}, {5, 6, 7, 43, 45}


def coded(*lines: str, film: bool = False) -> ImageRecord:
    """An image that readers code by these lines, each by itself, and sign."""
    time = {"display": {"time_s": 0.5}, "frame": 0} if film else {}
    image = ImageAsset("a.png", 9, 8, "0" * 64, "1" * 64, subject="S1", **time)
    readings = []
    for rater, line in zip("ABC", lines, strict=False):
        values = [
            LabelValue(
                uuid.uuid4(), image.id, rater, code.code, Presence.PRESENT, code.intensity,
                code.side, created_at=BEGIN,
            )
            for code in parse_facs(line).codes
        ]  # fmt: skip
        head = (uuid.uuid4(), uuid.UUID(int=2), image.id, rater)
        made = Reading(*head, Round.FIRST, Mode.SUGGESTIONS_FIRST, BEGIN, BEGIN)
        readings.append(ReadingRecord(made, (), tuple(values)))
    values = tuple(value for read in readings for value in read.label_values)
    protocol = Protocol(readers=len(lines))
    return ImageRecord(image, (), (), tuple(readings), values, (), protocol)


def rows(path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.reader(lines))


def exported(tmp_path, record, name, **chosen):
    source = Source([record], FACS, "p", uuid.UUID(int=7))
    return export_items(
        source,
        tmp_path / uuid.uuid4().hex,
        format_name=name,
        selection=Selection(unfinished=True, **chosen),
    )


def openface(tmp_path, record, **chosen) -> tuple[dict[int, str], str, str]:
    """What OpenFace's table says of each unit, and its success and confidence."""
    name = "stills.csv" if record.image.frame is None else "a.csv"
    (table,) = exported(tmp_path, record, "openface", **chosen).folder.rglob(name)
    head, row = rows(table)
    cells = dict(zip(head, row, strict=True))
    units = {int(key[2:4]): cell for key, cell in cells.items() if key.endswith("_c")}
    grades = {int(key[2:4]): cell for key, cell in cells.items() if key.endswith("_r")}
    for unit, grade in grades.items():
        assert (grade == "") == (units[unit] == ""), unit
    return units, cells["success"], cells["confidence"]


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("70", lambda unit: unit in BROW),
        ("71", lambda unit: unit in EYES),
        ("72", lambda unit: unit not in BROW | EYES),
        ("70+72", lambda unit: unit not in EYES),
        ("73", lambda unit: True),
        ("74", lambda unit: True),
        ("51", lambda unit: False),
    ],
)
def test_a_code_hides_its_units_and_no_others(tmp_path, line, hidden):
    units, success, confidence = openface(tmp_path, coded(line, film=True))
    assert units == {unit: "" if hidden(unit) else "0" for unit in units}
    assert success == confidence == ("0" if line in ("73", "74") else "1")


def test_nine_in_bp4d_and_no_line_in_disfa(tmp_path):
    record = coded("72+4C", film=True)
    (table,) = exported(tmp_path, record, "bp4d").folder.rglob("AU_OCC/*.csv")
    (_, *units), (_, *codes) = rows(table)
    said = dict(zip(map(int, units), codes, strict=True))
    assert {unit: code for unit, code in said.items() if code != "9"} == {
        1: "0", 2: "0", 4: "1", 5: "0", 6: "0", 7: "0",
    }  # fmt: skip
    folder = exported(tmp_path, record, "disfa").folder
    files = {int(path.stem.rpartition("au")[2]): path for path in folder.rglob("*_au*.txt")}
    assert {unit: path.read_text().strip()[-1] for unit, path in files.items()} == {
        1: "0", 2: "0", 4: "3", 5: "0", 6: "0",
    }  # fmt: skip


def test_py_feat_and_the_tables_of_labels(tmp_path):
    record = coded("71", film=True)
    (table,) = exported(tmp_path, record, "py-feat").folder.rglob("py-feat.csv")
    head, row = rows(table)
    cells = dict(zip(head, row, strict=True))
    assert [cells[f"AU{unit:02d}"] for unit in (1, 7, 43, 12)] == ["0.0", "", "", "0.0"]
    head, *said = rows(exported(tmp_path, record, "csv").folder / "labels.csv")
    at = [head.index(column) for column in ("label", "value", "basis")]
    by_label = {row[at[0]]: tuple(row[n] for n in at[1:]) for row in said}
    assert by_label["AU7"] == by_label["61"] == ("not_assessable", "not visible")
    assert by_label["AU12"] == by_label["51"] == ("absent", "review")
    assert by_label["AU0"] == ("not_assessable", "not visible")
    assert by_label["71"] == ("present", "stated")


def test_what_is_stated_in_spite_of_it_stands(tmp_path):
    units, *_ = openface(tmp_path, coded("72+12C"))
    assert (units[12], units[15]) == ("1", "")


def test_a_still_shows_no_blink(tmp_path):
    assert openface(tmp_path, coded("0"))[0][45] == ""
    assert openface(tmp_path, coded("0", film=True))[0][45] == "0"
    assert openface(tmp_path, coded("45C"))[0][45] == "1"


def test_labels_that_are_asked_for_are_hidden_by_one_that_is_not(tmp_path):
    units, success, _ = openface(tmp_path, coded("73"), labels=frozenset({"AU12", "AU4"}))
    assert (units[12], units[4], success) == ("", "", "0")


def test_readers_hide_their_own_word_only_and_a_consensus_what_half_of_them_do(tmp_path):
    record = coded("72", "12", "4")
    with (exported(tmp_path, record, "csv").folder / "labels.csv").open(
        newline="", encoding="utf-8-sig"
    ) as lines:
        said = {(r["rater"], r["label"]): r["value"] for r in csv.DictReader(lines)}
    assert [said[rater, "AU15"] for rater in "ABC"] == ["not_assessable", "absent", "absent"]
    together = {"consensus": Consensus.MAJORITY}
    assert openface(tmp_path, record, **together)[0][15] == "0"
    assert openface(tmp_path, coded("72", "4"), **together)[0][15] == ""
    assert openface(tmp_path, coded("72", "72", "4"), **together)[0][15] == ""
