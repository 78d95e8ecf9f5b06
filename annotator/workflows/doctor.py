"""Say what an installation is, and what ails it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Callable, Iterator

from ..domain import Finding
from ..domain.look_alikes import told_apart
from ..domain.sign_in import is_of_import
from ..errors import AnnotatorError
from ..settings import APPLICATION, Settings
from .people import list_accounts, look_alikes
from .workspace import Workspace

_MINIMUM_FREE_BYTES = 1_000_000_000


def examine(settings: Settings) -> list[Finding]:
    """Check the installation: versions, device, data folder, database, shipped classifiers."""
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        _versions,
        _data_folder,
        _database,
        _account_names,
        _device,
        _cards,
    ]
    findings: list[Finding] = []
    for check in checks:
        try:
            findings.extend(check(settings))
        except AnnotatorError as error:
            findings.append(Finding(check.__name__.strip("_").replace("_", " "), str(error), False))
    return findings


def _versions(settings: Settings) -> Iterator[Finding]:
    del settings
    packages = (APPLICATION, "torch", "torchvision", "streamlit", "sqlalchemy", "pydicom")
    named = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    yield Finding("versions", f"Python {platform.python_version()}, {named}")


def _data_folder(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    existing = next(p for p in (home, *home.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    writable = os.access(existing, os.W_OK)
    yield Finding(
        "data folder",
        f"{home}, {free / 1e9:.1f} GB free" if writable else f"{home} may not be written to",
        writable and free >= _MINIMUM_FREE_BYTES,
    )


def _database(settings: Settings) -> Iterator[Finding]:
    with Workspace.open(settings) as workspace:
        kind = settings.database_url.partition(":")[0]
        yield Finding("database", f"{kind}, revision {workspace.record.revision()}")
        quota = settings.pixels_quota_bytes
        used = workspace.pixels.used_bytes()
        yield Finding(
            "pictures",
            f"{settings.pixels_place}, {used / 1e9:.1f} GB"
            + (f" of a quota of {quota / 1e9:.1f} GB" if quota else ""),
            quota is None or used < quota,
        )


def _account_names(settings: Settings) -> Iterator[Finding]:
    """Yield the names that were given before such names were refused."""
    with Workspace.open(settings) as workspace:
        accounts = list_accounts(workspace)
        for names in look_alikes(workspace):
            said = f"{told_apart(names)} look alike; check whose they are"
            yield Finding("account names", said, False)
    for account in accounts:
        if is_of_import(account.name):
            said = f"{account.name} reads like annotations that were imported; deactivate the "
            yield Finding("account names", f"{said}account, and invite its person anew", False)


def _device(settings: Settings) -> Iterator[Finding]:
    from ..suggest.cards import device_name

    yield Finding("device", f"{settings.device}: {device_name(settings.device)}")


def _cards(settings: Settings) -> Iterator[Finding]:
    from ..suggest.cards import check, classifier_cards, weights_state

    folder = settings.weights_folder
    for card in classifier_cards(folder):
        if not card.present and card.weights.url:
            yield Finding(f"classifier {card.name}", weights_state(card))
            continue
        faults = [finding for finding in check(card.name, folder) if not finding.ok]
        text = "; ".join(f"{f.subject}: {f.text}" for f in faults) or "loads and can be explained"
        yield Finding(f"classifier {card.name}", text, not faults)
