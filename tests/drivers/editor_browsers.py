"""Browsers with the editor's own modules in them, without a page: one Node.js for all of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

_FRONTEND = Path(__file__).parents[2] / "annotator" / "ui" / "region_editor" / "frontend"


class EditorBrowsers:
    """What the editor keeps, shows and sends in several browsers; see `editor_model.mjs`."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("editor_model.mjs")
        self._node = subprocess.Popen(
            ["node", str(script), str(_FRONTEND)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, command: str, **what: Any) -> dict[str, Any]:
        """Have something done in a browser, and return what it keeps and shows then."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps({"do": command, **what}) + "\n")
        self._node.stdin.flush()
        answer = self._node.stdout.readline()
        assert answer, "the editor's modules ended with an error; it is printed above"
        state: dict[str, Any] = json.loads(answer)
        return state

    def close(self) -> None:
        assert self._node.stdin is not None
        self._node.stdin.close()
        self._node.wait(10)
