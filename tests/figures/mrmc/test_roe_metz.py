"""Intervals of simulated studies contain the truth as often as they promise.

A small, seeded share of `tests/benchmarks/roe_metz.py`, whose tables are in docs/study.md.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "roe_metz.py"
RUNS = 200


@pytest.fixture(scope="module")
def roe_metz():
    spec = importlib.util.spec_from_file_location("roe_metz", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    sys.modules["roe_metz"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["roe_metz"]


def test_intervals_cover_and_a_planted_difference_is_found(roe_metz):
    design = roe_metz.Design("HH", 0.03, 0.3, 0.2, 0.2, 1.5, 5, 30)
    tallies = roe_metz.coverage(design, 0.10, RUNS, 7)
    for name, tally in tallies.items():
        assert tally.runs == RUNS
        assert 0.91 <= tally.covered / RUNS <= 0.99, name
    promised = roe_metz.promised(design, 0.10, RUNS, 7)
    assert 0.5 < promised < 0.9
    assert promised - 0.05 < tallies["unbiased"].found / RUNS < promised + 0.15


def test_a_planted_difference_is_that_of_the_expected_area(roe_metz):
    design = roe_metz.DESIGNS[0]
    assert design.true_auc(design.shift(0.10)) == pytest.approx(design.true_auc() + 0.10)
