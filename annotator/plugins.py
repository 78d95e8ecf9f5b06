"""What installed packages add to the product, by entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

EXPORTERS = "excitation_annotator.exporters"
"""Each entry names an `annotator.formats.ExportFormat`."""

IMPORTERS = "excitation_annotator.importers"
"""Each entry names an `annotator.formats.ImportFormat`."""


def plugins(group: str) -> dict[str, Any]:
    """Load what installed packages offer in a group, by the entry's name.

    An entry that cannot be loaded is an error of that package and raises as it does: silently
    lacking a format would be worse.
    """
    return {entry.name: entry.load() for entry in sorted(entry_points(group=group))}
