"""Programs that read what is exported, each in a Python environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

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
    done = subprocess.run(
        [python, "-c", script, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
