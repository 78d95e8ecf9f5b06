"""The code line of FACS: the examples shared with the browser's reader, and what holds for any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain.facs import FacsCode, FacsError, FacsLine, parse_facs
from annotator.domain.vocabularies import vocabulary_data

EXAMPLES = json.loads((Path(__file__).parent / "facs_examples.json").read_text("utf-8"))
DATA = vocabulary_data("facs")


@pytest.mark.parametrize("example", EXAMPLES["valid"], ids=lambda example: repr(example["text"]))
def test_a_line_is_read_printed_and_said(example: dict[str, str]) -> None:
    line = parse_facs(example["text"])
    assert str(line) == example["prints"]
    assert line.in_words() == example["words"]


@pytest.mark.parametrize("example", EXAMPLES["invalid"], ids=lambda example: repr(example["text"]))
def test_a_fault_is_named_at_its_place(example: dict[str, str]) -> None:
    with pytest.raises(FacsError) as caught:
        parse_facs(example["text"])
    error = caught.value
    found = {"kind": error.kind, "position": error.position, "length": error.length}
    assert {"text": example["text"], **found, "message": str(error)} == example


def test_the_examples_show_every_kind_of_fault_and_every_exclusion() -> None:
    assert {example["kind"] for example in EXAMPLES["invalid"]} == set(DATA["messages"])
    shown = [e["message"] for e in EXAMPLES["invalid"] if e["kind"] == "excluded"]
    for rule in DATA["grammar"]["exclusions"]:
        first, second = rule["codes"]
        assert any(message.startswith(f"{second} does not go with {first}") for message in shown)


@st.composite
def lines(draw: st.DrawFn) -> FacsLine:
    """Any line without exclusions: codes of the table, sides and intensities where they may be."""
    entries = [e for e in DATA["labels"] if e["kind"] in ("action unit", "action descriptor")]
    chosen = draw(st.lists(st.sampled_from(entries), min_size=1, max_size=9, unique_by=str))
    codes: list[FacsCode] = []
    for entry in sorted(chosen, key=lambda e: int(e["code"][2:])):
        intensity = st.sampled_from([None, *"ABCDE"])
        if entry["sides"] and draw(st.booleans()):
            codes += [FacsCode(entry["code"], side, draw(intensity)) for side in "LR"]
        else:
            side = draw(st.sampled_from([None, *entry["sides"]]))
            codes.append(FacsCode(entry["code"], side, draw(intensity)))
    return FacsLine(tuple(codes))


@given(lines())
def test_what_is_printed_reads_back_the_same(line: FacsLine) -> None:
    assert parse_facs(str(line)) == line


@given(lines(), st.randoms(use_true_random=False))
def test_order_case_blanks_and_prefixes_do_not_matter(line: FacsLine, random: object) -> None:
    parts = str(line).split("+")
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert parse_facs(" + ".join(parts).lower()) == line


@given(st.text(alphabet="LRBAMUD0123456789 +CEx", max_size=14))
def test_any_text_is_read_or_refused_within_itself(text: str) -> None:
    read = read_or_refuse(text)
    if isinstance(read, FacsError):
        assert 0 <= read.position <= read.position + read.length <= len(text)
        assert str(read).endswith(".")
    else:
        assert parse_facs(str(read)) == read
        assert read.in_words()


def read_or_refuse(text: str) -> FacsLine | FacsError:
    try:
        return parse_facs(text)
    except FacsError as error:
        return error


def test_every_code_of_the_table_is_read_and_said() -> None:
    for entry in DATA["labels"]:
        (code,) = parse_facs(entry["code"]).codes
        assert code == FacsCode(entry["code"])
        assert code.in_words() == entry["meaning"]
