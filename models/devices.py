"""Where a network runs."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .errors import ModelError

_TOLERANCE = 1e-3
_TRIES = 3


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


class Courier:
    """Brings inputs to a device; to a GPU beside what it computes, from pinned memory.

    Parameters
    ----------
    device : torch.device
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def send(self, value: Tensor) -> Tensor:
        """Send a tensor off, from any thread, and wait for nothing; it may be used once `joined`.

        Where it has no room there it stays here, and is brought when it is joined.
        """
        if self._stream is None:
            return value
        try:
            with torch.cuda.stream(self._stream):
                return value.pin_memory().to(self._device, non_blocking=True)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            return value

    def joined(self, values: Sequence[Tensor]) -> Tensor:
        """Return tensors as one (N, ...) on the device, whether they were sent before or not.

        What the calling thread has the device do next waits for them; the thread itself does not.
        """
        if self._stream is not None:
            computing = torch.cuda.current_stream(self._device)
            computing.wait_stream(self._stream)
            for value in values:
                if value.is_cuda:
                    value.record_stream(computing)  # not to be overwritten before it is read
            return torch.stack([value.to(self._device) for value in values])
        return torch.stack(list(values)).to(self._device)


def keep_channels_inmost(network: nn.Module, example: Tensor) -> bool:
    """Lay a network's weights out with channels inmost if it then is faster and says the same.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode, on the device of the example; left as it was where it is not faster.
    example : Tensor, shape (N, C, h, w)
        A batch of the size that is used.

    Returns
    -------
    bool
        Whether it is, and whether batches are to be laid out so, too.
    """
    inmost = example.contiguous(memory_format=torch.channels_last)
    plain, plain_s = _timed(network, example)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    other, other_s = _timed(network, inmost)
    same = torch.allclose(other, plain, rtol=_TOLERANCE, atol=_TOLERANCE)
    if same and other_s < plain_s:
        return True
    network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    return False


@torch.no_grad()
def _timed(network: nn.Module, batch: Tensor) -> tuple[Tensor, float]:
    """Return a network's outputs and the seconds of its fastest pass but the first."""
    outputs: Tensor = network(batch)
    taken: list[float] = []
    for _ in range(_TRIES):
        wait_for(batch.device)
        begun = time.perf_counter()
        network(batch)
        wait_for(batch.device)
        taken.append(time.perf_counter() - begun)
    return outputs, min(taken)


def wait_for(device: torch.device) -> None:
    """Wait until a device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether torch had too little memory, on a GPU or for the processor."""
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        part in str(error) for part in words
    )
