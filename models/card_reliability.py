"""The part of a card that says how often its suggestions are right, and how it is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .toml_table import TomlTable

_MOST_ERROR = 0.1
"""The largest calibration error of a reliability that people are shown."""
FARTHEST = 4.0
"""Scales from the mean beyond which a signal says no more."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """The chance that a suggestion is right: its label, and an IoU of .5 with a drawn region.

    A logistic model of signals, each in scales from its mean.

    Attributes
    ----------
    signals : tuple of str
        Names, as `annotator.suggest.checking` has them.
    means, scales, weights : tuple of float
        One a signal; scales > 0.
    intercepts : mapping of str to float
        By the label's code; of labels without suggestions to fit on there is none.
    weights_sha256 : str
        Of the network's weights that it was fitted with; of others it says nothing.
    fitted_on, validated_on : str
        Which images, in words.
    auc, ece : float
        On the images set apart for it: the area under the ROC curve, and the expected calibration
        error over ten bins of equal count.
    """

    signals: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercepts: Mapping[str, float]
    weights_sha256: str
    fitted_on: str
    validated_on: str
    auc: float
    ece: float

    @property
    def validated(self) -> bool:
        """Whether it is good enough to be shown to people."""
        return self.auc > 0.5 and self.ece <= _MOST_ERROR

    def of(self, label: str, signals: Mapping[str, float]) -> float | None:
        """Return the chance that a suggestion is right, in [0, 1].

        None for a label that it was not fitted on, or where a signal is missing.
        """
        if label not in self.intercepts or not set(self.signals) <= set(signals):
            return None
        odds = self.intercepts[label]
        for name, mean, scale, weight in zip(
            self.signals, self.means, self.scales, self.weights, strict=True
        ):
            odds += weight * max(-FARTHEST, min(FARTHEST, (signals[name] - mean) / scale))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def read_reliability(table: TomlTable, codes: tuple[str, ...]) -> Reliability | None:
    """Read ``[reliability]``, which ``annotator models calibrate`` writes; None without one."""
    if "signals" not in table:
        table.close()
        return None
    given = table.table("intercepts")
    least, most = -1e6, 1e6
    by_code = {code: given.optional_number(code, least=least, most=most) for code in codes}
    given.close()
    reliability = Reliability(
        signals=table.texts("signals"),
        means=table.numbers("means"),
        scales=table.numbers("scales"),
        weights=table.numbers("weights"),
        intercepts={code: value for code, value in by_code.items() if value is not None},
        weights_sha256=table.text("weights_sha256"),
        fitted_on=table.text("fitted_on"),
        validated_on=table.text("validated_on"),
        auc=table.number("auc", least=0.0, most=1.0),
        ece=table.number("ece", least=0.0, most=1.0),
    )
    for key in ("means", "scales", "weights"):
        if len(getattr(reliability, key)) != len(reliability.signals):
            table.complain(key, f"needs {len(reliability.signals)} numbers, one a signal.")
    if any(scale <= 0 for scale in reliability.scales):
        table.complain("scales", "holds a number that is not positive; signals are divided by it.")
    table.close()
    return reliability
