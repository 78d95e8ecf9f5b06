"""The command line on real files: what it writes, what it says, and how it refuses."""

from __future__ import annotations

import json
import os
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import annotator
from annotator import cli
from annotator.cli.terminal import open_workspace
from annotator.formats.registry import READ
from models.card import CARDS_FOLDER, load_card

DEMO = Path(annotator.__file__).parent / "demo"
ASTRONAUT = DEMO / "astronaut.jpg"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("ANNOTATOR_HOME", str(folder))
    monkeypatch.delenv("ANNOTATOR_DATABASE_URL", raising=False)
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: object) -> tuple[int, str, str]:
        status = cli.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def picture(path: Path, values: np.ndarray) -> Path:
    Image.fromarray(values).save(path)
    return path


def empty_room(path: Path) -> Path:
    """A photograph without a face."""
    ramp = np.linspace(0, 255, 300, dtype=np.uint8)
    return picture(path, np.repeat(np.tile(ramp, (200, 1))[..., None], 3, axis=2))


def huge_png(path: Path) -> Path:
    """A PNG whose header says 30,000 x 30,000; nobody should try to decode it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def bad_files(folder: Path) -> list[Path]:
    corrupt = folder / "corrupt.jpg"
    corrupt.write_bytes(ASTRONAUT.read_bytes()[:5000])
    text = folder / "letter.png"
    text.write_text("Dear colleague, ...")
    return [corrupt, text, huge_png(folder / "huge.png"), folder / "missing.jpg"]


def test_a_file_name_that_is_no_text_is_explained_all_the_same(run: Any, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(bytes(tmp_path) + b"/odd\xff.jpg"))
    shutil.copy(ASTRONAUT, odd)
    options = ("--model", "face-expression", "--label", "happy", "--output", tmp_path / "out")
    status, printed, _ = run("explain", odd, *options)
    assert status == 0
    assert len(printed.splitlines()) == 3
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_explain_writes_maps_pictures_and_a_summary(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "maps"
    status, printed, _ = run(
        "explain", ASTRONAUT, DEMO / "grace_hopper.jpg", "--model", "face-expression",
        "--label", "happy", "--label", "surprise", "--output", out,
    )  # fmt: skip
    assert status == 0
    assert sorted(p.name for p in out.iterdir()) == sorted(
        f"{stem}{ending}"
        for stem in ("astronaut", "grace_hopper")
        for ending in (
            ".json", ".happy.npy", ".happy.png", ".surprised.npy", ".surprised.png"
        )
    )  # fmt: skip
    assert len(printed.splitlines()) == 10
    summary = json.loads((out / "astronaut.json").read_text())
    assert summary["image"] == {"file": "astronaut.jpg", "width": 512, "height": 512}
    assert set(summary["model"]) == {"name", "version", "sha256"}
    assert sum(summary["scores"].values()) == pytest.approx(1, abs=1e-4)
    for entry in summary["maps"]:
        values = np.load(out / f"astronaut.{entry['label']}.npy")
        assert values.dtype == np.float32
        assert values.shape == (512, 512)
        assert values.min() >= 0
        assert values.sum(dtype=np.float64) == pytest.approx(1, abs=1e-4)
        with Image.open(out / f"astronaut.{entry['label']}.png") as drawn:
            assert drawn.size == (512, 512)
        assert entry["against"] == "dual"
        assert 0 < entry["explained_mass"] <= 1
        kinds = [region["type"] for region in entry["regions"]]
        assert kinds == ["box", "polygon"] * (len(kinds) // 2)
        for region in entry["regions"]:
            keys = {"type", "x", "y", "width", "height", "points", "score"}
            assert set(region) - {"holes"} == keys
            corner = (region["x"] + region["width"], region["y"] + region["height"])
            assert 0 <= region["x"] < corner[0] <= 512
            assert 0 <= region["y"] < corner[1] <= 512


@pytest.mark.parametrize("against", ["none", "neutral", "sadness"])
def test_explain_against_a_rival(run: Any, tmp_path: Path, against: str) -> None:
    options = ("--model", "face-expression", "--label", "happy", "--output")
    assert run("explain", ASTRONAUT, *options, tmp_path / "dual")[0] == 0
    assert run("explain", ASTRONAUT, *options, tmp_path / "rival", "--against", against)[0] == 0
    summary = json.loads((tmp_path / "rival" / "astronaut.json").read_text())
    assert summary["maps"][0]["against"] == {"sadness": "sad"}.get(against, against)
    maps = [np.load(tmp_path / kind / "astronaut.happy.npy") for kind in ("dual", "rival")]
    assert np.abs(maps[0] - maps[1]).sum() > 1e-3


def test_explain_goes_on_after_bad_files_and_says_what_ails_each(run: Any, tmp_path: Path) -> None:
    bad = [*bad_files(tmp_path), empty_room(tmp_path / "room.png")]
    status, printed, said = run(
        "explain", *bad, ASTRONAUT, "--model", "face-expression", "--output", tmp_path / "out"
    )
    assert status == 1
    assert "astronaut.json" in printed
    assert len(said.splitlines()) == len(bad)
    for path, line in zip(bad, said.splitlines(), strict=True):
        assert line.startswith("annotator: ")
        assert path.name in line
    assert "face" in said.splitlines()[-1]


def test_explain_refuses_two_files_of_one_stem(run: Any, tmp_path: Path) -> None:
    twin = tmp_path / "astronaut.png"
    with Image.open(ASTRONAUT) as opened:
        opened.save(twin)
    options = ("--model", "face-expression", "--label", "happy", "--output", tmp_path / "out")
    status, _, said = run("explain", ASTRONAUT, twin, *options)
    assert status == 1
    assert "same stem" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "face-expression", "--label", "hapy"], "happy"),
        (["--model", "face-expresion"], "face-expression"),
        (["--model", "face-expression", "--against", "dismal"], "dismal"),
        (["--model", "face-expression", "--label", "happy", "--against", "happy"], "itself"),
    ],
)
def test_explain_refuses_unknown_names_and_lists_the_known(
    run: Any, tmp_path: Path, arguments: list[str], words: str
) -> None:
    status, printed, said = run("explain", ASTRONAUT, *arguments, "--output", tmp_path / "out")
    assert (status, printed) == (1, "")
    assert words in said


def test_a_card_with_mistakes_lists_all_of_them(run: Any, tmp_path: Path) -> None:
    card = tmp_path / "mine.toml"
    card.write_text('name = "mine"\nversoin = "1"\n[input]\nwidth = -3\n')
    status, _, said = run("models", "check", card)
    assert status == 1
    assert "versoin" in said
    assert "input.width" in said


def test_models_list_and_check(run: Any) -> None:
    status, printed, _ = run("models", "list", "--json")
    assert status == 0
    assert "face-expression" in [card["name"] for card in json.loads(printed)]
    status, printed, _ = run("models", "check", "face-expression")
    assert status == 0
    assert "FAIL" not in printed


@pytest.mark.parametrize("card", ["chest-film-opacity", "face-expression", "brain-mri-tumour"])
def test_a_classifier_says_what_it_is_for_and_how_good_it_is(run: Any, card: str) -> None:
    status, printed, _ = run("models", "show", card, "--json")
    shown = json.loads(printed)
    assert status == 0
    assert all(shown[key] for key in ("intended_use", "limits", "training_data", "measured"))

    status, printed, _ = run("models", "show", card)
    assert status == 0
    said = " ".join(printed.split())
    for text in (shown["title"], shown["intended_use"], shown["limits"], shown["training_data"]):
        assert " ".join(text.split()) in said
    for figure in shown["measured"]:
        assert f"n = {figure['n']} {figure['figure']} {figure['data']}" in said
    assert run("models", "show", "nothing-like-it")[0] == 1


def test_a_card_of_ones_own_says_where_its_weights_are(run: Any, tmp_path: Path) -> None:
    shipped = load_card("brain-mri-tumour")
    card = tmp_path / "mine.toml"
    card.write_text((CARDS_FOLDER / "brain-mri-tumour.toml").read_text())

    def state() -> str:
        return json.loads(run("models", "show", card, "--json")[1])["weights"]["state"]

    assert state() == "missing"
    (tmp_path / shipped.weights.file.name).write_bytes(b"")
    assert state() == "beside the card"


def test_from_files_to_a_data_set(run: Any, tmp_path: Path) -> None:
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    shutil.copy(ASTRONAUT, photographs)
    shutil.copy(ASTRONAUT, photographs / "the same again.jpg")
    empty_room(photographs / "room.png")
    bad = bad_files(photographs)[:3]

    assert run("project", "create", "Faces", "--model", "face-expression")[0] == 0
    status, printed, said = run("import", "Faces", photographs)
    assert status == 1
    assert printed.startswith("2 imported, 1 already there, 3 refused")
    for path in bad:
        assert path.name in said

    status, printed, _ = run("suggest", "Faces")
    assert status == 0
    assert "on 2 images, 1 image without one, 0 failed" in printed
    assert run("suggest", "Faces")[1].startswith("0 suggestions on 0 images")

    status, printed, _ = run("export", "Faces", "--unfinished", "--output", tmp_path / "set")
    assert status == 0
    coco = json.loads((tmp_path / "set" / "annotations.json").read_text())
    assert len(coco["images"]) == 2
    assert coco["annotations"] == []  # nothing is ever accepted by default
    assert run("db", "check")[0] == 0


def test_a_project_needs_a_name_of_its_own_labels_and_a_known_model(run: Any) -> None:
    assert run("project", "create", "A", "--label", "x")[0] == 0
    for arguments, words in [
        (("A", "--label", "x"), "A"),
        (("B",), "labels"),
        (("B\nC", "--label", "x"), "printable"),
        (("B" * 200, "--label", "x"), "at most"),
        (("B", "--label", "x", "--against", "y"), "no model"),
        (("B", "--model", "face-expression", "--label", "happy", "--against", "happy"), "itself"),
        (("B", "--model", "face-expression", "--against", "bogus"), "bogus"),
        (("  ", "--label", "x"), "name"),
        (("B", "--model", "nobody"), "nobody"),
        (("B", "--model", "face-expression", "--label", "joyous"), "joyous"),
    ]:
        status, _, said = run("project", "create", *arguments)
        assert status == 1
        assert words in said
    named = ("--label", "smile", "--label", "happy", "--against", "sadness")
    assert run("project", "create", "C", "--model", "face-expression", *named)[0] == 0
    listed = json.loads(run("project", "list", "--json")[1])
    assert [project["name"] for project in listed] == ["A", "C"]
    assert (listed[1]["labels"], listed[1]["contrast"]) == (["happy"], "sad")


def test_what_names_no_project_is_told_which_exist(run: Any, tmp_path: Path) -> None:
    run("project", "create", "Faces", "--label", "x")
    for command in (("import", "Face", ASTRONAUT), ("suggest", "Face")):
        status, _, said = run(*command)
        assert status == 1
        assert "Faces" in said
    status, _, said = run("suggest", "Faces")
    assert status == 1
    assert "no model" in said


def test_evaluate_reads_labels_and_prints_figures_with_n(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "images").mkdir(parents=True)
    for name in ("astronaut.jpg", "grace_hopper.jpg"):
        shutil.copy(DEMO / name, folder / "images")
    shutil.copy(DEMO / "astronaut.jpg", folder / "images" / "sneer.jpg")
    empty_room(folder / "images" / "room.png")
    (folder / "labels.csv").write_text(
        "file,label,boxes_xywh_px,split\n"
        "astronaut.jpg,happiness,160 80 125 111;0 0 5 5,val\n"
        "grace_hopper.jpg,neutral,,val\n"
        "room.png,neutral,,train\n"
        "sneer.jpg,contempt,,val\n"
    )
    status, printed, _ = run(
        "models", "evaluate", "face-expression", "--data", folder, "--split", "val", "--json"
    )
    assert status == 0
    result = json.loads(printed)
    figures = result["figures"]
    assert figures["accuracy"]["n"] == 2
    low, high = figures["pointing"].pop("interval")
    assert low < high == 1
    assert figures["pointing"] == {"value": 1.0, "n": 1}
    assert figures["pointing_by_label"]["happy"]["n"] == 1
    assert figures["energy_in_box"]["value"] > 0.95
    assert figures["centre_baseline"]["value"] == 0
    assert 0 < figures["best_region_iou"]["value"] < 1
    assert "contempt" in result["notices"][0]

    status, printed, _ = run("models", "evaluate", "face-expression", "--data", folder)
    assert status == 0
    assert "n = 3" in printed

    status, printed, _ = run(
        "models", "evaluate", "face-expression", "--data", folder, "--against", "happy", "--json"
    )
    assert status == 0
    assert "pointing" not in json.loads(printed)["figures"]  # its label is the rival itself

    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "labels.csv").write_bytes("file,label\nn\xe4me.jpg,happy\n".encode("latin-1"))
    short = tmp_path / "short"
    short.mkdir()
    (short / "labels.csv").write_text("label,file\nhappy\n")
    gone = tmp_path / "gone"
    gone.mkdir()
    (gone / "labels.csv").write_text("file,label\ngone.jpg,happy\n")
    for arguments, words in [
        (("--data", tmp_path), "labels.csv"),
        (("--data", folder, "--split", "test"), "train, val"),
        (("--data", folder, "--against", "bogus"), "bogus"),
        (("--data", broken), "UTF-8"),
        (("--data", short), "line 2"),
        (("--data", gone), "None of 1"),
    ]:
        status, _, said = run("models", "evaluate", "face-expression", *arguments)
        assert status == 1
        assert words in said


def test_a_project_may_require_decisions_and_masks_that_do_not_overlap(run: Any) -> None:
    named = {"strict": ["--decide-all"], "plain": [], "apart": ["--masks-apart"]}
    for name, options in named.items():
        assert run("project", "create", name, "--label", "a", *options)[0] == 0
    with open_workspace() as workspace:
        of = [workspace.record.project(name).protocol for name in named]
    assert [protocol.decide_all for protocol in of] == [True, False, False]
    assert [protocol.masks_may_overlap for protocol in of] == [True, True, False]


def test_the_help_of_take_over_names_every_format_that_is_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["take-over", "--help"])
    help_text = capsys.readouterr().out
    named = help_text.partition("--format NAME ")[2].partition("--reference NAME ")[0]
    read = {reader.name for reader in READ}
    assert set(named.replace(",", " ").split()) >= read
