"""axe-core (MPL-2.0), fetched beside the TypeScript compiler; a tool of the tests, not shipped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import pytest
from patience import until_calm
from playwright.sync_api import Page

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

_RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => [id, nodes.map((n) => `${n.target.join(' ')} ${n.failureSummary}`)]);
}"""
# The app's background follows the system: it is light or dark itself.
_HAS_SCHEME = """(scheme) => {
  const app = document.querySelector('[data-testid=stApp]');
  return app && getComputedStyle(app).colorScheme === scheme;
}"""


def axe_source() -> str:
    """Return the program; skip the test where it is not installed."""
    places = [Path(p).parent / "axe-core/axe.min.js" for p in os.environ["PATH"].split(os.pathsep)]
    found = next((path for path in places if path.exists()), None)
    if found is None:
        pytest.skip("axe-core is not installed beside the TypeScript compiler")
    return found.read_text(encoding="utf-8")


def show_in(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Have a page of the app in light or dark, as its system changes, and wait until it is."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(_HAS_SCHEME, arg=scheme)


def serious_findings(page: Page, source: str) -> list[Any]:
    """Return what axe-core finds serious or critical on a page, shadow roots included."""
    until_calm(page)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(source)
    found: list[Any] = page.evaluate(_RUN)
    return found
