"""Action Units from the blendshape scores of a face: a stand-in where no coder has scored it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_USUAL_THRESHOLD = 0.3


def units_present(scores: Mapping[str, float]) -> tuple[str, ...]:
    """Return the Action Units that blendshape scores speak for.

    Parameters
    ----------
    scores : mapping of str to float
        Score in [0, 1] by the blendshape's name, such as ``mouthSmileLeft``; names that the
        table (``blendshapes.toml``, with its source) does not have are passed over.

    Returns
    -------
    tuple of str
        Codes of FACS, in the table's order: those of which either side, or either lip, scores
        at least the table's threshold.
    """
    return tuple(
        code
        for code, shapes, threshold in _table()
        if any(scores.get(shape, 0.0) >= threshold for shape in shapes)
    )


@cache
def _table() -> tuple[tuple[str, tuple[str, ...], float], ...]:
    text = (files(__package__) / "blendshapes.toml").read_text("utf-8")
    return tuple(
        (unit["code"], tuple(unit["shapes"]), unit.get("from", _USUAL_THRESHOLD))
        for unit in tomllib.loads(text)["units"]
    )
