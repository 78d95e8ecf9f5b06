"""How a use case tells how far it is: a call after each step, whoever shows it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the number of steps done and the number of all steps."""


def silent(done: int, total: int) -> None:
    """Show nothing."""
    del done, total
