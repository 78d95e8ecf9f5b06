"""Where a card's parameters come from: a file beside it, a file to fetch, or a seed."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from .card_parts import Weights
from .toml_table import TomlTable

LOOPBACK = ("localhost", "127.0.0.1", "::1")
UNKNOWN_SHA256 = "unknown"
"""What a card says in place of a hash that its author could not find out."""


def read_weights(
    table: TomlTable, folder: Path, recipe: str, downloads: Path | None = None
) -> Weights:
    """Read ``[weights]``.

    Parameters
    ----------
    table : TomlTable
    folder : Path
        The folder that the weights file lies in, or below.
    recipe : str
        What makes an untrained network, beside its seed.
    downloads : Path, optional
        The folder that fetched files of this card lie in.
    """
    given = [key for key in ("file", "url", "random_seed") if key in table]
    if len(given) != 1:
        said = f"there are {' and '.join(given)}" if given else "there is none"
        table.complain(
            "file",
            f"give one of file, url (of a file to fetch) and random_seed (of a network that was "
            f"never trained); {said}.",
        )
    name, url, sha256 = table.text("file", ""), table.text("url", ""), table.text("sha256", "")
    convert = table.text("convert", "")
    seed = table.integer("random_seed") if "random_seed" in table else None
    unknown = bool(url) and sha256 == UNKNOWN_SHA256
    if (name or url) and not unknown:
        sha256 = table.sha256("sha256")
    elif sha256 and not (name or url):
        table.complain("sha256", "belongs to a file; remove it from an untrained network.")
    if convert and not url:
        table.complain("convert", "is for a file with a url; convert the file beside the card.")
    url_sha256 = "" if unknown or not url else sha256
    file = _beside(table, folder, name) if name else _fetched(table, downloads, url, convert)
    if unknown or convert:
        sha256 = accepted_sha256(file)
    if seed is not None:
        sha256 = hashlib.sha256(f"untrained {recipe} seed {seed}".encode()).hexdigest()
    weights = Weights(
        file=file,
        random_seed=seed,
        sha256=sha256,
        licence=table.text("licence"),
        source=table.text("source"),
        url=url or None,
        size_bytes=table.integer("size_bytes", least=1) if "size_bytes" in table else None,
        convert=convert,
        url_sha256=url_sha256,
    )
    table.close()
    return weights


def accepted_sha256(file: Path | None) -> str:
    """Return the hash that a person accepted for a fetched file, or nothing."""
    note = acceptance_note(file) if file is not None else None
    return note.read_text(encoding="ascii").strip() if note is not None and note.is_file() else ""


def acceptance_note(file: Path) -> Path:
    """Return where it is noted which hash a person accepted for a fetched file."""
    return file.with_name(f"{file.name}.sha256")


def _beside(table: TomlTable, folder: Path, name: str) -> Path:
    file = (folder / name).resolve()  # follows symbolic links as well
    if not file.is_relative_to(folder.resolve()):
        table.complain("file", f"{name!r} leaves the card's folder; put it beside the card.")
    return file


def _fetched(table: TomlTable, downloads: Path | None, url: str, convert: str) -> Path | None:
    """Return where a file from the network is kept, if the folder for it is known."""
    if not url:
        return None
    name = urlsplit(url).path.rsplit("/", 1)[-1]
    if fault := fault_of_url(url):
        table.complain("url", f"{fault}.")
    elif not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\.[A-Za-z0-9]+", name):
        table.complain("url", f"does not end in the name of a file ({name!r}).")
    if downloads is None:
        return None
    return downloads / (f"{Path(name).stem}.safetensors" if convert else name)


def fault_of_url(url: str) -> str:
    """Return why nothing may be fetched from an address; nothing if it may.

    HTTPS only, but for this machine itself, so that nobody on the way can read or change it.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        return "holds a name or a password, which do not belong into an address"
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        return ""
    return f"is {parts.scheme or 'no address'}:..., and only https:// is fetched from"
