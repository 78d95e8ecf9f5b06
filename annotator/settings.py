"""Settings: where the data lie and how the product runs, from the environment.

=============================  ==========================================================
``ANNOTATOR_HOME``             folder for the embedded database, the pixels and fetched weights
``ANNOTATOR_DATABASE_URL``     a SQLAlchemy URL; the embedded SQLite database if unset
``ANNOTATOR_DEVICE``           ``auto`` (a GPU if there is one), ``cpu``, ``cuda``, ``cuda:1``
``ANNOTATOR_RATER``            the name that annotations are recorded under at first
``ANNOTATOR_SIGN_IN``          ``single-user`` (nobody signs in; this machine only), ``accounts``
                               or ``oidc``
``ANNOTATOR_SECRETS``          folder of the keys of pseudonyms: not with the data, nor their backup
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
    rater : str
        The person's name until they state another.
    secrets_folder : Path
        Folder of the keys that pseudonyms are made with; readable by this user only. Whoever has
        a key and the original files can tell who a pseudonym stands for.
    sign_in : SignIn
        How people sign in to the app.
    """

    home: Path
    database_url: str
    device: str
    rater: str
    secrets_folder: Path
    sign_in: SignIn = SignIn.SINGLE_USER

    @property
    def pixel_folder(self) -> Path:
        """Folder of the content-addressed pixel store."""
        return self.home / "pixels"

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
        )


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
