"""The displays that the editor is tried on: what is drawn and hit must not depend on them."""

from __future__ import annotations

import pytest

EVERY_DISPLAY = pytest.mark.parametrize("ratio", [1, 2, 3], ids="dpr{}".format)
"""Runs a test at one, two and three device pixels a CSS pixel (the fixture ``ratio``)."""
