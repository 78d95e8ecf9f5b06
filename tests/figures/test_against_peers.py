"""Figures of agreement are those of independent implementations (`make_peer_values.py`)."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from annotator import figures

TABLES = json.loads(Path(__file__).with_name("peer_values.json").read_text(encoding="utf-8"))
CASES = [
    pytest.param(table, name, value, id=f"{table['name']}: {name}")
    for table in TABLES
    for name, value in table["peers"].items()
    if value is not None  # where a peer fails, see test_degenerate_tables
]


def measure(name: str, codes, categories: int) -> figures.Measure:
    """The product's counterpart of a peer's figure."""
    kind, _, how = name.partition(" ")
    if kind == "alpha":
        return figures.krippendorff_alpha(codes, categories, how)
    if kind == "icc":
        return figures.intraclass_correlation(codes, how)
    if kind == "pabak":
        return figures.pabak(codes, categories)
    weights = None if how == "of whole tables" else figures.weights_of(categories, how)
    of_kind = {
        "gwet": figures.gwet_coefficient,
        "fleiss": figures.fleiss_kappa,
        "percent": figures.percent_agreement,
        "cohen": figures.cohen_kappa,
    }
    return of_kind[kind](codes, categories, weights)


def codes_of(table) -> np.ndarray:
    return np.array(
        [[math.nan if code is None else code for code in row] for row in table["codes"]], float
    )


@pytest.mark.parametrize(("table", "name", "value"), CASES)
def test_a_figure_is_that_of_another_implementation(table, name, value):
    own = measure(name, codes_of(table), table["categories"]).of_all()
    assert own == pytest.approx(value, abs=1e-9)


def test_the_table_has_every_figure_on_random_and_degenerate_codes():
    names = {name for table in TABLES for name in table["peers"]}
    assert len(names) == 19
    assert len(CASES) > 250
    for name in names:
        assert sum(case.values[1] == name for case in CASES) >= 8, name


@pytest.mark.parametrize("name", sorted({name for table in TABLES for name in table["peers"]}))
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["name"])
def test_resampling_needs_nothing_but_the_sums(table, name):
    """The value of a resample is that of a table whose rows are repeated."""
    codes = codes_of(table)
    if name.startswith("cohen") and codes.shape[1] != 2:
        return
    times = np.random.default_rng(7).multinomial(len(codes), np.full(len(codes), 1 / len(codes)))
    repeated = measure(name, np.repeat(codes, times, axis=0), table["categories"]).of_all()
    whole = measure(name, codes, table["categories"])
    with np.errstate(all="ignore"):
        resampled = float(whole.value((times @ whole.parts)[None])[0])
    assert resampled == pytest.approx(repeated, abs=1e-9, nan_ok=True)
