"""Weights files: whole, the right one, fitting, and never executed."""

from __future__ import annotations

import hashlib
import pickle
import random
import warnings
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from models import checkpoints
from models.checkpoints import load_parameters, read_checkpoint
from models.errors import CheckpointError

EXECUTED: list[str] = []


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (EXECUTED.append, ("ran",))


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read(file: Path) -> dict[str, torch.Tensor]:
    return read_checkpoint(file, sha256(file))


def state() -> dict[str, torch.Tensor]:
    return {"weight": torch.randn(2, 3), "bias": torch.randn(2)}


def test_safetensors_come_back_as_they_were(tmp_path: Path) -> None:
    saved = state()
    save_file(saved, tmp_path / "w.safetensors")

    found = read(tmp_path / "w.safetensors")

    assert all(torch.equal(found[name], saved[name]) for name in saved)


def test_a_state_dict_saved_by_torch_comes_back_as_it_was(tmp_path: Path) -> None:
    saved = state()
    torch.save(saved, tmp_path / "w.pt")

    found = read(tmp_path / "w.pt")

    assert all(torch.equal(found[name], saved[name]) for name in saved)


def test_a_state_dict_of_the_older_format_comes_back_as_it_was(tmp_path: Path) -> None:
    saved = state()
    torch.save(saved, tmp_path / "w.pth", _use_new_zipfile_serialization=False)

    found = read(tmp_path / "w.pth")

    assert all(torch.equal(found[name], saved[name]) for name in saved)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_a_truncated_file_of_the_older_format_is_refused(tmp_path: Path, share: float) -> None:
    file = tmp_path / "w.pth"
    torch.save(state(), file, _use_new_zipfile_serialization=False)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])

    with pytest.raises(CheckpointError, match=r"more than tensors|damaged|not a state dict"):
        read(file)


@pytest.mark.parametrize("what", [Trap(), {"weight": Trap()}, nn.Linear(2, 2)])
def test_an_object_in_the_older_format_is_refused_and_not_run(tmp_path: Path, what: object) -> None:
    file = tmp_path / "w.pth"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the module's source is not kept
        torch.save(what, file, _use_new_zipfile_serialization=False)

    with pytest.raises(CheckpointError, match=r"more than tensors.*safetensors"):
        read(file)
    assert EXECUTED == []


def test_a_file_too_large_to_be_weights_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(state(), tmp_path / "w.safetensors")
    monkeypatch.setattr(checkpoints, "MOST_BYTES", 10)

    with pytest.raises(CheckpointError, match="up to 10 are read"):
        read(tmp_path / "w.safetensors")


def test_another_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "w.pt"
    torch.save(Trap(), file)

    with pytest.raises(CheckpointError, match="another file"):
        read_checkpoint(file, "0" * 64)
    assert EXECUTED == []


def test_tensors_without_names_are_no_state_dict(tmp_path: Path) -> None:
    torch.save({0: torch.ones(2)}, tmp_path / "w.pt")

    with pytest.raises(CheckpointError, match="not a state dict"):
        read(tmp_path / "w.pt")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="No such file"):
        read_checkpoint(tmp_path / "w.safetensors", "0" * 64)


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str, share: float) -> None:
    file = tmp_path / name
    if name.endswith("pt"):
        torch.save(state(), file)
    else:
        save_file(state(), file)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])

    with pytest.raises(CheckpointError, match=r"not a whole|cut short"):
        read(file)


def test_a_bare_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    file = tmp_path / "w.pt"
    file.write_bytes(pickle.dumps(Trap()))

    with pytest.raises(CheckpointError, match=r"any code.*safetensors"):
        read(file)
    assert EXECUTED == []


def test_a_saved_object_is_refused_and_not_run(tmp_path: Path) -> None:
    file = tmp_path / "w.pt"
    torch.save({"weight": Trap()}, file)

    with pytest.raises(CheckpointError, match=r"more than tensors.*safetensors"):
        read(file)
    assert EXECUTED == []


def test_what_holds_no_state_dict_is_refused(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "w.pt")

    with pytest.raises(CheckpointError, match="not a state dict"):
        read(tmp_path / "w.pt")


def test_a_pickle_by_another_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "w.pkl"
    file.write_bytes(pickle.dumps(Trap()))

    with pytest.raises(CheckpointError, match="kind that is not read"):
        read(file)
    assert EXECUTED == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"weight": torch.zeros(5, 3)}, "size mismatch"),
        ({"extra": torch.zeros(1)}, "Unexpected key"),
        ({"weight": None}, "Missing key"),
        ({"bias": torch.tensor([0.0, float("nan")])}, "not finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    changed: dict[str, torch.Tensor | None], says: str
) -> None:
    tensors = {k: v for k, v in {**state(), **changed}.items() if v is not None}

    with pytest.raises(CheckpointError, match=says):
        load_parameters(nn.Linear(3, 2), tensors, "w.safetensors")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a file that was cut, or some of whose bytes are others."""
    changed = bytearray(data)
    kind = chance.randrange(4)
    place = chance.randrange(len(changed))
    if kind == 0:
        return bytes(changed[:place])
    if kind == 1:
        del changed[place : place + chance.randrange(1, 30)]
    for _ in range(chance.randrange(1, 5)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def split_over_disks(data: bytes) -> bytes:
    """Return an archive that says of itself that it is one of several."""
    end = data.rindex(b"PK\x05\x06")
    return data[: end + 4] + b"\x01\x00\x01\x00" + data[end + 8 :]


@pytest.mark.parametrize("as_archive", [True, False])
def test_a_file_of_torch_with_any_bytes_changed_is_read_or_refused_in_words(
    tmp_path: Path, as_archive: bool
) -> None:
    file = tmp_path / "w.pt"
    torch.save(state(), file, _use_new_zipfile_serialization=as_archive)
    data, chance, refused = file.read_bytes(), random.Random(1), 0  # noqa: S311
    files = [mutated(data, chance) for _ in range(400)]
    files += [split_over_disks(data)] if as_archive else []
    for changed in files:
        file.write_bytes(changed)
        try:
            read(file)
        except CheckpointError:
            refused += 1
    assert refused > 100
