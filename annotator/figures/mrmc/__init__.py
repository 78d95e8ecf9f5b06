"""Studies of several readers and cases (MRMC): how well they tell disease, and how sure that is."""

from .kernels import auc_kernel, share_kernel, wafroc_kernel
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
    "Estimate",
    "Moments",
    "Variance",
    "auc_kernel",
    "difference_estimate",
    "mean_estimate",
    "moments",
    "reader_covariances",
    "reader_means",
    "share_kernel",
    "wafroc_kernel",
]
