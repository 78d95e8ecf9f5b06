"""Write what crowd-kit makes of small tables by the model of Dawid and Skene.

    python -m venv peers
    peers/bin/pip install crowd-kit==1.4.2
    peers/bin/python tests/figures/make_dawid_skene_values.py \
        > tests/figures/dawid_skene_values.json

In an environment of its own. It is let run for 300 steps, for its own rule stops early.
"""

from __future__ import annotations

import json
import math
import sys

import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene

SHAPES = ((60, 3, 2), (90, 5, 2), (60, 4, 3))
"""Units, readers, categories."""


def tables():
    """Yield name, codes (N, R) and the number of categories."""
    for number, (units, readers, categories) in enumerate(SHAPES):
        generator = np.random.default_rng(40 + number)
        truth = generator.choice(
            categories, units, p=[0.6] + [0.4 / (categories - 1)] * (categories - 1)
        )
        skill = generator.uniform(0.7, 0.95, readers)
        codes = np.where(
            generator.random((units, readers)) < skill,
            truth[:, None],
            generator.integers(0, categories, (units, readers)),
        ).astype(float)
        yield f"{units} x {readers} of {categories}", codes, categories
        gaps = codes.copy()
        gaps[generator.random(codes.shape) < 0.25] = np.nan
        gaps[3] = np.nan
        yield f"gaps {units} x {readers} of {categories}", gaps, categories
    yield "all agree", np.repeat([[0.0], [1], [1], [0], [1]], 3, axis=1), 2


def fitted(codes, categories):
    """Ask crowd-kit."""
    rows = [
        {"task": unit, "worker": reader, "label": int(code)}
        for (unit, reader), code in np.ndenumerate(codes)
        if not math.isnan(code)
    ]
    peer = DawidSkene(n_iter=300, tol=-math.inf).fit(pd.DataFrame(rows))
    shares = peer.probas_.reindex(range(len(codes)))
    errors = [
        [
            [float(peer.errors_.to_dict()[t].get((reader, c), 0.0)) for c in range(categories)]
            for t in range(categories)
        ]
        for reader in range(codes.shape[1])
    ]
    return {
        "probabilities": nulled(shares.to_numpy()),
        "prevalence": [float(peer.priors_[k]) for k in range(categories)],
        "errors": errors,
    }


def nulled(table):
    """Return nested lists, nan as None, to nine places."""
    return [[None if math.isnan(x) else round(float(x), 9) for x in row] for row in table]


if __name__ == "__main__":
    lines = [
        json.dumps(
            {
                "name": name,
                "codes": [[None if math.isnan(x) else int(x) for x in row] for row in codes],
                "categories": categories,
                "peer": fitted(codes, categories),
            }
        )
        for name, codes, categories in tables()
    ]
    sys.stdout.write("[\n" + ",\n".join(lines) + "\n]\n")
