"""Consensus of Dawid and Skene is that of crowd-kit (`make_dawid_skene_values.py`)."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from annotator.figures import dawid_skene, majority, reader_quality
from annotator.figures.dawid_skene import TOO_FEW

TABLES = json.loads(Path(__file__).with_name("dawid_skene_values.json").read_text(encoding="utf-8"))
NAN = math.nan


def array(nested) -> np.ndarray:
    return np.array([[NAN if x is None else x for x in row] for row in nested], dtype=float)


def coded(units=300, readers=4, seed=1):
    """Return codes, and the truth that no estimate sees: 30 % positive, readers of .9 and .8."""
    generator = np.random.default_rng(seed)
    truth = generator.random(units) < 0.3
    right = generator.random((units, readers)) < np.where(truth, 0.9, 0.8)[:, None]
    return (truth[:, None] == right).astype(float), truth


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["name"])
def test_the_estimate_is_that_of_crowd_kit(table):
    own = dawid_skene(array(table["codes"]), table["categories"])
    peer = table["peer"]
    assert own.settled
    assert own.probabilities == pytest.approx(array(peer["probabilities"]), abs=1e-6, nan_ok=True)
    assert own.prevalence == pytest.approx(peer["prevalence"], abs=1e-6)
    for of_reader, of_peer in zip(own.errors, peer["errors"], strict=True):
        assert of_reader == pytest.approx(np.array(of_peer), abs=1e-6)


def test_readers_are_as_good_as_they_were_made_without_a_truth():
    codes, truth = coded()
    quality = reader_quality(codes, 2, range(300))
    for reader in range(4):
        for figure, own in (
            (quality.sensitivity[reader], codes[truth, reader].mean()),
            (quality.specificity[reader], 1 - codes[~truth, reader].mean()),
        ):
            assert figure.value == pytest.approx(own, abs=0.06)
            assert figure.interval[0] < figure.value < figure.interval[1]
            assert figure.n == 300
    assert quality.prevalence.value == pytest.approx(truth.mean(), abs=0.05)
    assert quality == reader_quality(codes, 2, range(300))


def test_good_readers_outvote_a_majority_of_bad_ones():
    generator = np.random.default_rng(9)
    truth = generator.random(400) < 0.5
    skills = np.array([0.97, 0.97, 0.6, 0.6, 0.6])
    codes = np.where(generator.random((400, 5)) < skills, truth[:, None], ~truth[:, None])
    codes = codes.astype(float)
    assert (dawid_skene(codes, 2).consensus() == truth).mean() > 0.96
    assert (majority(codes, 2) == truth).mean() < 0.95


def test_a_category_among_several_is_told_from_all_others():
    codes, _ = coded()
    quality = reader_quality(codes * 2, 3, range(300), category=2, draws=20)
    two = reader_quality(codes, 2, range(300), draws=20)
    for own, other in zip(quality.specificity, two.specificity, strict=True):
        assert own.value == pytest.approx(other.value, abs=1e-6)


def test_a_tie_and_a_unit_without_codes_have_no_majority():
    codes = np.array([[0.0, 1, NAN], [NAN] * 3, [1, 1, 0]])
    assert np.array_equal(majority(codes, 2), [NAN, NAN, 1], equal_nan=True)
    assert np.isnan(dawid_skene(codes, 2).consensus()[1])


def test_two_readers_tell_nothing_of_each_other():
    codes, _ = coded(readers=2)
    quality = reader_quality(codes, 2, range(300))
    for figure in (quality.prevalence, *quality.sensitivity, *quality.specificity):
        assert (figure.value, figure.reason) == (None, TOO_FEW)


def test_one_subject_has_no_interval():
    codes, _ = coded(units=50)
    figure = reader_quality(codes, 2, ["P1"] * 50, draws=5).prevalence
    assert figure.interval is None
    assert "one subject" in figure.reason


def test_a_reader_without_codes_has_no_figure():
    codes, _ = coded(units=50)
    codes[:, 1] = NAN
    quality = reader_quality(codes, 2, range(50), draws=20)
    assert quality.sensitivity[1].value is None
    assert np.isnan(dawid_skene(codes, 2).errors[1]).all()
    assert quality.sensitivity[0].value is not None


def test_what_nobody_ever_coded_is_said_to_be_absent_without_a_sensitivity():
    quality = reader_quality(np.zeros((20, 3)), 2, range(20), draws=20)
    assert quality.prevalence.value == 0
    assert quality.sensitivity[0].value is None
    assert quality.sensitivity[0].reason
    assert quality.specificity[0].value == 1
