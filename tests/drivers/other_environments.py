"""Programs that read what is exported, each in a Python environment of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from child_process import output_of

ROOT = Path(__file__).parents[2]


def answer_of(variable: str, package: str, script: str, *arguments: object, **env: str) -> Any:
    """Run a script there and return what it prints last, JSON; skip where there is none.

    Parameters
    ----------
    variable : str
        The environment's variable that has the path of its Python.
    package : str
        What is installed there.
    script : str
    *arguments : object
        Of the script.
    **env : str
        Variables that the package needs.
    """
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{package} (pip install it in an environment of its own; {variable}=PYTHON)")
    written = output_of(
        [python, "-c", script, *map(str, arguments)],
        environment={**os.environ, "PYTHONPATH": str(ROOT), **env},
        timeout_s=300,
    )
    return json.loads(written.splitlines()[-1])
