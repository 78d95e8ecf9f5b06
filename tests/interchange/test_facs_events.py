"""FACS by event: onset, apex and offset out of what is coded frame by frame."""

from __future__ import annotations

import csv
import uuid
from datetime import UTC, datetime

import pytest

from annotator.domain import ImageAsset, ImageRecord, Label, LabelSet, LabelValue, Presence
from annotator.export import Source, export_items

LABELS = LabelSet((Label("FACS", "AU12", ""), Label("FACS", "AU1", "")))
TIME = datetime(2026, 5, 1, tzinfo=UTC)


def film(coding: str, name: str = "", **changes) -> list[ImageRecord]:
    """AU12 frame by frame: ``.`` not coded, ``0`` absent, A to E present, ``+`` not graded.

    With a name they are every second frame of a film, without one a subject's stills.
    """
    records = []
    for number, code in enumerate(coding, start=1):
        given = {"subject": "S1", "source_sha256": "1" * 64} | changes
        given |= {"frame": 2 * number - 2} if name else {}
        image = ImageAsset(name or f"{number}.png", 9, 8, f"{number:064x}", **given)
        value = Presence.ABSENT if code == "0" else Presence.PRESENT
        grade = code if code in "ABCDE" else None
        said = LabelValue(
            uuid.uuid4(), image.id, "R", "AU12", value, grade, "L" if grade else None,
            created_at=TIME,
        )  # fmt: skip
        records.append(ImageRecord(image, (), (), (), () if code == "." else (said,)))
    return records


def events(tmp_path, records) -> list[dict[str, str]]:
    report = export_items(
        Source(records, LABELS, "p", uuid.UUID(int=7)),
        tmp_path / uuid.uuid4().hex,
        format_name="facs-events",
    )
    with (report.folder / "events.csv").open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def brief(row: dict[str, str]) -> str:
    places = "-".join(row[f"{which}_frame"] for which in ("onset", "apex", "offset"))
    seen = "".join(row[f"{which}_seen"][0] for which in ("onset", "offset"))
    return f"{places} {row['apex_intensity'] or '?'} {seen}"


@pytest.mark.parametrize(
    ("coding", "found"),
    [
        ("0ABCB0", ["2-4-5 C yy"]),
        ("AB00C", ["1-2-2 B ny", "5-5-5 C yn"]),
        ("0A.A0", ["2-2-2 A yn", "4-4-4 A ny"]),
        ("0++0", ["2-2-3 ? yy"]),
        ("0CC0C", ["2-2-3 C yy", "5-5-5 C yn"]),
        ("A.0", ["1-1-1 A nn"]),
        ("0.0", []),
    ],
)
def test_onset_apex_offset(tmp_path, coding, found):
    rows = events(tmp_path, film(coding))
    assert [brief(row) for row in rows] == found
    assert all((row["sequence"], row["coder"], row["unit"]) == ("S1", "1", "AU12") for row in rows)


def test_two_films_of_one_subject_are_two_sequences(tmp_path):
    first = film("0AA", "smile.mp4", source_sha256="a" * 64)
    second = film("AA0", "frown.mp4", source_sha256="b" * 64)
    rows = events(tmp_path, first + second)
    assert [(row["sequence"], brief(row)) for row in rows] == [
        ("frown", "1-1-3 A ny"),
        ("smile", "3-3-5 A yn"),
    ]
    assert rows[0]["side"] == "L"


def test_pictures_of_nobody_known_are_no_film(tmp_path):
    rows = events(tmp_path, film("AA0", subject=None))
    assert [brief(row) for row in rows] == ["1-1-1 A nn", "2-2-2 A nn"]
