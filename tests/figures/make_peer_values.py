"""Write what independent implementations make of small tables, random and degenerate.

    python -m venv peers
    peers/bin/pip install krippendorff==0.9.0 pingouin==0.6.1 irrCAC==0.4.4 statsmodels==0.15.0
    peers/bin/python tests/figures/make_peer_values.py > tests/figures/peer_values.json

In an environment of their own: irrCAC and pingouin want other versions of pandas and scipy than
the product's tests are pinned to.
"""

from __future__ import annotations

import json
import math
import sys
import warnings

import krippendorff
import numpy as np
import pandas as pd
import pingouin
from irrCAC.raw import CAC
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

warnings.simplefilter("ignore")
SHAPES = ((12, 2, 2), (40, 2, 3), (40, 2, 6), (30, 3, 2), (25, 4, 6), (60, 5, 3))
"""Units, readers, categories."""


def tables():
    """Yield name, codes (N, R) and the number of categories."""
    for number, (units, readers, categories) in enumerate(SHAPES):
        generator = np.random.default_rng(number)
        truth = generator.integers(0, categories, units)
        codes = np.where(
            generator.random((units, readers)) < 0.6,
            truth[:, None],
            generator.integers(0, categories, (units, readers)),
        ).astype(float)
        yield f"random {units} x {readers} of {categories}", codes, categories
        gaps = codes.copy()
        gaps[generator.random(codes.shape) < 0.2] = np.nan
        yield f"gaps {units} x {readers} of {categories}", gaps, categories
    yield "one unit differs", np.array([[0.0, 0]] * 9 + [[0, 1]]), 2
    yield "rare", np.array([[0.0, 0]] * 90 + [[0, 1]] * 4 + [[1, 0]] * 4 + [[1, 1]] * 2), 2
    yield "never the same", np.array([[0.0, 1], [1, 0]] * 5), 2
    yield "one reader never changes", np.array([[0.0, 0], [0, 1]] * 5), 2
    yield "all equal", np.zeros((8, 3)), 2
    yield "one unit", np.array([[0.0, 1]]), 2
    yield "nobody twice", np.array([[0.0, np.nan], [np.nan, 1]]), 2


def peers(codes, categories):
    """Yield the name of each figure with a function that asks for it."""
    whole = codes[~np.isnan(codes).any(axis=1)].astype(int)
    for scale in ("nominal", "ordinal", "interval"):
        yield (
            f"alpha {scale}",
            lambda scale=scale: krippendorff.alpha(
                codes.T, level_of_measurement=scale, value_domain=list(range(categories))
            ),
        )
    for weights in ("identity", "linear", "quadratic"):

        def cac(weights=weights):
            frame = pd.DataFrame(codes)
            return CAC(frame, weights=weights, categories=list(range(categories)), digits=12)

        yield f"gwet {weights}", lambda cac=cac: cac().gwet()["est"]["coefficient_value"]
        yield f"fleiss {weights}", lambda cac=cac: cac().fleiss()["est"]["coefficient_value"]
        yield f"percent {weights}", lambda cac=cac: cac().gwet()["est"]["pa"]
    yield "pabak", lambda: cac("identity").bp()["est"]["coefficient_value"]
    if codes.shape[1] == 2 and len(whole):
        table = np.zeros((categories, categories))
        np.add.at(table, (whole[:, 0], whole[:, 1]), 1)
        for name, kind in (("identity", None), ("linear", "linear"), ("quadratic", "quadratic")):
            yield (
                f"cohen {name}",
                lambda kind=kind: cohens_kappa(table, wt=kind, return_results=False),
            )
    if len(whole) == len(codes):
        counts = np.stack([(whole == k).sum(axis=1) for k in range(categories)], axis=1)
        yield "fleiss of whole tables", lambda: fleiss_kappa(counts)
    if len(whole) > 1:
        for form in ("2,1", "3,1"):
            yield f"icc {form}", lambda form=form: icc(whole, form)


def icc(whole, form):
    """Ask pingouin for an intraclass correlation."""
    frame = pd.DataFrame(whole).stack().reset_index()
    frame.columns = ["unit", "reader", "grade"]
    table = pingouin.intraclass_corr(frame, "unit", "reader", "grade").set_index("Type")
    types = {"2,1": ("ICC2", "ICC(A,1)"), "3,1": ("ICC3", "ICC(C,1)")}[form]
    return next(table.loc[name, "ICC"] for name in types if name in table.index)


def finite(ask):
    """Return what a peer says; None where it has no value."""
    try:
        value = float(ask())
    except (ValueError, AssertionError, ZeroDivisionError, IndexError, KeyError):
        return None
    return value if math.isfinite(value) else None


if __name__ == "__main__":
    written = [
        {
            "name": name,
            "codes": [[None if math.isnan(c) else int(c) for c in row] for row in codes.tolist()],
            "categories": categories,
            "peers": {figure: finite(ask) for figure, ask in peers(codes, categories)},
        }
        for name, codes, categories in tables()
    ]
    lines = ",\n".join(json.dumps(one) for one in written)
    sys.stdout.write(f"[\n{lines}\n]\n")
