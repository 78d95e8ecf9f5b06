"""Torchvision beside a CPU build of torch.

Torchvision's wheel on the package index is linked to CUDA. Beside a CPU build of torch its
compiled operators cannot load, and the import fails because it describes the two of them
whose schemas are then missing. Declaring the schemas is enough: none of the networks here
calls these operators, and where torchvision works nothing is declared.
"""

from __future__ import annotations

import importlib
import threading
from types import ModuleType

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_lock = threading.Lock()
# A library's declarations live as long as the object does, hence a name that stays.
_declared: list[torch.library.Library] = []


def import_torchvision() -> ModuleType:
    """Import torchvision, whatever build of torch is installed.

    Returns
    -------
    module
        ``torchvision``.

    Raises
    ------
    ImportError
        If torchvision is not installed, or was built for another version of torch.
    """
    with _lock:
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            if "torchvision::" not in str(error):
                raise
        _declare_missing_schemas()
        return importlib.import_module("torchvision")


def _declare_missing_schemas() -> None:
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)  # type: ignore[no-untyped-call]
    _declared.append(library)
