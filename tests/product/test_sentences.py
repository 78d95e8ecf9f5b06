"""What people read is in the words of the trade."""

from __future__ import annotations

from pathlib import Path

import annotator


def test_no_sentence_names_an_exception_of_python() -> None:
    named = [
        f"{file.name}: {line.strip()}"
        for file in sorted(Path(annotator.__file__).parent.rglob("*.py"))
        for line in file.read_text("utf-8").splitlines()
        if "type(error).__name__" in line and "_LOG" not in line
    ]
    assert named == []
