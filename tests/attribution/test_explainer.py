"""The explainer on the classifier that ships: images and codes in, maps on the images out."""

from __future__ import annotations

import pytest
import torch

from models.classifier import Classifier
from models.errors import InputError, TargetError, UnsupportedLayerError
from models.explainer import ExcitationMap, Explainer

GENERATOR = torch.Generator().manual_seed(0)
IMAGES = [
    torch.rand(3, 150, 120, generator=GENERATOR),
    torch.randint(0, 256, (90, 130), generator=GENERATOR, dtype=torch.uint8),
]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load("face-expression", device="cpu")


@pytest.fixture(scope="module")
def explainer(classifier: Classifier) -> Explainer:
    return Explainer(classifier)


def labels(maps: list[list[ExcitationMap]]) -> list[list[str]]:
    return [[found.label for found in row] for row in maps]


@pytest.mark.parametrize("contrast", [None, "none", "dual", "rest", "Anger", "sad"])
def test_maps_lie_on_the_images(
    explainer: Explainer, classifier: Classifier, contrast: str | None
) -> None:
    maps = explainer.excitation_maps(IMAGES, ["happy", "neutral"], contrast=contrast)
    scores = classifier.predict(IMAGES)
    assert labels(maps) == [["happy", "neutral"]] * 2
    for image, row, image_scores in zip(IMAGES, maps, scores, strict=True):
        for found in row:
            assert found.against == {None: "dual", "Anger": "angry"}.get(contrast, contrast)
            assert found.layer == classifier.card.map_layer
            assert found.score == float(image_scores[classifier.index(found.label)])
            assert found.explained_mass == pytest.approx(1, abs=1e-4)
            assert found.grid.shape == (14, 14)
            for grid in (found.grid, found.in_image()):
                assert grid.dtype == torch.float32
                assert grid.device.type == "cpu"
                assert grid.min() >= 0
                assert float(grid.sum()) == pytest.approx(1, abs=1e-5)
            assert found.in_image().shape == image.shape[-2:]


def test_each_image_may_have_its_own_targets(explainer: Explainer) -> None:
    shared = explainer.excitation_maps(IMAGES, ["sad", "happy"])
    own = explainer.excitation_maps(IMAGES, [["happy"], ["sad", "happy"]])
    assert labels(own) == [["happy"], ["sad", "happy"]]
    assert labels(explainer.excitation_maps(IMAGES, [[], ["sad"]])) == [[], ["sad"]]
    assert labels(explainer.excitation_maps(IMAGES, [[], []])) == [[], []]
    torch.testing.assert_close(own[0][0].grid, shared[0][1].grid, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(own[1][1].grid, shared[1][1].grid, rtol=1e-4, atol=1e-6)


def test_without_targets_the_best_is_explained(
    explainer: Explainer, classifier: Classifier
) -> None:
    best = classifier.predict(IMAGES).argmax(1).tolist()
    found = labels(explainer.excitation_maps(IMAGES))
    assert found == [[classifier.codes[column]] for column in best]


def test_a_box_is_where_the_map_is(explainer: Explainer) -> None:
    box = (20.0, 30.0, 60.0, 60.0)
    (row,) = explainer.excitation_maps(IMAGES[:1], ["happy"], contrast="none", boxes=[box])
    placed = row[0].in_image()
    assert float(placed[30:90, 20:80].sum()) == pytest.approx(1, abs=1e-5)


def test_another_layer(explainer: Explainer) -> None:
    (row,) = explainer.excitation_maps(IMAGES[:1], ["happy"], layer="dense1")
    assert row[0].layer == "dense1"
    assert row[0].grid.shape == (28, 28)
    (both,) = explainer.excitation_maps(IMAGES[:1], ["happy", "sad"], layer=["dense1", "dense2"])
    assert [(found.label, found.layer) for found in both] == [
        (label, layer) for label in ("happy", "sad") for layer in ("dense1", "dense2")
    ]
    torch.testing.assert_close(both[0].grid, row[0].grid, rtol=1e-4, atol=1e-7)
    with pytest.raises(UnsupportedLayerError, match="dense1"):
        explainer.excitation_maps(IMAGES[:1], ["happy"], layer="dense9")


def test_labels_in_portions_are_the_same(explainer: Explainer, classifier: Classifier) -> None:
    whole = explainer.excitation_maps(IMAGES, ["happy", "sad", "neutral"])
    parts = Explainer(classifier, targets_at_once=2).excitation_maps(
        IMAGES, ["happy", "sad", "neutral"]
    )
    assert labels(parts) == labels(whole)
    for one, other in zip(whole[1], parts[1], strict=True):
        torch.testing.assert_close(one.grid, other.grid, rtol=1e-4, atol=1e-6)


def test_what_cannot_be_asked(explainer: Explainer) -> None:
    with pytest.raises(InputError):
        explainer.excitation_maps([], ["happy"])
    with pytest.raises(TargetError, match=r"neutral, happy, sad"):
        explainer.excitation_maps(IMAGES, ["joyous"])
    with pytest.raises(TargetError, match="against itself"):
        explainer.excitation_maps(IMAGES, ["happy", "sad"], contrast="sad")
    with pytest.raises(TargetError, match="list of codes"):
        explainer.excitation_maps(IMAGES, "happy")
    with pytest.raises(TargetError, match="1 lists of targets came with 2 images"):
        explainer.excitation_maps(IMAGES, [["happy"]])


def test_a_batch_of_one_is_what_it_was_when_scores_and_maps_were_two_passes(
    explainer: Explainer, classifier: Classifier
) -> None:
    engine = explainer._map_layers((classifier.card.map_layer,)).engine
    batch, frames = classifier.prepare(IMAGES[:1])
    (found,) = explainer.explanations(batch, frames, lambda *_: [1, 2])
    assert torch.equal(found.scores, classifier.predict(IMAGES[:1])[0])
    before = engine(batch, torch.tensor([[1, 2]])).maps[0]
    for one, grid in zip(found.maps, before, strict=True):
        assert torch.equal(one.grid, grid / grid.sum())


def test_images_with_other_numbers_of_labels_are_walked_by_themselves(
    explainer: Explainer, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [IMAGES[place % 2] for place in range(6)]
    columns = [[1], [], [2, 1], [0], [3, 2, 1], [1, 4]]
    walked = []
    engine = type(explainer._map_layers((classifier.card.map_layer,)).engine)
    walk = engine.explain_layers

    def counted(self, recording, targets, contrast):
        walked.append(tuple(targets.shape))
        assert len(recording.outputs) == len(targets)
        return walk(self, recording, targets, contrast)

    monkeypatch.setattr(engine, "explain_layers", counted)
    found = explainer.explanations(*classifier.prepare(images), lambda place, _: columns[place])
    assert walked == [(2, 1), (2, 2), (1, 3)]
    for image, row, chosen in zip(images, found, columns, strict=True):
        (alone,) = explainer.explanations(*classifier.prepare([image]), lambda *_, c=chosen: c)
        assert [one.label for one in row.maps] == [classifier.codes[column] for column in chosen]
        torch.testing.assert_close(row.scores, alone.scores, rtol=1e-5, atol=1e-6)
        for one, same in zip(row.maps, alone.maps, strict=True):
            torch.testing.assert_close(one.grid, same.grid, rtol=1e-4, atol=1e-6)
            assert one.explained_mass == pytest.approx(same.explained_mass, abs=1e-5)


def test_an_image_with_numbers_that_are_not_finite_fails_alone(
    explainer: Explainer, classifier: Classifier
) -> None:
    batch, frames = classifier.prepare(IMAGES)
    batch[0, 0, 5, 5] = torch.nan
    broken, whole = explainer.explanations(batch, frames, lambda _, scores: [int(scores.argmax())])
    assert broken.scores.isnan().all()
    assert broken.maps == ()
    assert len(whole.maps) == 1
    assert whole.scores.isfinite().all()
