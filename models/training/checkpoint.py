"""What a training needs to go on after it was stopped, in a file beside its results."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from ..errors import CheckpointError


def write_progress(file: Path, made_by: str, progress: dict[str, Any]) -> None:
    """Keep how far a training is; a reader finds the old file or the new one, never half of one.

    Parameters
    ----------
    file : Path
    made_by : str
        What the training is: its card, data and seed.
    progress : dict
        Tensors, numbers, text, and lists and dictionaries of them.
    """
    part = file.with_name(f"{file.name}.part")
    torch.save({"made_by": made_by, "progress": progress}, part)
    part.replace(file)


def read_progress(file: Path, made_by: str) -> dict[str, Any] | None:
    """Return how far a training was; None if it was never begun.

    Raises
    ------
    CheckpointError
        If the file is damaged, or of a training by another card, on other data, or from another
        seed.
    """
    if not file.exists():
        return None
    try:
        found = torch.load(file, map_location="cpu", weights_only=True)
        progress: dict[str, Any] = found["progress"]
        maker = found["made_by"]
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{file.name} cannot be read ({type(error).__name__}), so the training cannot go on; "
            "remove it to begin anew."
        ) from error
    if maker != made_by:
        raise CheckpointError(
            f"{file.name} is of a training by another card, on other data or from another seed; "
            "choose another folder, or remove it to begin anew."
        )
    return progress
