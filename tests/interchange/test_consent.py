"""Pictures leave only where those they show consent, as far as the record says."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from plain_records import plain_png

from annotator import cli
from annotator.domain import (
    BoundingBox,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    Provenance,
    SuggestionRun,
)
from annotator.domain.rights import Consent, Refusal, Rights, Shows
from annotator.errors import ExportError
from annotator.export import Source, export_items

FACES = LabelSet((Label("FACS", "AU12", ""),))
THINGS = LabelSet((Label("project", "crack", ""),))
FILM = {"modality": "DX"}
MADE = Provenance("face", "2", "cd" * 32, "excitation backprop", {}, "0.1.0")


def record(subject: str | None = None, *, face: bool = False, **changes) -> ImageRecord:
    name = f"{subject}{face}{sorted(changes)}"
    image = ImageAsset(f"{name}.png", 9, 8, name.encode().hex(), "1" * 64, subject=subject)
    for key, value in changes.items():
        object.__setattr__(image, key, value)
    runs = (SuggestionRun(image.id, MADE, {}, face=BoundingBox(1, 1, 5, 5)),) if face else ()
    return ImageRecord(image, (), runs)


REFUSED = {"s": Consent.WITHHELD}


@pytest.mark.parametrize(
    ("rights", "labels", "shown", "leaves"),
    [
        (Rights(), FACES, record(), False),
        (Rights(), FACES, record(**FILM), True),
        (Rights(), THINGS, record(), False),
        (Rights(), THINGS, record(**FILM), True),
        (Rights(shows=Shows.NOBODY), THINGS, record(), True),
        (Rights(shows=Shows.NOBODY), THINGS, record(face=True), False),
        (Rights(shows=Shows.PERSONS), THINGS, record(), False),
        (Rights(shows=Shows.PERSONS, consent=Consent.GRANTED), THINGS, record(), True),
        (Rights(shows=Shows.NOBODY, consent=Consent.WITHHELD), THINGS, record(), False),
        (Rights(), THINGS, record(face=True), False),
        (Rights(consent=Consent.GRANTED), FACES, record(), True),
        (Rights(consent=Consent.WITHHELD), THINGS, record(**FILM), False),
        (Rights("", Consent.GRANTED, REFUSED), FACES, record("s"), False),
        (Rights("", Consent.GRANTED, REFUSED), FACES, record("t"), True),
        (Rights(subjects=REFUSED, shows=Shows.NOBODY), THINGS, record("s"), False),
        (Rights(subjects=REFUSED, shows=Shows.NOBODY), THINGS, record("t"), True),
        (Rights("", Consent.NOT_STATED, {"s": Consent.GRANTED}), FACES, record("s"), True),
        (Rights("", Consent.GRANTED, {"s": Consent.NOT_STATED}), FACES, record("s"), False),
    ],
)
def test_who_may_leave(rights, labels, shown, leaves):
    assert rights.permits(shown, labels) is leaves
    assert Rights.from_json(json.loads(json.dumps(rights.to_json()))) == rights


def test_a_picture_without_consent_stays_and_is_counted(tmp_path):
    rights = Rights("", Consent.GRANTED, {"s": Consent.WITHHELD})
    records = [record("s"), record("t")]
    source = Source(
        records,
        FACES,
        "p",
        uuid.UUID(int=7),
        plain_png,
        permitted=lambda shown: rights.permits(shown, FACES),
    )
    report = export_items(source, tmp_path / "out")
    assert report.manifest["pictures"] == {"copied": 1, "withheld": 1}
    assert any("1 picture left out" in line for line in report.losses())
    images = json.loads((report.folder / "annotations.json").read_text())["images"]
    assert [image["subject"] for image in images] == ["s", "t"]  # what was said of both is there
    copies = {path.name for path in (report.folder / "images").iterdir()}
    assert [image["file_name"] in copies for image in images] == [False, True]
    with pytest.raises(ExportError, match="state the consent, or choose a format"):
        export_items(source, tmp_path / "hf", format_name="hugging-face")
    assert not (tmp_path / "hf").exists()


def test_rights_are_stated_by_command_and_summed_up_in_the_manifest(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    Image.fromarray(np.zeros((8, 9), np.uint8)).save(tmp_path / "face.png")

    def run(*arguments: str | Path) -> int:
        return cli.main([str(argument) for argument in arguments])

    assert run("project", "create", "P", "--vocabulary", "facs", "--label", "AU12") == 0
    assert run("import", "P", tmp_path / "face.png") == 0
    assert run("export", "P", "--unfinished", "--output", tmp_path / "before") == 0
    assert "1 picture left out" in capsys.readouterr().err
    stated = ("--licence", "CC-BY-4.0", "--consent", "granted", "--subject", "s 1=withheld")
    assert run("rights", "P", *stated, "--reason", "forms of 2026") == 0
    assert run("export", "P", "--unfinished", "--output", tmp_path / "after") == 0
    manifest = json.loads((tmp_path / "after" / "manifest.json").read_text())
    assert manifest["rights"] == {
        "shows": "persons",
        "licence": "CC-BY-4.0",
        "consent": "granted",
        "subjects_stated": {"granted": 0, "withheld": 1, "not-stated": 0},
    }
    assert manifest["pictures"] == {"copied": 1, "withheld": 0}
    assert run("rights", "P", "--subject", "s 1=maybe") == 1
    assert "states no consent" in capsys.readouterr().err
    assert run("db", "check") == 0


@pytest.mark.parametrize("labels", [["AU4", "AU12"], ["crack"]])
def test_fault_11_consent_fails_closed_until_somebody_states_what_pictures_show(
    labels, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    Image.fromarray(np.zeros((8, 9), np.uint8)).save(tmp_path / "face.png")

    def run(*arguments: str | Path) -> int:
        return cli.main([str(argument) for argument in arguments])

    named = [word for code in labels for word in ("--label", code)]
    assert run("project", "create", "P", *named) == 0
    assert run("import", "P", tmp_path / "face.png", "--contact-sheet", tmp_path / "new.png") == 0
    assert "left out of the contact sheet" in "".join(capsys.readouterr())
    for form in ("coco", "hugging-face", "yolo-detect"):
        assert (
            run("export", "P", "--unfinished", "--format", form, "--output", tmp_path / form) == 1
        )
        assert 'annotator rights "P" --shows nobody' in capsys.readouterr().err
        assert not (tmp_path / form).exists()
    assert run("contact-sheet", "P", tmp_path / "sheet.png") == 1
    assert 'annotator rights "P" --shows nobody' in capsys.readouterr().err
    assert run("export", "P", "--unfinished", "--no-images", "--output", tmp_path / "words") == 0

    assert run("rights", "P", "--shows", "persons") == 0
    capsys.readouterr()
    assert run("export", "P", "--unfinished", "--output", tmp_path / "persons") == 0
    assert "--consent granted" in capsys.readouterr().err
    assert not list((tmp_path / "persons").rglob("*.png"))
    assert run("rights", "P", "--shows", "nobody") == 0
    assert run("export", "P", "--unfinished", "--output", tmp_path / "nobody") == 0
    assert len(list((tmp_path / "nobody").rglob("*.png"))) == 1


@pytest.mark.parametrize(
    ("how", "shows"),
    [
        (("--model", "brain-mri-tumour"), "nobody"),
        (("--model", "face-expression"), "persons"),
        (("--vocabulary", "facs"), "persons"),
        (("--label", "AU12"), "not-stated"),
        (("--label", "AU12", "--shows", "nobody"), "nobody"),
        (("--model", "brain-mri-tumour", "--shows", "persons"), "persons"),
    ],
)
def test_fault_11_what_pictures_show_is_asked_once_when_a_project_is_created(
    how, shows, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    assert cli.main(["project", "create", "P", *how]) == 0
    capsys.readouterr()
    assert cli.main(["rights", "P"]) == 0
    assert json.loads(capsys.readouterr().out)["shows"] == shows


def test_fault_11_rights_stated_before_the_question_was_asked_are_read_as_unanswered():
    rights = Rights.from_json({"licence": "", "consent": "not-stated", "subjects": {}})
    assert rights.refusal(record(), THINGS) is Refusal.UNANSWERED
    assert rights.refusal(record(), FACES) is Refusal.NO_CONSENT
