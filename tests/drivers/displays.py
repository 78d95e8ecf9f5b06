"""The displays that the editor is tried on where pixels are drawn or hit."""

from __future__ import annotations

import pytest

EVERY_DISPLAY = pytest.mark.parametrize("ratio", [1, 2, 3], ids="dpr{}".format)
"""Runs a test at one, two and three device pixels a CSS pixel (the fixture ``ratio``)."""
