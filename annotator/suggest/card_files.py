"""Write model cards: data that a machine made, as TOML that people read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

_SHORT_LIST = re.compile(r"\[\n((?:    [-+.\de]+,\n)+)\]")


def write_card(file: Path, values: Mapping[str, Any]) -> None:
    """Write a card in one step: whoever reads it meanwhile has the one before."""
    part = file.with_name(f"{file.name}.part")
    text = _SHORT_LIST.sub(_on_one_line, tomli_w.dumps(values))
    part.write_text(text, encoding="utf-8")
    part.replace(file)


def _on_one_line(numbers: re.Match[str]) -> str:
    return f"[{', '.join(numbers[1].replace(',', ' ').split())}]"
