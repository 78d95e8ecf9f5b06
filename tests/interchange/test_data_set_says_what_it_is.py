"""What a data set says of itself: its card, and Croissant's description."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    Mode,
    Protocol,
    Provenance,
    Reading,
    ReadingRecord,
    Round,
    Suggestion,
    SuggestionRun,
)
from annotator.domain.rights import Consent, Rights, Shows
from annotator.export import (
    Consensus,
    Selection,
    Source,
    Take,
    export_format,
    export_items,
    verify_dataset,
)

LABELS = LabelSet(
    (
        Label("x", "dog", "a | dog"),
        Label("x", "cat", ""),
        Label("klinisch", "Größe: [1] #2\n- 'nein'", "ein Befund"),
    )
)
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
MADE = Provenance("pets", "2.1", "cd" * 32, "excitation backprop", {}, "0.1.0")
PROTOCOL = Protocol(mode=Mode.BLIND_THEN_REVEAL, readers=2)
SECRETS = ("Dr. Ada Muster", "Bo Beispiel", "Erika.png", "P-Erika")


def an_image(number: int) -> ImageRecord:
    """Two readers' signed reads; on the first image each has a region."""
    key = uuid.UUID(int=number)
    pixels = hashlib.sha256(str(number).encode()).hexdigest()
    name = f"{number} Erika.png"
    image = ImageAsset(name, 30, 20, pixels, pixels, subject=f"P-Erika-{number}", id=key)
    reads = []
    for place, rater in enumerate(SECRETS[:2]):
        head = (uuid.UUID(int=100 * number + place), uuid.UUID(int=7), key, rater)
        reading = Reading(*head, Round.REVEALED, Mode.BLIND_THEN_REVEAL, BEGIN, BEGIN)
        own = uuid.UUID(int=100 * number + 50 + place)
        box = BoundingBox(1.5 + place, 2, 10.25, 12)
        label = LABELS.codes[place + 1]
        act = Annotation(
            own, key, own, rater, Decision.ADDED, label, box, None, None, BEGIN, reading.id
        )
        reads.append(ReadingRecord(reading, (act,) if number == 1 else (), ()))
    said = Suggestion("cat", BoundingBox(1, 2, 3, 4), 0.75, 0.5, "dual", 0.9)
    run = SuggestionRun(key, MADE, {"cat": 0.75}, (said,))
    acts = tuple(act for read in reads for act in read.annotations)
    return ImageRecord(image, acts, (run,), tuple(reads), (), (), PROTOCOL)


def png(asset: ImageAsset) -> bytes:
    stream = io.BytesIO()
    shade = asset.id.int
    Image.fromarray(np.full((asset.height, asset.width), shade, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def about(**rights: Any) -> dict[str, Any]:
    stated = Rights(**rights)
    return {
        "protocol": PROTOCOL.to_json(),
        "rights": {
            "licence": stated.licence or "not stated; the project's owners must state it",
            "shows": stated.shows.value,
            "consent": stated.consent.value,
            "subjects_stated": {"granted": len(stated.subjects), "withheld": 0, "not-stated": 0},
        },
    }


RIGHTS = {
    "licence": "CC-BY-4.0",
    "consent": Consent.NOT_STATED,
    "subjects": {"P-Erika-1": Consent.GRANTED},
    "shows": Shows.PERSONS,
}


def exported(target: Path, name: str = "coco", images: int = 4, facts=None, **chosen) -> Path:
    records = [an_image(number) for number in range(1, images + 1)]
    source = Source(
        records,
        LABELS,
        "Pets: of “us” #1",
        uuid.UUID(int=7),
        png,
        about=about(**RIGHTS) if facts is None else facts,
    )
    if not export_format(name).readers_apart:
        chosen.setdefault("raters", frozenset(SECRETS[:1]))
    return export_items(source, target, format_name=name, selection=Selection(**chosen)).folder


def card(folder: Path) -> tuple[dict[str, Any], str]:
    """The head and the body of a card."""
    nothing, head, body = (folder / "README.md").read_text("utf-8").split("---\n", 2)
    assert nothing == ""
    return yaml.safe_load(head), body


def test_the_card_says_what_is_recorded(tmp_path):
    folder = exported(tmp_path / "out", "csv", splits={"train": 0.5, "val": 0.5}, seed="3")
    head, body = card(folder)
    assert head["license"] == "cc-by-4.0"
    assert head["pretty_name"] == "Pets: of “us” #1"
    assert head["size_categories"] == ["n<1K"]
    for words in (
        "CC-BY-4.0",
        "4 images with 2 annotated regions: 4 images reviewed (3 without findings)",
        "Readers saw nothing of the classifier until their first read was signed",
        "2 people were to read each image, each by themselves.",
        "2 people annotated these images.",
        f"pets 2.1 (SHA-256 {'cd' * 32})",
        "Photographs and films show: recognisable persons.",
        "Consent to handing pictures on: not stated.",
        "Of single subjects: granted 1.",
        "How the images were collected: not stated.",
        r"| dog | x | a \| dog | 0 |  |",
        "| cat | x | not stated | 1 |",
    ):
        assert words in body, words
    rows = [line for line in body.splitlines() if line.startswith(("| train", "| val"))]
    assert sum(int(row.split("|")[2]) for row in rows) == 4


def test_what_readers_saw_of_no_classifier_is_not_told(tmp_path):
    plain = replace(an_image(1), runs=(), protocol=Protocol())
    rules = {**about(**RIGHTS), "protocol": Protocol().to_json()}
    source = Source([plain], LABELS, "p", uuid.UUID(int=7), about=rules)
    _, body = card(export_items(source, tmp_path / "out").folder)
    assert "No classifier made suggestions." in body
    assert "Readers saw" not in body
    assert "Annotators went on from each other's work on an image." in body


def test_what_nobody_stated_is_not_stated(tmp_path):
    head, body = card(exported(tmp_path / "out", facts={}))
    assert head["license"] == "unknown"
    assert "Not stated. The owners of the data must state it." in body
    assert body.count("Not stated.") >= 3
    head, _ = card(exported(tmp_path / "own", facts=about(licence="Ask our office: x #1")))
    assert head["license"] == "other"
    assert head["license_details"] == "Ask our office: x #1"


@pytest.mark.parametrize("consensus", list(Consensus)[:2])
def test_a_table_taken_over_is_nobody_who_annotated(tmp_path, consensus):
    record = an_image(1)
    key, own = record.image.id, uuid.UUID(int=77)
    head = (own, uuid.UUID(int=7), key, "imported by Ada (old.json)")
    table = Reading(*head, Round.IMPORTED, Mode.BLIND_THEN_REVEAL, BEGIN, None)
    box = BoundingBox(1, 2, 10, 12)
    act = Annotation(own, key, own, table.rater, Decision.ADDED, "cat", box, None, None, BEGIN, own)
    record = replace(
        record,
        annotations=(*record.annotations, act),
        readings=(*record.readings, ReadingRecord(table, (act,), ())),
    )
    source = Source([record], LABELS, "p", uuid.UUID(int=7), about=about(**RIGHTS))
    chosen = Selection(imported=True, consensus=consensus)
    _, body = card(
        export_items(source, tmp_path / "out", format_name="csv", selection=chosen).folder
    )
    assert "2 people annotated these images." in body


@pytest.mark.parametrize("name", ["coco", "hugging-face"])
def test_nobody_is_named_by_card_and_description(tmp_path, name):
    folder = exported(tmp_path / "out", name)
    for file in ("README.md", "croissant.json"):
        text = (folder / file).read_text("utf-8")
        assert not [secret for secret in SECRETS if secret in text]
    machine = exported(tmp_path / "machine", take=Take.SUGGESTIONS)
    assert card(machine)[0]["annotations_creators"] == ["machine-generated"]


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(project=words, codes=st.lists(words, unique=True, max_size=3), licence=words)
def test_any_words_leave_the_head_of_the_card_valid(project, codes, licence):
    """Quotes, dashes, line ends, `no` and `1`: each is read back as it is."""
    labels = LabelSet(tuple(Label("x", code, "| # <b>") for code in codes))
    source = Source([], labels, project, uuid.UUID(int=7), png, about=about(licence=licence))
    with tempfile.TemporaryDirectory() as parent:
        target = Path(parent) / "out"
        folder = export_items(source, target, format_name="hugging-face").folder
        head, _ = card(folder)
        said = json.loads((folder / "croissant.json").read_text())
    assert head["pretty_name"] == said["name"] == project
    assert licence in (head.get("license_details"), said["license"])
    (objects,) = (c for c in head["dataset_info"]["features"] if c["name"] == "objects")
    (classes,) = (c["list"] for c in objects["struct"] if c["name"] == "category")
    assert list(classes["class_label"]["names"].values()) == codes


def described(folder: Path):
    """The description as its own library reads it, which raises where it is not valid."""
    import mlcroissant

    return mlcroissant.Dataset(jsonld=folder / "croissant.json")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["coco", "yolo-detect", "hugging-face", "csv", "dicom-seg"])
def test_mlcroissant_finds_no_fault_and_loads_records(tmp_path, name):
    folder = exported(tmp_path / "out", name, splits={"train": 0.5, "val": 0.5}, seed="3")
    assert verify_dataset(folder) == []
    read = described(folder)
    issues = read.metadata.issues
    assert not issues.errors
    # What nobody stated has no field of its own kind: a date, a version, how to cite it.
    told = ("citeAs", "datePublished", "version")
    assert all(any(key in warning for key in told) for warning in issues.warnings)
    records = list(read.records("images"))
    assert len(records) == 4
    lines = [json.loads(line) for line in (folder / "decisions.jsonl").open()]
    for record, line in zip(records, lines, strict=True):
        assert record["images/image_uuid"].decode() == line["image_uuid"]
        assert record["images/width"] == 30
        assert record["images/split"].decode() == line["split"]
        assert record["images/review"].decode() == "reviewed"
        shade = np.asarray(record["images/picture"])[0, 0]
        assert (shade == uuid.UUID(line["image_uuid"]).int).all(), "the picture is another's"
        acts = record["images/acts"] or []
        assert [act["images/acts/label"].decode() for act in acts] == [
            act["label"] for act in line["acts"]
        ]
        assert [act["images/acts/x"] for act in acts] == [a["region"]["x"] for a in line["acts"]]


@pytest.mark.filterwarnings("ignore")
def test_the_hashes_of_the_description_are_those_of_the_files(tmp_path):
    folder = exported(tmp_path / "out")
    said = json.loads((folder / "croissant.json").read_text())
    files = {one["@id"]: one for one in said["distribution"] if one["@type"] == "cr:FileObject"}
    assert {"annotations.json", "decisions.jsonl", "files.sha256", "README.md"} <= set(files)
    for name, entry in files.items():
        content = (folder / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["contentSize"] == f"{len(content)} B"
    metadata = described(folder).metadata
    assert metadata.annotations_per_item == "2 readers by the protocol."
    assert "Demographics: Not stated." in metadata.annotator_demographics
    assert metadata.data_collection == "Not stated."
    assert any("pets 2.1" in tool for tool in metadata.machine_annotation_tools)
    assert metadata.license == ["CC-BY-4.0"]


@pytest.mark.filterwarnings("ignore")
def test_without_pictures_the_records_load_all_the_same(tmp_path):
    source = Source(
        [an_image(1), an_image(2)], LABELS, "p", uuid.UUID(int=7), about=about(**RIGHTS)
    )
    folder = export_items(source, tmp_path / "out", format_name="csv").folder
    records = list(described(folder).records("images"))
    assert len(records) == 2
    assert "images/picture" not in records[0]
    empty = export_items(Source([], LabelSet(()), "p", uuid.UUID(int=7)), tmp_path / "empty").folder
    assert not described(empty).metadata.issues.errors


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("way", ["the folder", "imagefolder"])
def test_datasets_gives_class_labels_and_our_splits(tmp_path, monkeypatch, way):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    import datasets

    datasets.disable_progress_bars()
    # By itself `imagefolder` knows some names of splits; the card tells it any.
    shares = {"train": 0.5, "held" if way == "the folder" else "val": 0.5}
    folder = exported(tmp_path / "out", "hugging-face", images=6, splits=shares, seed="3")
    cache = {"cache_dir": str(tmp_path / "c")}
    if way == "the folder":
        read = datasets.load_dataset(str(folder), **cache)
        assert set(read) == {"train", "held"}
    else:
        read = datasets.load_dataset("imagefolder", data_dir=str(folder / "data"), **cache)
    parts = read.values()
    assert sum(part.num_rows for part in parts) == 6
    for part in parts:
        kind = part.features["objects"]["category"]
        kind = getattr(kind, "feature", None) or kind[0]
        assert isinstance(kind, datasets.ClassLabel)
        assert kind.names == list(LABELS.codes)
    (row,) = (row for part in parts for row in part if row["objects"]["category"])
    assert [kind.names[n] for n in row["objects"]["category"]] == [LABELS.codes[1]]
    assert np.asarray(row["image"])[0, 0].tolist() in (1, [1, 1, 1])
    assert (row["original_name"], row["frame"]) == ("1 Erika.png", None)
    # The card says the same columns as the tables.
    features = datasets.Features._from_yaml_list(card(folder)[0]["dataset_info"]["features"])
    assert features.arrow_schema == next(iter(parts)).features.arrow_schema
