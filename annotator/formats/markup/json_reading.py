"""JSON of strangers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...errors import IngestError


def read_json(path: Path, kind: type | tuple[type, ...], what: str) -> Any:
    """Read a JSON file whose outermost value is a list or an object.

    Parameters
    ----------
    path : Path
    kind : type, or several
        ``list`` or ``dict``, or both.
    what : str
        What the file should be, for the message.

    Raises
    ------
    IngestError
        If it cannot be read, or is something else.
    """
    try:
        value = json.loads(path.read_bytes())  # in UTF-8, 16 or 32, as its first bytes tell
    except (OSError, ValueError, RecursionError):
        raise IngestError(
            f"{path.name} cannot be read as JSON; choose the format that it is in, or "
            "export it again."
        ) from None
    if not isinstance(value, kind):
        raise IngestError(f"{path.name} is not {what}; choose the format that it is in.")
    return value
