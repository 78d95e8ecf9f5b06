"""Excitation Backprop on tensors: rules per operation, the walk, contrast. Knows no model cards."""

from .contrast import Contrast, DualContrast, NoContrast, RestContrast, RivalContrast
from .engine import Excitation, ExcitationBackprop

__all__ = [
    "Contrast",
    "DualContrast",
    "Excitation",
    "ExcitationBackprop",
    "NoContrast",
    "RestContrast",
    "RivalContrast",
]
