"""What all tests of exchange share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annotator.export import dataset


@pytest.fixture(autouse=True, scope="module")
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Exports are looked at at once: nobody cuts the power meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "_sync", lambda: None)
        yield
