"""Cards: what ships loads, and every mistake of a card is told at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.card import CARDS_FOLDER, TASKS, load_card, shipped_cards
from models.errors import CardError

ROOT = Path(__file__).parents[2]
CARD = """
name = "two-dots"
version = "1"
title = "Two dots"
description = "A test."
activation = "sigmoid"
map_layer = "layer3"
training_data = "None."
intended_use = "Tests."
limits = "All."

[architecture]
name = "resnet18"

[weights]
random_seed = 3
licence = "Apache-2.0"
source = "Random."

[input]
width = 64
height = 64
channels = 1
mean = [0.5]
std = [0.25]

[[targets]]
scheme = "dots"
code = "left"
meaning = "a dot on the left"
aliases = ["port"]

[[targets]]
scheme = "dots"
code = "right"
meaning = "a dot on the right"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "card.toml"
    path.write_text(text)
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(CardError) as caught:
        load_card(path)
    return [line.removeprefix("  - ") for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize("path", sorted(CARDS_FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_each_shipped_card_is_sound_and_named_after_its_file(path: Path) -> None:
    card = load_card(path)

    assert card.name == path.stem
    assert card.task in TASKS
    assert card.weights.file is None or card.weights.file.is_file()


def test_the_expression_card_has_the_codes_that_others_script() -> None:
    card = load_card("face-expression")

    assert card.codes == (
        "neutral",
        "happy",
        "sad",
        "angry",
        "fearful",
        "disgusted",
        "surprised",
    )
    assert {target.scheme for target in card.targets} == {"expression"}
    assert card.trained


def test_detectors_are_not_among_the_classifiers() -> None:
    assert {card.task for card in shipped_cards()} == {"classification"}
    assert [card.name for card in shipped_cards("face-detection")] == ["face-detector"]


def test_what_a_card_leaves_out_is_as_usual(tmp_path: Path) -> None:
    card = load_card(write(tmp_path, CARD))

    assert (card.input.low, card.input.high) == (0.0, 1.0)
    assert (card.input.resize, card.input.crop, card.contrast) == ("stretch", "none", "dual")
    assert card.calibration.offsets == (0.0, 0.0)
    assert not card.trained


def test_an_untrained_network_is_named_by_its_recipe(tmp_path: Path) -> None:
    first = load_card(write(tmp_path, CARD)).weights.sha256
    again = load_card(write(tmp_path, CARD)).weights.sha256
    other = load_card(write(tmp_path, CARD.replace("seed = 3", "seed = 4"))).weights.sha256

    assert first == again != other


def test_an_operating_point_is_kept_with_its_target(tmp_path: Path) -> None:
    text = CARD.replace('code = "right"', 'code = "right"\noperating_point = 0.42')

    card = load_card(write(tmp_path, text))

    assert [target.operating_point for target in card.targets] == [None, 0.42]


def test_maps_may_be_set_against_the_rest(tmp_path: Path) -> None:
    text = CARD.replace("map_layer", 'contrast = "rest"\nmap_layer')

    assert load_card(write(tmp_path, text)).contrast == "rest"


def test_five_mistakes_are_five_messages(tmp_path: Path) -> None:
    text = (
        CARD.replace("title =", "titel =")
        .replace('"sigmoid"', '"sigmod"')
        .replace("width = 64", 'width = "64"')
        .replace("std = [0.25]", "std = [0.25, 0.25]")
        .replace('code = "right"', 'code = "left"')
    )

    found = problems(write(tmp_path, text))

    assert sorted(problem.split(":")[0] for problem in found) == [
        "activation",
        "input.std",
        "input.width",
        "targets[1].code",
        "titel",
    ]
    assert any("'sigmod'" in problem for problem in found)
    assert any("Did you mean 'title'" in problem for problem in found)


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("random_seed = 3", 'file = "../../etc/x.safetensors"', "weights.file", "leaves"),
        ("random_seed = 3", 'file = "/etc/x.safetensors"', "weights.file", "leaves"),
        ("random_seed = 3", 'file = "x.safetensors"', "weights.sha256", "64"),
        ("random_seed = 3", "", "weights.file", "random_seed"),
        ("random_seed = 3", 'random_seed = 3\nfile = "x.safetensors"', "weights.file", "one of"),
        ("random_seed = 3", 'random_seed = 3\nsha256 = "00"', "weights.sha256", "remove"),
        ('code = "right"', 'code = "Port"', "targets[1].code", "also"),
        ('code = "right"', "code = 7", "targets[1].code", "7"),
        ('code = "right"', 'code = "rest"', "targets[1].code", "name of a contrast"),
        ('code = "right"', 'code = "r"\noperating_point = 2', "targets[1].operating_point", "1"),
        ('"resnet18"', '"onnx"', "architecture.name", ".onnx file only"),
        ("random_seed = 3", 'convert = "x"\nrandom_seed = 3', "weights.convert", "url"),
        ("channels = 1", "channels = 2", "input.channels", "1 (grey) or 3"),
        ("std = [0.25]", "std = [0.0]", "input.std", "not positive"),
        ("mean = [0.5]", "mean = [nan]", "input.mean", "list of numbers"),
        ("height = 64", "height = 64\nrange = [1, 0]", "input.range", "black and white"),
        ("height = 64", "height = true", "input.height", "whole number"),
        ("height = 64", 'height = 64\nresize = "streched"', "input.resize", "'stretch'"),
        ("height = 64", 'height = 64\nalignment = "eyes"', "input.alignment", "crop = 'face'"),
        ('name = "resnet18"', 'name = "resnet18"\nlayers = 3', "architecture.layers", "not a key"),
        ("[weights]", "[suggest]\nmin_score = 2\n[weights]", "suggest.min_score", "from 0 to 1"),
        ("[weights]", "[calibration.offsets]\nup = 1\n[weights]", "calibration.offsets.up", "key"),
        ("[weights]", "[[weights]]", "weights", "[weights]"),
        ('name = "two-dots"', 'name = "Two Dots"', "name", "lower-case"),
        ("map_layer", 'contrast = "up"\nmap_layer', "contrast", "dual, none, rest, left or right"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_fix(
    tmp_path: Path, old: str, new: str, path: str, says: str
) -> None:
    found = problems(write(tmp_path, CARD.replace(old, new, 1)))

    assert any(problem.startswith(f"{path}: ") and says in problem for problem in found), found


def test_a_link_out_of_the_folder_is_found(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "x.safetensors").write_bytes(b"")
    (inside / "x.safetensors").symlink_to(outside / "x.safetensors")
    text = CARD.replace("random_seed = 3", f'file = "x.safetensors"\nsha256 = "{"0" * 64}"')

    (problem,) = problems(write(inside, text))

    assert "leaves the card's folder" in problem


def test_the_card_in_the_documents_is_complete(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "cards.md").read_text(encoding="utf-8")
    card, *_ = (block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL))

    found = load_card(write(tmp_path, card.replace("…", "0" * 64)))

    assert found.codes == ("Lung Opacity",)
    assert found.targets[0].operating_point == 0.37
    assert found.measured[0].interval == (0.88, 0.93)


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_what_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "card.toml"
    path.write_bytes(content)

    with pytest.raises(CardError, match="not TOML"):
        load_card(path)


def test_an_unknown_card_lists_those_that_exist() -> None:
    with pytest.raises(CardError, match=r"Did you mean 'face-expression'.*untrained-resnet18"):
        load_card("face-expresion")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"gone\.toml cannot be read"):
        load_card(tmp_path / "gone.toml")
