"""Forty rules of the product, each broken on purpose: does a test notice?

    python tests/benchmarks/mutations.py [--only WORD] [--list]

Each mutation is made in a copy of the source, and the tests that should notice it are run there.
Printed: killed or SURVIVED by name, and how many of all were killed. A mutation whose text is no
longer in its file is an error: the rule moved, and its entry here has to follow.
"""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_COPIED = ("annotator", "db", "models", "tests", "pyproject.toml", "README.md", "docs")
