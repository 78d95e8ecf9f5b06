"""Weights files: checked, read and loaded, never executed.

Safetensors first; a file that ``torch.save`` wrote second, read with ``weights_only=True``.
Anything that would have to run code to be read is refused.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import zipfile
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from .errors import CheckpointError

MOST_BYTES = 2**31
TORCH_SUFFIXES = (".pt", ".pth", ".bin", ".ckpt")
_BEFORE_2020 = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How a file begins that torch.save wrote before it wrote zip archives."""
_HOW_TO_CONVERT = (
    "Where you trust the file and its maker, convert it on a machine of your own: load it "
    "there, and save the state dict with safetensors.torch.save_file(network.state_dict(), "
    "'NAME.safetensors')."
)


def read_checkpoint(file: Path, sha256: str) -> dict[str, Tensor]:
    """Read the tensors of a weights file.

    Parameters
    ----------
    file : Path
        ``.safetensors``, or a file that ``torch.save`` wrote (``.pt``, ``.pth``, ``.bin``,
        ``.ckpt``).
    sha256 : str
        What the file must hash to, in hexadecimal; checked before a byte is interpreted.

    Returns
    -------
    dict of str to Tensor
        On the CPU.

    Raises
    ------
    CheckpointError
        If the file is missing, is not the one that was named, is damaged, is of a kind that
        is not read, or could only be read by executing it.
    """
    data = read_checked(file, sha256)
    if file.suffix == ".safetensors":
        return _read_safetensors(data, file.name)
    if file.suffix in TORCH_SUFFIXES:
        return _read_torch(data, file.name)
    raise CheckpointError(
        f"The weights file {file.name} is of a kind that is not read; give .safetensors (best) "
        f"or a state dict saved by torch ({', '.join(TORCH_SUFFIXES)}). {_HOW_TO_CONVERT}"
    )


def read_checked(file: Path, sha256: str) -> bytes:
    """Read a weights file whole and check its hash; what was hashed is what is returned.

    Parameters
    ----------
    file : Path
    sha256 : str
        What it must hash to, in hexadecimal.

    Raises
    ------
    CheckpointError
        If the file is missing, is larger than `MOST_BYTES`, or is not the one that was named.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CheckpointError(
                f"The weights file {file.name} has {file.stat().st_size:,} bytes; up to "
                f"{MOST_BYTES:,} are read."
            )
        data = file.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"The weights file {file.name} cannot be read ({error.strerror}); put it where the "
            "model card says, beside the card."
        ) from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise CheckpointError(
            f"The weights file {file.name} has SHA-256 {found}, and the model card names "
            f"{sha256}: it is damaged or another file. Get it again from its source, or, if it "
            "was replaced on purpose, write the new hash into the card."
        )
    return data


def load_parameters(module: nn.Module, state: dict[str, Tensor], name: str) -> None:
    """Copy tensors into a network, each into the parameter of its name.

    Parameters
    ----------
    module : nn.Module
    state : dict of str to Tensor
    name : str
        What to call the file in messages.

    Raises
    ------
    CheckpointError
        If a tensor is missing, left over, or of another shape; all of them are listed.
    """
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise CheckpointError(
            f"The weights in {name} do not fit the network of the model card; check the card's "
            f"architecture, its options and the number of targets. {error}"
        ) from error
    bad = [key for key, value in module.state_dict().items() if not torch.isfinite(value).all()]
    if bad:
        raise CheckpointError(
            f"The weights in {name} hold numbers that are not finite, in {', '.join(bad)}; "
            "get the file again from its source."
        )


def _read_safetensors(data: bytes, name: str) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"The weights file {name} is not a whole safetensors file ({error}); get it "
            "again from its source."
        ) from error


def _read_torch(data: bytes, name: str) -> dict[str, Tensor]:
    if not _is_archive(data) and not data.startswith(_BEFORE_2020):
        raise CheckpointError(
            f"The weights file {name} is cut short, or a bare pickle, which can run any "
            f"code when it is read, so it is not read. {_HOW_TO_CONVERT}"
        )
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"The weights file {name} holds more than tensors; reading it could run any "
            f"code, so it is not read. {_HOW_TO_CONVERT}"
        ) from error
    except Exception as error:
        # On a damaged file torch's reader fails as it happens: by an index, an assertion, a key.
        raise CheckpointError(
            f"The weights file {name} is damaged; get it again from its source."
        ) from error
    if not isinstance(state, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in state.items()
    ):
        raise CheckpointError(
            f"The weights file {name} is not a state dict (names and tensors). {_HOW_TO_CONVERT}"
        )
    return state


def _is_archive(data: bytes) -> bool:
    try:
        return zipfile.is_zipfile(io.BytesIO(data))
    except zipfile.BadZipFile:  # one of several disks
        return False
