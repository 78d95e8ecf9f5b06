"""Agreement of readers: what counts of what they said, and what is left out."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from coded_study import CodedStudy

from annotator import cli
from annotator.domain import Adjudication, BoundingBox, Mode, Protocol
from annotator.errors import ProtocolError
from annotator.workflows.adjudicating import adjudicate, open_adjudication
from annotator.workflows.study_agreement import AgreementRecord, study_agreement

TWO = Protocol(readers=2, adjudication=Adjudication.ALL)
THREE = Protocol(readers=3)
BOX, ELSEWHERE = BoundingBox(5, 5, 10, 10), BoundingBox(30, 20, 10, 10)


def measured(study: CodedStudy, **options: object) -> dict[tuple[str, str], AgreementRecord]:
    """The figures of all readers, by name and label."""
    records = study_agreement(study.workspace, "study", **options)
    named = {(one.figure, one.label): one for one in records}
    assert len(named) == len(records), "a figure came twice"
    for one in records:
        number = one.result.value
        assert number is None or math.isfinite(number)
        assert number is not None or one.result.reason
    return named


def test_who_signs_says_that_labels_left_out_are_absent_and_who_does_not_sign_says_nothing(
    workspace,
):
    study = CodedStudy(workspace, "abc", TWO)
    study.read(0, "ann", {"AU1": "present"})
    study.read(0, "bob", {"AU1": "present"})
    study.read(1, "ann", {"AU12": "present"})
    study.read(1, "bob")
    study.read(2, "ann", {"AU1": "present"})
    study.read(2, "bob", {"AU1": "absent"}, sign=False)
    named = measured(study)
    assert named["percent", "AU1"].result.value == 1
    assert named["percent", "AU1"].result.n == 2
    assert named["cohen_kappa", "AU1"].result.value == pytest.approx(1)
    assert named["percent", "AU12"].result.value == 0.5
    assert named["base_rate", "AU12"].result.value == 0.25
    assert named["cohen_kappa", "AU12"].result.value == 0
    assert named["cohen_kappa", "AU25"].result.value is None
    assert "one category" in named["cohen_kappa", "AU25"].result.reason
    assert {one.readers for one in named.values()} == {("ann", "bob")}


def test_what_either_called_not_assessable_is_left_out(workspace):
    study = CodedStudy(workspace, "abcd", TWO)
    for number, (mine, theirs) in enumerate(
        (("present", "not_assessable"), ("not_assessable", "absent"), ("present", "absent"),
         ("absent", "absent"))
    ):  # fmt: skip
        study.read(number, "ann", {"AU1": mine})
        study.read(number, "bob", {"AU1": theirs})
    named = measured(study)
    for name in ("percent", "gwet_ac1", "fleiss_kappa", "base_rate", "cohen_kappa"):
        assert named[name, "AU1"].result.n == 2, name
    assert named["percent", "AU1"].result.value == 0.5
    # The unit is on neither side of the index: of the four images, one has a unit to agree on.
    assert named["facs_index_pooled", ""].result.value == 0
    assert named["facs_index_pooled", ""].result.n == 1


def test_uncertain_is_a_category_of_its_own_where_somebody_is(workspace):
    study = CodedStudy(workspace, "abc", TWO)
    for number, value in enumerate(("uncertain", "present", "absent")):
        study.read(number, "ann", {"AU1": value})
        study.read(number, "bob", {"AU1": value})
    named = measured(study)
    assert named["cohen_kappa", "AU1"].result.value == pytest.approx(1)
    assert named["base_rate", "AU1"].result.value == pytest.approx(1 / 3)


def test_grades_agree_within_a_tolerance(workspace):
    study = CodedStudy(workspace, "abcd", TWO)
    for number, (mine, theirs) in enumerate((("A", "B"), ("C", "C"), ("E", "B"), ("D", "absent"))):
        study.read(number, "ann", {"AU12": mine})
        study.read(number, "bob", {"AU12": theirs})
    exact, near = measured(study), measured(study, tolerance_grades=1)
    assert exact["within_tolerance", "AU12"].result.value == 0.25
    assert near["within_tolerance", "AU12"].result.value == 0.5
    assert exact["facs_index_pooled", ""].result.value == pytest.approx(6 / 7)
    assert exact["facs_index_graded_pooled", ""].result.value == pytest.approx(2 / 7)
    assert near["facs_index_graded_pooled", ""].result.value == pytest.approx(4 / 7)
    for name in ("weighted_kappa_quadratic", "krippendorff_alpha_ordinal", "icc_2_1", "icc_3_1"):
        assert exact[name, "AU12"].result.n == 4, name
        assert (name, "AU1") not in exact  # nobody graded it


def test_three_readers_together_and_each_two(workspace):
    study = CodedStudy(workspace, "aabb", THREE)
    for number in range(4):
        for rater in ("ann", "bob", "cy"):
            said = "present" if number % 2 or rater == "cy" else "absent"
            study.read(number, rater, {"AU1": said})
    everybody = measured(study)
    assert ("cohen_kappa", "AU1") not in everybody
    assert everybody["percent", "AU1"].result.value == pytest.approx((1 + 1 + 2 / 6 + 2 / 6) / 4)
    pairs = study_agreement(study.workspace, "study", by=("label", "reader"))
    kappas = {one.readers: one for one in pairs if (one.figure, one.label) == ("percent", "AU1")}
    assert {pair: one.result.value for pair, one in kappas.items()} == {
        ("ann", "bob"): 1, ("ann", "cy"): 0.5, ("bob", "cy"): 0.5,
    }  # fmt: skip
    pooled = study_agreement(study.workspace, "study", by=("reader",))
    assert {one.label for one in pooled} == {""}
    assert next(one.result.n for one in pooled if one.figure == "percent") == 12


def test_first_and_last_rounds_apart(workspace):
    protocol = replace(TWO, mode=Mode.BLIND_THEN_REVEAL)
    study = CodedStudy(workspace, "ab", protocol)
    for number in range(2):
        study.read(number, "ann", {"AU1": "present"})
        study.read(number, "bob", {"AU1": "absent"})
    assert measured(study)["percent", "AU1"].result.n == 0  # nobody's last word is signed
    for number in range(2):
        study.read(number, "ann", {"AU1": "present"})
        study.read(number, "bob", {"AU1": "present"})
    records = study_agreement(workspace, "study", by=("label", "round"))
    shares = {
        one.round: one.result.value
        for one in records
        if (one.figure, one.label) == ("percent", "AU1")
    }
    assert shares == {"first": 0, "final": 1}


def test_an_adjudication_is_no_readers_word_and_may_be_the_gold_standard(workspace):
    study = CodedStudy(workspace, "abc", TWO)
    for number in range(3):
        study.read(number, "ann", {"AU1": "present"})
        study.read(number, "bob", {"AU1": "absent"})
    before = measured(study)
    for image in study.images[:2]:
        open_adjudication(workspace, image, "ada")
        adjudicate(workspace, image, "ada", [], "as Bob says")
    assert measured(study) == before
    against = study_agreement(workspace, "study", gold="ada")
    percent = {
        one.readers: (one.result.value, one.result.n)
        for one in against
        if (one.figure, one.label) == ("percent", "AU1")
    }
    assert percent == {("ada", "ann"): (0, 2), ("ada", "bob"): (1, 2)}
    specificity = {
        one.readers[1]: one.result.value
        for one in against
        if (one.figure, one.label) == ("specificity", "AU1")
    }
    assert specificity == {"ann": 0, "bob": 1}
    sensitivity = next(one for one in against if one.figure == "sensitivity" and one.label == "AU1")
    assert sensitivity.result.reason.startswith("The gold reader called no image positive")
    with pytest.raises(ProtocolError, match="'zoe' signed an image"):
        study_agreement(workspace, "study", gold="zoe")


def test_regions(workspace):
    study = CodedStudy(
        workspace, "abc", TWO, labels=("mass", "node"), scheme="findings", spacing_mm=(0.5, 0.5)
    )
    study.read(0, "ann", boxes=[("mass", BOX)])
    study.read(0, "bob", boxes=[("mass", BOX)])
    study.read(1, "ann", boxes=[("mass", BOX), ("mass", ELSEWHERE)])
    study.read(1, "bob", boxes=[("mass", BOX)])
    study.read(2, "ann", boxes=[("mass", BOX)])
    study.read(2, "bob", {"mass": "not_assessable"})
    named = measured(study)
    assert named["detection_f1_iou_0.50", "mass"].result.value == pytest.approx(2 * 2 / (2 + 3))
    assert named["detection_f1_iou_0.50", "mass"].result.n == 2
    assert named["dice", "mass"].result.value == pytest.approx((1 + 200 / 300) / 2)
    assert named["outline_distance_mm", "mass"].result.value > 0
    assert ("dice", "node") not in named
    assert not any(name.startswith("facs") for name, _ in named)


def test_distances_without_a_spacing_say_why_there_are_none(workspace):
    study = CodedStudy(workspace, "a", TWO, labels=("mass",), scheme="findings")
    for rater in ("ann", "bob"):
        study.read(0, rater, boxes=[("mass", BOX)])
    distance = measured(study)["outline_distance_mm", "mass"].result
    assert distance.value is None
    assert distance.reason.startswith("On no image whose spacing is known")


def test_nobody_has_read_yet(workspace):
    study = CodedStudy(workspace, "ab", TWO)
    named = measured(study)
    assert named["percent", "AU1"].result.reason == "No image was coded by two of the readers."


def test_a_project_without_independent_readers_has_no_agreement(workspace):
    CodedStudy(workspace, "a", Protocol())
    with pytest.raises(ProtocolError, match="go on from each other's work"):
        study_agreement(workspace, "study")


def test_the_command_prints_records_or_a_table(workspace, tmp_path, monkeypatch, capsys):
    study = CodedStudy(workspace, "aabb", TWO)
    for number in range(4):
        study.read(number, "ann", {"AU12": "C"})
        study.read(number, "bob", {"AU12": "C" if number else "absent"})
    workspace.close()
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    assert cli.main(["study", "agreement", "study", "--tolerance-grades", "1", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    keys = ["figure", "label", "readers", "round", "value", "n", "interval", "reason"]
    assert {tuple(record) for record in records} == {tuple(keys)}
    index = next(one for one in records if one["figure"] == "facs_index_pooled")
    assert index["value"] == pytest.approx(6 / 7)
    assert index["label"] is None
    assert all((one["value"] is None or one["interval"] is None) == bool(one["reason"])
               for one in records)  # fmt: skip
    assert cli.main(["study", "agreement", "study"]) == 0
    table = capsys.readouterr().out
    assert "ann, bob" in table
    assert "at least .80" in table
    assert "nan" not in table
    with pytest.raises(SystemExit):
        cli.main(["study", "agreement", "study", "--by", "moon"])
    assert "'moon' is none of label, reader, round" in capsys.readouterr().err
