"""Action Units: the network that looks where muscles are, and heads judged on other people."""

from __future__ import annotations

import csv
import tomllib
import uuid
from pathlib import Path

import numpy as np
import pytest
import tomli_w
import torch
from PIL import Image

from annotator import cli
from annotator.domain import BoundingBox
from annotator.domain.blendshapes import units_present
from annotator.domain.facs import parse_facs
from annotator.errors import SuggestError
from annotator.ingest import decode_file
from annotator.suggest.canvas import Canvas
from annotator.suggest.cutting import cut_canvas
from annotator.suggest.measures import area_under_curve
from annotator.suggest.muscle_check import outside_muscle
from annotator.suggest.suggester import Suggester
from annotator.suggest.training import TrainingChoices
from annotator.workflows.unit_training import train_units, trains_units
from models.card import card_path, load_card
from models.errors import InputError
from models.excitation import ExcitationBackprop, NoContrast
from models.face_api.action_units import GRID, ActionUnitNet, region_means
from models.training.heads import cross_validated, fit_heads

DEMO = Path(cli.__file__).parents[1] / "demo"


def seeded_network(units: int = 3) -> tuple[ActionUnitNet, torch.Tensor, torch.Tensor]:
    torch.manual_seed(7)
    network = ActionUnitNet(units)
    what, where = torch.randn(units, 128), torch.rand(units, GRID, GRID)
    where = torch.where(where > 0.7, where, 0.0)
    where /= where.sum((1, 2), keepdim=True)
    state = network.state_dict()
    del state["head.weight"]
    network.load_state_dict(state | {"head.what": what, "head.where": where})
    return network.eval().requires_grad_(requires_grad=False), what, where


def test_the_head_is_a_vector_over_channels_times_a_map_over_cells() -> None:
    network, what, where = seeded_network()
    faces = torch.rand(2, 3, 112, 112)
    means = region_means(network.features(faces), where)
    expected = torch.einsum("lnc,lc->nl", means, what) + network.head.bias
    assert torch.allclose(network(faces), expected, atol=1e-4)


def test_the_evidence_lies_only_where_the_unit_is_looked_for() -> None:
    network, what, where = seeded_network()
    faces = torch.rand(2, 3, 112, 112)
    walk = ExcitationBackprop(network, ("dense2",), faces)
    found = walk.explain(walk.record(faces), torch.tensor([[0, 1, 2]] * 2), NoContrast())
    assert torch.allclose(found.explained_mass, torch.ones(2, 3), atol=1e-4)
    activation = network.features(faces)
    for unit in range(3):
        evidence = torch.einsum("nchw,c,hw->nhw", activation, what[unit].clamp(min=0), where[unit])
        evidence /= evidence.sum((1, 2), keepdim=True)
        assert torch.allclose(found.maps[:, unit], evidence, atol=1e-5)


def test_heads_find_what_is_there_whatever_the_order() -> None:
    generator = torch.Generator().manual_seed(1)
    features = torch.randn(2, 300, 5, generator=generator)
    truth = torch.stack((features[0, :, 0] > 0.3, features[1, :, 4] < 0), 1).float()
    heads = fit_heads(features, truth, 0.1)
    assert ((heads(features) > 0) == (truth > 0)).float().mean() > 0.9
    order = torch.randperm(300, generator=generator)
    again = fit_heads(features[:, order], truth[order], 0.1)
    assert torch.allclose(again.what, heads.what, atol=1e-3)
    with pytest.raises(InputError, match="number 2"):
        fit_heads(features, torch.stack((truth[:, 0], torch.ones(300)), 1), 1e-2)


def test_nobody_is_judged_by_heads_that_saw_them() -> None:
    """Features that say only who it is are of no use for people not seen."""
    subjects = [f"person {i % 30}" for i in range(300)]
    truth = torch.tensor([[float(i % 30 < 15)] for i in range(300)])
    identity = torch.eye(30)[torch.arange(300) % 30][None]
    positive = truth[:, 0].numpy() > 0
    seen = fit_heads(identity, truth, 1e-3)(identity)[:, 0].numpy()
    unseen = cross_validated(identity, identity, truth, subjects, ridge=1e-3)[:, 0].numpy()
    assert area_under_curve(seen, positive) == 1
    assert area_under_curve(unseen, positive) < 0.6
    with pytest.raises(InputError, match="more people"):
        cross_validated(identity, identity, truth, ["one", "two"] * 150, ridge=1e-3)


def test_blendshapes_speak_for_units_from_the_tables_threshold() -> None:
    assert units_present({"mouthSmileLeft": 0.31, "browInnerUp": 0.29, "eyeSquintLeft": 0.4}) == (
        "AU12",
    )
    assert units_present({"eyeBlinkRight": 0.5, "jawForward": 0.9, "unheard of": 1.0}) == (
        "AD29",
        "AU43",
    )
    everything = units_present(dict.fromkeys(NAMES, 1.0))
    assert len(everything) == 23
    for code in everything:
        assert parse_facs(code).codes[0].code == code


NAMES = [
    "browInnerUp", "browOuterUpLeft", "browDownLeft", "eyeWideLeft", "cheekSquintLeft",
    "eyeSquintLeft", "noseSneerLeft", "mouthUpperUpLeft", "mouthSmileLeft", "mouthDimpleLeft",
    "mouthFrownLeft", "mouthLowerDownLeft", "mouthShrugLower", "mouthPucker", "mouthStretchLeft",
    "mouthFunnel", "mouthPressLeft", "jawOpen", "mouthRollLower", "jawForward", "jawLeft",
    "cheekPuff", "eyeBlinkLeft",
]  # fmt: skip


@pytest.fixture
def few_faces(tmp_path: Path) -> Path:
    """Two portraits, brighter and darker, as if they were ten people: one smiles."""
    folder = tmp_path / "few"
    (folder / "images").mkdir(parents=True)
    rows = []
    for name, smile in (("astronaut", 0.8), ("grace_hopper", 0.0)):
        with Image.open(DEMO / f"{name}.jpg") as image:
            pixels = np.array(image.convert("RGB").resize((256, 256)), dtype=np.float32)
        for step, gain in enumerate((0.7, 0.8, 0.9, 1.0, 1.1)):
            file = f"{name}_{step}.png"
            bright = np.clip(pixels * gain, 0, 255).astype(np.uint8)
            Image.fromarray(bright).save(folder / "images" / file)
            rows.append((file, f"{name} {step}", "any", smile))
    with (folder / "labels.csv").open("w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(["file", "person", "expression", "blendshape_mouthSmileLeft"])
        writer.writerows(rows)
    return folder


def one_unit_card(folder: Path) -> Path:
    """Write the shipped card with AU12 alone."""
    values = tomllib.loads(card_path("face-action-units").read_text("utf-8"))
    values["targets"] = [t for t in values["targets"] if t["code"] == "AU12"]
    values["calibration"] = {}
    values["contrast"] = "dual"
    card = folder / "one-unit.toml"
    card.write_text(tomli_w.dumps(values | {"name": "one-unit"}), encoding="utf-8")
    return card


def test_training_writes_a_card_that_suggests(few_faces: Path, tmp_path: Path) -> None:
    card = one_unit_card(tmp_path)
    result = train_units(card, few_faces, tmp_path / "out", TrainingChoices(device="cpu"))
    assert result.failures == ()
    assert result.evaluation.figures["auc"]["AU12"]["value"] == 1
    assert result.evaluation.figures["auc"]["AU12"]["n"] == 10
    written = load_card(result.card)
    assert "10 faces of 10 subjects" in written.training_data
    assert written.targets[0].operating_point is not None
    assert any(figure.figure == "AUC, AU12" for figure in written.measured)

    suggester = Suggester(result.card, device="cpu")
    smiling, serious = (
        suggester.suggest(uuid.uuid4(), decode_file(DEMO / name)[0].pixels)
        for name in ("astronaut.jpg", "grace_hopper.jpg")
    )
    assert {s.label for s in smiling.suggestions} == {"AU12"}
    assert serious.suggestions == ()
    assert "nothing is suggested" in serious.notices[-1]


def test_what_does_not_apply_is_refused(few_faces: Path, tmp_path: Path) -> None:
    assert trains_units("face-action-units")
    assert not trains_units("face-expression")
    with pytest.raises(SuggestError, match="--epochs"):
        train_units("face-action-units", few_faces, tmp_path / "out", TrainingChoices(epochs=3))
    table = few_faces / "labels.csv"
    table.write_text(table.read_text().replace("person", "nobody"))
    with pytest.raises(SuggestError, match="column person"):
        train_units("face-action-units", few_faces, tmp_path / "out", TrainingChoices())


def test_a_suggestion_outside_its_muscle_is_said_to_be() -> None:
    pixels = decode_file(DEMO / "astronaut.jpg")[0].pixels
    suggester = Suggester("face-action-units", device="cpu")
    face = suggester.read([pixels])[0].face
    assert face is not None
    landmarks = suggester.landmarks(pixels, face)
    assert landmarks is not None
    assert suggester.landmarks(pixels, None) is None
    mouth, brow = landmarks[48:68].mean(0), landmarks[19]
    found = {}
    for place, (x, y) in {"mouth": mouth, "brow": brow}.items():
        values = np.zeros(pixels.shape[:2], np.float32)
        box = BoundingBox(float(x) - 12, float(y) - 6, 24.0, 12.0)
        values[box.mask(*values.shape)] = 1
        canvas = Canvas(values, pixels.shape[1], pixels.shape[0])
        found[place] = outside_muscle("AU26", landmarks, canvas, cut_canvas(canvas), "box")
    assert found["mouth"] == []
    (said,) = found["brow"]
    assert said.startswith("AU26: outside its muscle (masseter")
    assert "0% of the evidence inside" in said
    assert outside_muscle("happy", landmarks, canvas, cut_canvas(canvas), "box") == []
