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
