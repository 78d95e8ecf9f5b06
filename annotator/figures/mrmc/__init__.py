"""Studies of several readers and cases (MRMC): how well they tell disease, and how sure that is."""

from .kernels import auc_kernel, share_kernel, wafroc_kernel
from .obuchowski import (
    Components,
    Covariance,
    cases_needed,
    or_components,
    or_difference,
    or_mean,
    power,
)
from .ustatistic import (
    Estimate,
    Moments,
    Variance,
    difference_estimate,
    mean_estimate,
    moments,
    reader_covariances,
    reader_means,
)

__all__ = [
    "Components",
    "Covariance",
    "Estimate",
    "Moments",
    "Variance",
    "auc_kernel",
    "cases_needed",
    "difference_estimate",
    "mean_estimate",
    "moments",
    "or_components",
    "or_difference",
    "or_mean",
    "power",
    "reader_covariances",
    "reader_means",
    "share_kernel",
    "wafroc_kernel",
]
