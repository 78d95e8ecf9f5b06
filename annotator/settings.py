"""Settings: where the data lie and how the product runs, from the environment.

=============================  ==========================================================
``ANNOTATOR_HOME``             folder for the embedded database, the pixels and fetched weights
``ANNOTATOR_DATABASE_URL``     a SQLAlchemy URL; the embedded SQLite database if unset
``ANNOTATOR_DEVICE``           ``auto`` (a GPU if there is one), ``cpu``, ``cuda``, ``cuda:1``
``ANNOTATOR_ENGINE``           what computes suggestions: ``local``, this machine; ``ray`` or
                               ``ray:HOST:PORT``, the workers of a Ray cluster (docs/scale.md)
``ANNOTATOR_RATER``            the name that annotations are recorded under at first
``ANNOTATOR_SIGN_IN``          ``single-user`` (nobody signs in; this machine only), ``accounts``
                               or ``oidc``
``ANNOTATOR_SECRETS``          folder of the keys of pseudonyms: not with the data, nor their backup
``ANNOTATOR_PIXELS``           an fsspec URL (``s3://bucket/prefix``) of the pictures, for teams;
                               a folder in ``ANNOTATOR_HOME`` if unset
``ANNOTATOR_PIXELS_QUOTA``     how much the pictures may take: ``200 GB``
``ANNOTATOR_PIXELS_CACHE``     of a URL, how much is kept on this machine: ``10 GB`` at first
``ANNOTATOR_READING_MEMORY``   how much memory a file may take to be read: ``4 GB`` at first
``ANNOTATOR_READING_SECONDS``  how long a file may be read, and a sixtieth more for each MB of it
                               and of its pictures: ``60`` at first
=============================  ==========================================================
"""

from __future__ import annotations

import getpass
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .errors import SettingsError

APPLICATION = "excitation-annotator"
_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)B?", re.IGNORECASE)
_ENGINE = re.compile(r"local|ray(:(auto|[^\s:/]+:\d+))?")
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


class SignIn(StrEnum):
    """How people sign in to the app."""

    SINGLE_USER = "single-user"
    ACCOUNTS = "accounts"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs.

    Attributes
    ----------
    home : Path
        Folder of the embedded database and the pixel store; made when first written to.
    database_url : str
        SQLAlchemy URL of the record. May hold a password: never log it.
    device : str
        Where networks run: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N``.
    engine : str
        What computes suggestions: ``local``, ``ray`` or ``ray:HOST:PORT``.
    rater : str
        The person's name until they state another.
    secrets_folder : Path
        Folder of the keys that pseudonyms are made with; readable by this user only. Whoever has
        a key and the original files can tell who a pseudonym stands for.
    sign_in : SignIn
        How people sign in to the app.
    pixels_url : str
        Where the pictures lie; empty for `pixel_folder`. May hold a password: never log it.
    pixels_quota_bytes : int or None
        How much they may take; None for as much as there is room.
    pixels_cache_bytes : int
        How much of pictures at a URL is kept on this machine.
    reading_memory_bytes : int
        How much memory a file that is imported may take to be read.
    reading_seconds : float
        How long, and a sixtieth more for each MB of the file and of its pictures.
    """

    home: Path
    database_url: str
    device: str
    rater: str
    secrets_folder: Path
    sign_in: SignIn = SignIn.SINGLE_USER
    pixels_url: str = ""
    pixels_quota_bytes: int | None = None
    pixels_cache_bytes: int = 10**10
    reading_memory_bytes: int = 4 * 10**9
    reading_seconds: float = 60.0
    engine: str = "local"

    @property
    def pixel_folder(self) -> Path:
        """Folder of the content-addressed pixel store."""
        return self.home / "pixels"

    @property
    def pixels_place(self) -> str:
        """Say where the pictures lie, without what an address may hold."""
        kind = self.pixels_url.partition(":")[0]
        return f"a {kind} store (ANNOTATOR_PIXELS)" if kind else str(self.pixel_folder)

    @property
    def weights_folder(self) -> Path:
        """Folder of the weights that were fetched, a folder a model card."""
        return self.home / "weights"

    @property
    def upload_folder(self) -> Path:
        """Folder where files wait that a browser sent."""
        return self.home / "uploads"

    @property
    def export_folder(self) -> Path:
        """Folder of the data sets that were written for download."""
        return self.home / "exports"

    def check_address(self, address: str) -> None:
        """Refuse to serve where others could reach an app that asks nobody who they are.

        Parameters
        ----------
        address : str
            What the server is to listen on.

        Raises
        ------
        SettingsError
        """
        if self.sign_in is SignIn.SINGLE_USER and not _is_loopback(address):
            raise SettingsError(
                f"In single-user mode nobody signs in, so the app listens on this machine only "
                f"(127.0.0.1), not on {address}. To serve others set ANNOTATOR_SIGN_IN=accounts."
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Parameters
        ----------
        environment : mapping, optional
            In place of ``os.environ``.

        Raises
        ------
        SettingsError
            If a value cannot be used; the message names the variable.
        """
        env = os.environ if environment is None else environment
        home = Path(env.get("ANNOTATOR_HOME") or _default_home(env)).expanduser().resolve()
        if home.exists() and not home.is_dir():
            raise SettingsError(f"ANNOTATOR_HOME names {home}, which is a file; name a folder.")
        device = env.get("ANNOTATOR_DEVICE") or "auto"
        if not _DEVICE.fullmatch(device):
            raise SettingsError(
                f"ANNOTATOR_DEVICE is {device!r}; use auto, cpu, mps, cuda or cuda:N."
            )
        return cls(
            home=home,
            database_url=env.get("ANNOTATOR_DATABASE_URL") or f"sqlite:///{home / 'annotator.db'}",
            device=device,
            rater=(env.get("ANNOTATOR_RATER") or _login_name()).strip() or "rater",
            sign_in=_sign_in(env.get("ANNOTATOR_SIGN_IN") or SignIn.SINGLE_USER),
            secrets_folder=Path(env.get("ANNOTATOR_SECRETS") or _default_secrets(env))
            .expanduser()
            .resolve(),
            pixels_url=_url(env.get("ANNOTATOR_PIXELS") or ""),
            pixels_quota_bytes=_size(env, "ANNOTATOR_PIXELS_QUOTA")
            if env.get("ANNOTATOR_PIXELS_QUOTA")
            else None,
            pixels_cache_bytes=_size(env, "ANNOTATOR_PIXELS_CACHE")
            if env.get("ANNOTATOR_PIXELS_CACHE")
            else 10**10,
            reading_memory_bytes=_size(env, "ANNOTATOR_READING_MEMORY")
            if env.get("ANNOTATOR_READING_MEMORY")
            else 4 * 10**9,
            engine=engine_named(env.get("ANNOTATOR_ENGINE") or "local"),
            reading_seconds=_seconds(env.get("ANNOTATOR_READING_SECONDS") or "60"),
        )


def engine_named(name: str) -> str:
    """Return the name of an engine as it is.

    Raises
    ------
    SettingsError
        If there is no such engine.
    """
    if not _ENGINE.fullmatch(name):
        raise SettingsError(
            f"There is no engine {name!r}; use local (this machine), ray (its cores, as workers of "
            "Ray), or ray:HOST:PORT (a Ray cluster; ray:auto for the one that this machine is of)."
        )
    return name


def _default_home(env: Mapping[str, str]) -> Path:
    # One place for a person, whichever folder a command is typed in: annotations made in the
    # app must be there for the command line.
    data = env.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data) / APPLICATION


def _default_secrets(env: Mapping[str, str]) -> Path:
    return Path(env.get("XDG_CONFIG_HOME") or "~/.config") / APPLICATION


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _url(value: str) -> str:
    if value and "://" not in value:
        raise SettingsError(
            "ANNOTATOR_PIXELS is no URL; write one such as s3://bucket/prefix, or leave it out."
        )
    if value.startswith("memory:"):
        raise SettingsError(
            "ANNOTATOR_PIXELS=memory:// would forget every picture when the program ends; name a "
            "place that keeps them."
        )
    return value


def _size(env: Mapping[str, str], name: str) -> int:
    """Return a number of bytes, in decimal units."""
    text = env[name]
    found = _BYTES.fullmatch(text.strip())
    if found is None:
        raise SettingsError(f"{name} is {text!r}; write a number and a unit, such as 200 GB.")
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " "))


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not float(text):
        raise SettingsError(
            f"ANNOTATOR_READING_SECONDS is {text!r}; write a number above 0, such as 60."
        )
    return float(text)


def _sign_in(value: str) -> SignIn:
    try:
        return SignIn(value)
    except ValueError:
        raise SettingsError(f"ANNOTATOR_SIGN_IN is {value!r}; use {', '.join(SignIn)}.") from None


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "rater"
