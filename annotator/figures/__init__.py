"""Statistics on plain arrays: how well readers agree and tell, each with its n and its interval."""

from .dawid_skene import LatentClasses, ReaderQuality, dawid_skene, majority, reader_quality
from .detection import boundary_distances_mm, detection_f1, dice, matched_pairs
from .facs_index import agreement_index, agreement_level, mean_agreement_index
from .figure import Figure, Floats, Measure, measured
from .intraclass import intraclass_correlation
from .krippendorff import krippendorff_alpha
from .nominal import (
    cohen_kappa,
    fleiss_kappa,
    gwet_coefficient,
    pabak,
    percent_agreement,
    weights_of,
)
from .order_statistics import median
from .shares import base_rate, mean_of, ratio_of, share_of, within_tolerance

__all__ = [
    "Figure",
    "Floats",
    "LatentClasses",
    "Measure",
    "ReaderQuality",
    "agreement_index",
    "agreement_level",
    "base_rate",
    "boundary_distances_mm",
    "cohen_kappa",
    "dawid_skene",
    "detection_f1",
    "dice",
    "fleiss_kappa",
    "gwet_coefficient",
    "intraclass_correlation",
    "krippendorff_alpha",
    "majority",
    "matched_pairs",
    "mean_agreement_index",
    "mean_of",
    "measured",
    "median",
    "pabak",
    "percent_agreement",
    "ratio_of",
    "reader_quality",
    "share_of",
    "weights_of",
    "within_tolerance",
]
