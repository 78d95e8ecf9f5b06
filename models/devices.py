"""Where a network runs."""

from __future__ import annotations

import torch

from .errors import ModelError


def choose_device(name: str | None = None) -> torch.device:
    """Return the device of a name.

    Parameters
    ----------
    name : str, optional
        ``auto`` (the default: a GPU if there is one, else the CPU), ``cpu``, ``cuda``,
        ``cuda:N`` or ``mps``.

    Raises
    ------
    ModelError
        If torch does not know the name, or the device is not there.
    """
    if name in (None, "auto"):
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("cpu")
    try:
        device = torch.device(str(name))
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ModelError(
            f"The device {name!r} cannot be used here ({str(error).splitlines()[0]}); "
            "use auto or cpu."
        ) from error
    return device


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether torch had too little memory, on a GPU or for the processor."""
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        part in str(error) for part in words
    )
