"""`annotator models train`: from a folder of labelled images to a card that can be used."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
from PIL import Image
from training_lessons import CARD, card_file, picture, small_network

from annotator import cli
from annotator.suggest.training import joined_licences
from annotator.workflows.labelled_folder import LabelledImage
from annotator.workflows.splitting import split_images
from models.card import load_card

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANNOTATOR_DEVICE", "cpu")

    def call(*arguments: object) -> tuple[int, str, str]:
        status = cli.main([str(argument) for argument in ("models", *arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def folder_of(path: Path, count: int = 30, **columns: Callable[[int], str]) -> Path:
    """A folder of pictures of discs and bars; further columns are made from the row's number."""
    (path / "images").mkdir(parents=True)
    generator = np.random.default_rng(3)
    rows = []
    for place in range(count):
        values, box = picture(place % 2, generator)
        Image.fromarray(values).save(path / "images" / f"{place}.png")
        row = {
            "file": f"{place}.png",
            "label": ("circle", "Bar")[place % 2],
            "boxes_xywh_px": " ".join(map(str, box)),
        }
        rows.append(row | {name: column(place) for name, column in columns.items()})
    with (path / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_folder_becomes_a_card_whose_figures_evaluate_reproduces(
    run: Run, tmp_path: Path
) -> None:
    data = folder_of(tmp_path / "data", split=lambda place: "val" if place % 5 < 2 else "train")
    out = tmp_path / "out"
    status, printed, said = run(
        "train", card_file(tmp_path), "--data", data, "--output", out, "--epochs", 3
    )
    assert status == 0
    assert said.count("epoch ") == 3
    assert printed.splitlines()[-1] == str(out / "discs-and-bars.toml")
    assert sorted(path.name for path in out.iterdir()) == [
        "discs-and-bars.safetensors",
        "discs-and-bars.toml",
    ]
    card = load_card(out / "discs-and-bars.toml")
    assert card.trained
    assert "18 images of data" in card.training_data
    assert "regions of 18 images" in card.training_data
    assert card.calibration.temperature != 1

    status, _, _ = run("check", out / "discs-and-bars.toml")
    assert status == 0
    status, printed, _ = run("evaluate", card_path(out), "--data", data, "--split", "val", "--json")
    assert status == 0
    figures = json.loads(printed)["figures"]
    measured = {figure.figure: figure for figure in card.measured}
    for name, words in [
        ("accuracy", "accuracy"),
        ("macro_recall", "macro-recall"),
        ("pointing", "pointing"),
        ("energy_in_box", "energy in the box"),
    ]:
        assert measured[words].value == pytest.approx(figures[name]["value"], abs=1e-4)
        assert measured[words].n == figures[name]["n"] == 12
        low, high = measured[words].interval
        assert low <= measured[words].value <= high
    assert measured["pointing, disc"].n == figures["pointing_by_label"]["disc"]["n"] == 6

    status, _, said = run("train", card_path(out), "--data", data, "--output", out)
    assert status == 1
    assert "choose another folder" in said


def card_path(folder: Path) -> Path:
    return folder / "discs-and-bars.toml"


def test_labels_that_do_not_exclude_each_other_get_operating_points(
    run: Run, tmp_path: Path
) -> None:
    data = folder_of(
        tmp_path / "data",
        patient=lambda place: f"p{place // 3}",
        labels=lambda place: ["", "disc|bar", "disc", "bar|cross"][place % 4],
    )
    text = (data / "labels.csv").read_text().replace("file,label,", "file,was,")
    (data / "labels.csv").write_text(text)
    (data / "images" / "4.png").write_bytes(b"not a picture")
    card = card_file(tmp_path, activation="sigmoid", contrast="none")
    out = tmp_path / "out"
    status, printed, said = run(
        "train", card, "--data", data, "--output", out, "--epochs", 2, "--regions", 5, "--json"
    )
    assert status == 1  # one picture could not be read
    assert "4.png" in said
    assert "cross" in said
    made = load_card(card_path(out))
    assert "regions of 5 images" in made.training_data
    assert "subjects" in made.training_data
    figures = json.loads(printed)["figures"]
    points = {target.code: target.operating_point for target in made.targets}
    assert figures["sensitivity"]["disc"]["at"] == points["disc"]
    assert {"auc", "specificity", "macro_auc"} <= set(figures)
    assert all(point is not None and 0 < point < 1 for point in points.values())


def stop_after_an_epoch(run: Run, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    from annotator.suggest import training

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(training, "_in_words", stop)
        assert run(*arguments)[0] == 130


def test_a_stopped_training_goes_on_when_asked_to(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, card = folder_of(tmp_path / "data", 20), card_file(tmp_path)
    arguments = ("train", card, "--data", data, "--epochs", 2, "--output")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert run(*arguments, whole)[0] == 0

    stop_after_an_epoch(run, monkeypatch, *arguments, parts)
    assert [path.name for path in parts.iterdir()] == ["discs-and-bars.training.pt"]
    status, _, said = run(*arguments, parts)
    assert status == 1
    assert "--resume" in said
    status, _, said = run(*arguments, parts, "--resume")
    assert status == 0
    assert "epoch 1" not in said
    assert card_path(whole).read_bytes() == card_path(parts).read_bytes()
    assert not (parts / "discs-and-bars.training.pt").exists()

    tuned = tmp_path / "tuned"
    options = ("--data", data, "--output", tuned, "--fine-tune", "--epochs", 1)
    assert run("train", card_path(whole), *options)[0] == 0
    assert "earlier weights" in load_card(card_path(tuned)).training_data
    status, _, said = run("train", card, *options[:3], tmp_path / "other", "--fine-tune")
    assert status == 1
    assert "no weights to begin from" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"map_layer": "nowhere"}, "nowhere"),
        ({"targets": CARD["targets"][:1]}, "All of .* 'disc'"),
        ({"training": {"epochs": 0, "precison": "float32"}}, "training.epochs.*(?s:.*)precison"),
        ({"training": {"augmentation": {"flip": "yes", "noise": -1}}}, "flip.*(?s:.*)noise"),
        ({"input": CARD["input"] | {"crop": "face"}}, "No face"),
    ],
)
def test_what_cannot_be_trained_is_said(
    run: Run, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    data = folder_of(tmp_path / "data", 10)
    out = tmp_path / "out"
    status, _, said = run("train", card_file(tmp_path, **changes), "--data", data, "--output", out)
    assert (status, "Traceback" in said) == (1, False)
    import re

    assert re.search(words, said)
    assert not card_path(out).exists()


def test_nobody_is_on_both_sides() -> None:
    images = [
        LabelledImage(Path(f"{place}.png"), (("a", "b")[place % 2],), subject=f"s{place // 4}")
        for place in range(100)
    ]
    split = split_images(images, seed=1)
    assert not {i.subject for i in split.training} & {i.subject for i in split.validation}
    assert len(split.training) + len(split.validation) == 100
    assert 16 <= len(split.validation) <= 24
    assert split == split_images(images, seed=1)
    assert split.validation != split_images(images, seed=2).validation

    named = [LabelledImage(Path("x"), ("a",), (), s, "s1") for s in ("train", "val", "test")]
    split = split_images(named, seed=0)
    assert (split.training, split.validation) == ((named[0],), (named[1],))
    assert "1 subject is in train and in val" in split.notices[0]


def test_images_of_a_known_subject_stay_together_beside_images_of_nobody_known() -> None:
    """One image without a subject does not part those of the others."""
    images = [
        LabelledImage(Path(f"{place}.png"), ("a",), subject=f"s{place // 4}" if place else "")
        for place in range(100)
    ]
    split = split_images(images, seed=1)
    there, here = ({i.subject for i in side} - {""} for side in (split.training, split.validation))
    assert not there & here
    assert "1 image is" in split.notices[0]
    assert "images of nobody known" in split.how


@pytest.fixture
def published(tmp_path: Path) -> Path:
    state = {k: v for k, v in small_network(5).state_dict().items() if not k.startswith("head")}
    file = tmp_path / "published.safetensors"
    safetensors.torch.save_file(state, file)
    return file


def starting(folder: Path, file: Path) -> Path:
    """A card that begins from a file."""
    start = {
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "licence": "MIT",
        "source": "From the makers.",
    }
    return card_file(folder, training=CARD["training"] | {"start": start, "epochs": 2})


def test_the_command_begins_from_the_file_that_the_card_names(
    run: Run, tmp_path: Path, published: Path
) -> None:
    card, data = starting(tmp_path, published), folder_of(tmp_path / "data", 10)
    train = ("train", card, "--data", data, "--output", tmp_path / "out")
    for missing in ((), ("--start", tmp_path / "nowhere.pt"), ("--start", tmp_path)):
        status, _, said = run(*train, *missing)
        assert status == 1
        assert "published.safetensors with --start" in said
        assert "From the makers." in said
        assert str(missing[-1] if missing else "") in said

    status, _, said = run(*train, "--start", published)
    assert status == 0
    assert "tensors of published.safetensors; from chance: head" in said
    made = load_card(tmp_path / "out" / "discs-and-bars.toml")
    assert made.training_data.startswith("Begun from published.safetensors.")
    assert made.training.start is not None
    assert made.weights.licence == "Apache-2.0 AND MIT"
    tuned = ("--output", tmp_path / "tuned", "--fine-tune")
    status, _, _ = run("train", card_path(tmp_path / "out"), *train[2:4], *tuned)
    assert status == 0


@pytest.mark.parametrize(
    ("own", "start", "both"),
    [
        ("MIT", "MIT", "MIT"),
        ("CC-BY-4.0 AND MIT", "MIT", "CC-BY-4.0 AND MIT"),
        ("AGPL-3.0-only", "GPL-3.0-only", "AGPL-3.0-only AND GPL-3.0-only"),
        ("MIT OR GPL-2.0-only", "Apache-2.0", "(MIT OR GPL-2.0-only) AND Apache-2.0"),
        ("MIT OR Apache-2.0", "Apache-2.0", "(MIT OR Apache-2.0) AND Apache-2.0"),
    ],
)
def test_what_was_begun_from_keeps_its_licence(own: str, start: str, both: str) -> None:
    assert joined_licences(own, start) == both


def test_another_start_is_refused_before_an_image_is_read(
    run: Run, tmp_path: Path, published: Path
) -> None:
    card, data = starting(tmp_path, published), folder_of(tmp_path / "data", 10)
    for image in (data / "images").iterdir():
        image.write_bytes(b"no image")
    other = tmp_path / "other.safetensors"
    other.write_bytes(published.read_bytes() + b" ")
    again = ("train", card, "--data", data, "--output", tmp_path / "again")
    status, _, said = run(*again, "--start", other)
    assert status == 1
    assert "SHA-256" in said
    assert not (tmp_path / "again").exists()


def test_a_stopped_training_keeps_what_it_began_from(
    run: Run, tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, data = starting(tmp_path, published), folder_of(tmp_path / "data", 20)
    train = ("train", card, "--data", data, "--output")
    assert run(*train, tmp_path / "whole", "--start", published)[0] == 0
    (tmp_path / "plain").mkdir()
    chance = card_file(tmp_path / "plain")
    assert run("train", chance, *train[2:], tmp_path / "chance", "--epochs", 2)[0] == 0

    stop_after_an_epoch(run, monkeypatch, *train, tmp_path / "parts", "--start", published)
    status, _, said = run(*train, tmp_path / "parts", "--resume")
    assert status == 0
    assert "begins from" not in said
    whole, parts = (card_path(tmp_path / name).read_text() for name in ("whole", "parts"))
    assert whole == parts
    made = [load_card(card_path(tmp_path / name)) for name in ("whole", "chance")]
    assert made[0].weights.sha256 != made[1].weights.sha256


def test_a_start_that_the_card_does_not_name_is_refused(
    run: Run, tmp_path: Path, published: Path
) -> None:
    data = folder_of(tmp_path / "data", 10)
    train = ("train", card_file(tmp_path), "--data", data, "--output", tmp_path / "out")
    status, _, said = run(*train, "--start", published)
    assert status == 1
    assert "[training.start]" in said

    status, _, said = run(
        "train", "brain-mri-tumour", *train[2:], "--start", published, "--fine-tune"
    )
    assert status == 1
    assert "leave one out" in said
