"""Programs that tests run to their end: one that fails shows what it complained of."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from patience import PATIENCE_S


def output_of(
    command: Sequence[str | os.PathLike[str]],
    *,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = PATIENCE_S,
) -> str:
    """Return what a program writes to its standard output.

    Raises
    ------
    AssertionError
        If it ends with another status than 0, with all that it wrote.
    """
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
    )
    assert done.returncode == 0, (
        f"{command[0]} ended with {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
    )
    return done.stdout
