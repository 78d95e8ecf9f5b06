"""Saying nothing: evidence as it is decides what is suggested, distance what is strange."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from training_lessons import CARD, SIZE, card_file, picture, small_network

from annotator import cli
from annotator.suggest.proposing import why_nothing
from annotator.suggest.suggester import Suggester
from annotator.workflows.figures import MeasuredImage, erasing_figures
from models.card import load_card
from models.card_parts import PresenceSpec
from models.errors import CardError, CheckpointError
from models.excitation import ExcitationBackprop
from models.presence import Evidence, Familiar, evidence_of, head_weights, parts_of
from models.training.presence import KEPT, fit_presence

SPEC = PresenceSpec(peak=1.0, output=0.5, margin=0.0, distance=-0.1, point=2.0, unfamiliar=9.0)


def test_what_a_layer_returned_is_there_after_a_pass() -> None:
    network, images = small_network().eval(), torch.rand(3, 1, SIZE, SIZE)
    engine = ExcitationBackprop(network, ("evidence", "stages.2"), images)
    recording = engine.record(images)
    for layer in ("evidence", "stages.2"):
        found: list[torch.Tensor] = []
        hook = network.get_submodule(layer).register_forward_hook(
            lambda _module, _inputs, output, found=found: found.append(output)
        )
        network(images)
        hook.remove()
        assert torch.equal(recording.features[layer], found[0])


def test_the_strongest_cell_and_the_distance_are_those_written_down() -> None:
    generator = torch.Generator().manual_seed(0)
    pooled = torch.rand(200, 4, generator=generator) + torch.eye(4)[torch.arange(200) % 2]
    familiar = Familiar.of(pooled, torch.eye(2)[torch.arange(200) % 2])
    assert familiar.mean.shape == (2, 4)
    centre = torch.exp(familiar.mean) - 1e-3
    torch.testing.assert_close(familiar.distance(centre), torch.zeros(2), atol=1e-2, rtol=0)
    assert float(familiar.distance(pooled).mean()) < 3
    assert float(familiar.distance(100 * pooled).min()) > 5

    features = torch.rand(2, 4, 3, 3, generator=generator)
    features[1, 2, 1, 2] = 50.0
    weights = torch.tensor([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 2.0, -5.0]])
    outputs = torch.tensor([[1.0, 4.0], [3.0, 2.5]])
    parts = parts_of(weights, features, outputs, familiar)
    assert parts.shape == (2, 4)
    assert float(parts[1, 0]) == pytest.approx(np.log(100.001))
    assert parts[:, 1].tolist() == [4.0, 3.0]
    assert parts[:, 2].tolist() == [3.0, 0.5]
    (_, second) = evidence_of(parts, SPEC)
    assert second.strength == pytest.approx(np.log(100.001) + 1.5 - 0.1 * second.distance, abs=1e-4)


def test_one_label_has_no_margin() -> None:
    familiar = Familiar(torch.zeros(1, 2), torch.eye(2))
    parts = parts_of(torch.ones(1, 2), torch.ones(3, 2, 2, 2), torch.ones(3, 1), familiar)
    assert parts[:, 2].tolist() == [0.0, 0.0, 0.0]


def test_the_point_keeps_the_share_that_it_is_said_to_keep() -> None:
    generator = torch.Generator().manual_seed(1)
    has = torch.arange(600) < 400
    parts = torch.randn(600, 4, generator=generator)
    parts[has, 0] += 2.0
    parts[:, 3] = parts[:, 3].abs()
    spec = fit_presence(parts, has)
    strengths = torch.tensor([one.strength for one in evidence_of(parts, spec)])
    kept = float((strengths[has] >= spec.point).float().mean())
    assert kept == pytest.approx(KEPT, abs=0.01)
    assert float((strengths[~has] < spec.point).float().mean()) > 0.3
    assert spec.unfamiliar > float(parts[:, 3].max())


def test_why_nothing_is_suggested_is_said_with_what_silence_is_worth() -> None:
    assert why_nothing(None, SPEC) is None
    assert why_nothing(Evidence(1.0, 20.0), None) is None
    assert why_nothing(Evidence(2.0, 9.0), SPEC) is None
    quiet, strange = why_nothing(Evidence(1.9, 3.0), SPEC), why_nothing(Evidence(8.0, 9.1), SPEC)
    assert quiet is not None
    assert strange is not None
    assert "evidence 1.90, at least 2.00" in quiet
    assert "Unlike the images" in strange
    for sentence in (quiet, strange):
        assert sentence.endswith("That says nothing of whether there is a finding.")
    assert why_nothing(Evidence(8.0, float("nan")), SPEC) is not None


def test_who_is_silent_is_counted_by_kind_of_inpainting() -> None:
    def image(**erasings: tuple[bool, bool | None]) -> MeasuredImage:
        return MeasuredImage(frozenset("a"), {"a": 1.0}, None, erasings=erasings)

    figures = erasing_figures(
        [image(telea=(False, True), ns=(True, None)), image(telea=(True, True), ns=(False, None))]
    )
    assert figures["silent_erased"]["telea"]["value"] == 0.5
    assert figures["suggested_elsewhere_erased"]["telea"]["value"] == 1.0
    assert list(figures["suggested_elsewhere_erased"]) == ["telea"]
    assert erasing_figures([MeasuredImage(frozenset("a"), {"a": 1.0}, None)]) == {}


def folder_of(path: Path, count: int) -> Path:
    (path / "images").mkdir(parents=True)
    generator, rows = np.random.default_rng(3), []
    for place in range(count):
        values, box = picture(place % 2, generator)
        values[SIZE - 5 :] = values[SIZE - 10 : SIZE - 5]  # no mark that gives the label away
        big = np.kron(values, np.ones((4, 4), np.uint8))
        Image.fromarray(big).save(path / "images" / f"{place}.png")
        rows.append(
            {
                "file": f"{place}.png",
                "label": ("disc", "bar")[place % 2],
                "boxes_xywh_px": " ".join(str(4 * value) for value in box),
                "split": "val" if place % 5 == 0 else "train",
            }
        )
    rows.append({"file": "none.png", "label": "", "boxes_xywh_px": "", "split": "train"})
    blank = np.random.default_rng(1).normal(50, 12, (4 * SIZE, 4 * SIZE)).clip(0, 255)
    Image.fromarray(blank.astype(np.uint8)).save(path / "images" / "none.png")
    with (path / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A card that was taught none, and its folder of images."""
    root = tmp_path_factory.mktemp("presence")
    data = folder_of(root / "data", 120)
    recipe = {
        "epochs": 12,
        "batch": 8,
        "averaging": 0.9,
        "learning_rate": 0.005,
        "none": 1.0,
        "set_apart": 0.25,
        "augmentation": {"turn_deg": 5, "erase": 0},
    }
    card = card_file(root, training=recipe)
    command = ("models", "train", card, "--data", data, "--output", root / "out", "--device", "cpu")
    assert cli.main([str(part) for part in command]) == 0
    return root / "out" / "discs-and-bars.toml", data


def test_a_card_that_was_taught_none_says_from_what_on_it_suggests(
    taught: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file, data = taught
    card = load_card(file)
    assert card.presence is not None
    assert "set apart" in card.training_data
    assert all(0 < entry.n <= 24 for entry in card.measured)  # of val alone
    command = ("models", "evaluate", str(file), "--data", str(data), "--split", "val", "--json")
    assert cli.main([*command, "--erased"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    for kind in ("telea", "navier-stokes"):
        assert figures["silent_erased"][kind]["value"] >= 0.6
        assert figures["suggested_elsewhere_erased"][kind]["value"] >= 0.6
        assert figures["silent_erased"][kind]["n"] == 24
    assert cli.main([*command]) == 0
    assert "silent_erased" not in json.loads(capsys.readouterr().out)["figures"]


def test_a_picture_without_a_finding_or_unlike_all_gets_nothing_and_hears_why(
    taught: tuple[Path, Path],
) -> None:
    import uuid

    file, data = taught
    suggester = Suggester(file, device="cpu")
    shown = np.asarray(Image.open(data / "images" / "0.png"))
    run = suggester.suggest(uuid.uuid4(), shown)
    assert run.suggestions
    assert run.provenance.parameters["presence"]["point"] == suggester.card.presence.point
    empty = suggester.suggest(uuid.uuid4(), np.full_like(shown, 50))
    assert not empty.suggestions
    assert any("That says nothing" in notice for notice in empty.notices)
    spec = suggester.card.presence
    assert spec is not None
    strict = dataclasses.replace(suggester.card, presence=dataclasses.replace(spec, unfamiliar=0.0))
    strange = Suggester(strict, device="cpu").suggest(uuid.uuid4(), shown)
    assert not strange.suggestions
    assert any("Unlike the images" in notice for notice in strange.notices)
    assert strange.scores == run.scores  # what was read stays on record


def test_what_presence_needs_and_lacks_is_said(taught: tuple[Path, Path], tmp_path: Path) -> None:
    file, _ = taught
    for name in (file, file.with_suffix(".safetensors")):
        shutil.copy(name, tmp_path)
    weights = tmp_path / "discs-and-bars.safetensors"
    state = safetensors.torch.load_file(weights)
    assert {"familiar.mean", "familiar.precision"} <= state.keys()
    safetensors.torch.save_file({k: v for k, v in state.items() if k[:8] != "familiar"}, weights)
    text = (tmp_path / file.name).read_text(encoding="utf-8")
    old = load_card(file).weights.sha256
    import hashlib

    new = hashlib.sha256(weights.read_bytes()).hexdigest()
    (tmp_path / file.name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Exception, match="holds no tensor"):
        Suggester(tmp_path / file.name, device="cpu")
    with pytest.raises(CheckpointError, match="does not have"):
        head_weights(small_network(), 5)
    with pytest.raises(CardError, match=r"presence\.point"):
        load_card(card_file(tmp_path, presence={"peak": 1.0}))
    assert load_card(card_file(tmp_path)).presence is None
    assert "presence" not in CARD
