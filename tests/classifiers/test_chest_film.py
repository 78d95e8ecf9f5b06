"""The chest film classifier: the folder that it is made from, and the figures in its card."""

from __future__ import annotations

import csv
import re
import sys
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from child_process import output_of

from annotator.settings import Settings
from annotator.workflows.evaluating import evaluate
from annotator.workflows.figures import each_figure
from annotator.workflows.labelled_folder import LabelledImage, read_labels
from annotator.workflows.networks import check_card, load_suggester
from annotator.workflows.splitting import split_images

CARD = "chest-film-opacity"
DOC = Path(__file__).parents[2] / "docs" / "chest-film.md"
SOURCES = {"kermany-test": 0.97, "nih-test": 0.5, "nih-test-all": 0.5}
"""The splits that the card has figures of, and what the AUC on them is at least."""
FIGURES = {
    "auc": "AUC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "energy_in_box": "energy on the lungs",
    "pointing": "pointing at the lungs",
}
"""What the card calls what is measured."""


def make_folder(kermany: Path, nih: Path, output: Path) -> Path:
    """Do what the page says, with the program that it shows."""
    program = re.search(r"```python\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    assert program
    output_of([sys.executable, "-c", program[1], kermany, nih, output])
    return output


@pytest.fixture
def small(tmp_path: Path) -> list[LabelledImage]:
    """Of small collections: 40 children with three films each, 3 of them in test; 90 adults."""
    kermany, nih = tmp_path / "kermany", tmp_path / "nih"
    films = [f"train/PNEUMONIA/person{child}_virus_{n}" for child in range(40) for n in (1, 2, 3)]
    films += [f"test/PNEUMONIA/person{child}_bacteria_9" for child in range(3)]
    films += [f"train/NORMAL/IM-{child:04}-0001" for child in range(20)]
    for film in films:
        path = kermany / f"{film}.jpeg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (nih / "images").mkdir(parents=True)
    with (nih / "labels.csv").open("w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(("file", "patient", "view", "labels"))
        for adult in range(90):
            labels = ("No Finding", "Edema|Mass", "Mass")[adult % 3]
            writer.writerow((f"{adult}.jpg", adult, "PA", labels))
            (nih / "images" / f"{adult}.jpg").touch()
    return read_labels(make_folder(kermany, nih, tmp_path / "films"))


def test_nobody_teaches_and_judges(small: list[LabelledImage]) -> None:
    split = split_images(small, seed=0)
    taught = {image.subject for image in split.training}
    chosen = {image.subject for image in split.validation}
    tested = {image.subject for image in small if "test" in image.split}

    assert taught
    assert chosen
    assert tested >= {"person0", "person1", "person2"}
    assert not taught & chosen
    assert not (taught | chosen) & tested
    assert not split.notices


def test_a_child_teaches_with_two_films_and_weights_are_for_teaching_only(
    small: list[LabelledImage],
) -> None:
    written = Counter((image.split, image.labels, image.path.name) for image in small)
    children = Counter((i.split, i.subject) for i in small if i.subject.startswith("person"))
    times: dict[str, set[tuple[tuple[str, ...], int]]] = {}
    for (split, labels, _), count in written.items():
        times.setdefault(split, set()).add((labels, count))

    assert len(children) == 40
    assert {(split, count) for (split, _), count in children.items()} == {
        ("train", 2),
        ("val", 1),
        ("kermany-test", 1),
    }
    taught = {("NORMAL",): 1, ("PNEUMONIA",): 1, ("No Finding",): 5, ("Edema", "Mass"): 3}
    assert times.pop("train") == set(taught.items())
    assert {count for seen in times.values() for _, count in seen} == {1}
    assert {labels for labels, _ in times["val"]} == {("NORMAL",), ("PNEUMONIA",)}
    assert {split for split, labels, _ in written if labels == ("Mass",)} == {"nih-test-all"}
    assert all(image.path.is_file() for image in small)


def test_every_film_says_where_the_lungs_are(small: list[LabelledImage]) -> None:
    """Of those without an opacity as well: painting over must not give the label away."""
    for image in small:
        side = 224 if image.subject.startswith(("person", "IM")) else 512
        right, left = image.boxes
        assert right.x + right.width <= left.x
        assert right.x + left.x + left.width == pytest.approx(side, abs=1)  # about the middle
        assert 0.05 * side < right.y == left.y < left.y + left.height < 0.8 * side


def test_the_card_has_nothing_wrong() -> None:
    findings = check_card(CARD)

    assert findings
    assert not [finding.text for finding in findings if not finding.ok]


@pytest.fixture(scope="module")
def films(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chest")
    with tarfile.open(shared_data / "chest_xray_kermany" / "kermany_cxr_224.tar") as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # from Python 3.11.4 on
        archive.extractall(folder)  # noqa: S202 - our own file
    return make_folder(folder / "dataset", shared_data / "chest_xray_nih", folder / "films")


@pytest.mark.shared_data
@pytest.mark.parametrize("split", SOURCES)
def test_evaluate_gives_the_figures_of_the_card(films: Path, split: str) -> None:
    suggester = load_suggester(CARD, Settings.from_environment())
    found = evaluate(suggester, films, split)
    stated = {
        figure.figure.split(",")[0]: figure
        for figure in suggester.card.measured
        if figure.data.split(",")[0] == split
    }

    labels, of_maps = {"auc", "sensitivity", "specificity"}, split != "nih-test-all"

    assert not found.failures
    assert found.figures["auc"]["Lung Opacity"]["value"] >= SOURCES[split]
    assert set(stated) == {words for key, words in FIGURES.items() if key in labels or of_maps}
    for name, _, entry in each_figure(found.figures):
        if FIGURES.get(name) in stated:
            figure = stated[FIGURES[name]]
            # Another processor may round the last bits of a score otherwise.
            assert figure.value == pytest.approx(entry["value"], abs=0.01)
            assert figure.n == entry["n"]
            assert figure.interval == pytest.approx(entry["interval"], abs=0.01)
    # Taught where the lungs are, it keeps to them on films of people it never saw.
    assert found.figures["energy_in_box"]["value"] > 0.9
