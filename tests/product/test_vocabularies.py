"""The vocabularies that ship: what they hold, and that cards and projects speak them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from annotator import cli
from annotator.domain.facs import parse_facs
from annotator.domain.vocabularies import vocabulary, vocabulary_data, vocabulary_names
from annotator.errors import NotFoundError
from annotator.suggest.cards import classifier_cards

VALUES = {"present", "absent", "uncertain", "not_assessed", "not_assessable"}


def test_each_has_a_title_a_source_and_unique_codes_with_meanings() -> None:
    assert len(vocabulary_names()) == 5
    for name in vocabulary_names():
        found = vocabulary(name)
        assert found.title
        assert len(found.source) > 40
        assert {label.scheme for label in found.label_set} == {found.scheme}
        assert all(label.code and label.meaning for label in found.label_set)
        assert set(found.values.values()) <= VALUES
        words = [w.casefold() for label in found.label_set for w in found.aliases[label.code]]
        assert len(set(words)) == len(words)


def test_their_sizes_are_those_of_what_they_are_named_after() -> None:
    sizes = {name: len(vocabulary(name).label_set) for name in vocabulary_names()}
    del sizes["facs"]
    assert sizes == {"brain-tumours": 3, "chexpert": 14, "expressions": 7, "nih-chestxray14": 14}


def test_facs_has_every_family_of_codes() -> None:
    kinds: dict[str, list[str]] = {}
    for entry in vocabulary_data("facs")["labels"]:
        kinds.setdefault(entry["kind"], []).append(entry["code"])
    positions = [code for code in kinds["head"] if not code.startswith("M")]
    assert positions == [str(n) for n in range(51, 59)]
    assert {str(n) for n in range(61, 67)} <= set(kinds["eyes"])
    assert kinds["visibility"] == [str(n) for n in range(70, 75)]
    assert {"AU1", "AU2", "AU4", "AU12", "AU28", "AU46"} <= set(kinds["action unit"])
    assert kinds["action descriptor"] == ["AD19", *(f"AD{n}" for n in (29, 30, *range(32, 38)))]


def test_chexpert_writes_uncertain_as_minus_one() -> None:
    assert vocabulary("chexpert").values["-1.0"] == "uncertain"


def test_snomed_codes_are_identifiers_with_a_right_check_digit() -> None:
    codes: list[str] = []
    for name, known in (("brain-tumours", 3), ("chexpert", 9), ("nih-chestxray14", 11)):
        every = [c for c in vocabulary(name).other_codes.values() if "snomed_ct" in c]
        codes += [c["snomed_ct"] for c in every]
        assert len(every) == known, name
        assert vocabulary(name).category == "49755003"
    for code in codes:
        assert re.fullmatch(r"[1-9][0-9]{5,17}", code)
        assert verhoeff(code) == 0


def test_an_unknown_one_is_refused_with_those_that_exist() -> None:
    with pytest.raises(NotFoundError, match="facs"):
        vocabulary("../facs")


def test_every_target_of_a_shipped_card_whose_scheme_is_a_vocabulary_is_in_it() -> None:
    by_scheme = {vocabulary(name).scheme: vocabulary(name) for name in vocabulary_names()}
    spoken = 0
    for card in classifier_cards():
        for target in card.targets:
            found = by_scheme.get(target.scheme)
            if found is None:
                continue
            spoken += 1
            if target.scheme == "FACS":  # one side of a unit is a code of the grammar
                (code,) = parse_facs(target.code).codes
                assert target.meaning == code.in_words()
            else:
                assert target.code in found.label_set.codes
    assert spoken >= 7


def test_a_project_without_a_model_takes_its_labels_from_a_vocabulary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path))
    monkeypatch.delenv("ANNOTATOR_DATABASE_URL", raising=False)
    assert cli.main(["project", "vocabularies", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in listed] == list(vocabulary_names())

    assert cli.main(["project", "create", "films", "--vocabulary", "chexpert"]) == 0
    some = ["--label", "AU12", "--label", "AU4"]
    assert cli.main(["project", "create", "faces", "--vocabulary", "facs", *some]) == 0
    assert cli.main(["project", "create", "no", "--vocabulary", "facts"]) == 1
    assert "facs" in capsys.readouterr().err
    assert cli.main(["project", "create", "no", "--vocabulary", "facs", "--model", "x"]) == 1
    assert cli.main(["project", "list", "--json"]) == 0
    projects = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert set(projects) == {"films", "faces"}
    assert projects["films"]["labels"] == list(vocabulary("chexpert").label_set.codes)
    assert projects["faces"]["labels"] == ["AU12", "AU4"]


def verhoeff(number: str) -> int:
    """Return 0 for a number with a right check digit (J. Verhoeff, 1969), as SNOMED CT's are."""
    permuted = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    rows = list(permuted)
    while len(rows) < 8:
        rows.append(tuple(rows[-1][permuted[1][digit]] for digit in range(10)))
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = dihedral(check, rows[place % 8][int(digit)])
    return check


def dihedral(a: int, b: int) -> int:
    """Multiply in the dihedral group of the pentagon: 0-4 turn, 5-9 mirror and turn."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5
