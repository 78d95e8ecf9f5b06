"""The house: names that are ours alone, documents that are true, containers that follow make."""

from __future__ import annotations

import importlib.metadata
import re
import shlex
from pathlib import Path

import pytest

from annotator import cli

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["annotator", "models", "db"])
def test_the_import_names_are_ours_alone(name: str) -> None:
    assert set(importlib.metadata.packages_distributions()[name]) == {"excitation-annotator"}


def readme_commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [re.sub(r"\[(.*?)\]", r"\1", line) for line in lines if line.startswith("annotator ")]


@pytest.mark.parametrize("command", readme_commands())
def test_every_command_of_the_readme_is_understood(command: str) -> None:
    options = cli.build_parser().parse_args(shlex.split(command)[1:])
    assert callable(options.handler)


def test_the_readme_names_commands() -> None:
    assert len(readme_commands()) >= 10


def test_links_in_the_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_dependency_is_pinned() -> None:
    pins = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").lower()
    for requirement in importlib.metadata.requires("excitation-annotator") or []:
        name = re.split(r"[\[<>=; ]", requirement)[0].lower()
        assert re.search(rf"^{re.escape(name)}==", pins, re.MULTILINE), name


def test_the_image_installs_and_starts_as_make_does() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-c .ci/constraints.txt -e '.[demo]'" in dockerfile
    assert "-c .ci/constraints.txt" in makefile
    assert '"annotator", "app"' in dockerfile
    assert re.search(r"^\s\$\(BIN\)/annotator app$", makefile, re.MULTILINE)
    assert re.search(r"^USER \d+$", dockerfile, re.MULTILINE)
    assert "HEALTHCHECK" in dockerfile


def test_no_tracked_binary_is_large_but_weights() -> None:
    skipped = {".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
    for path in ROOT.rglob("*"):
        if skipped & set(path.parts) or not path.is_file() or path.suffix == ".safetensors":
            continue
        assert path.stat().st_size <= 400_000, f"{path.name} is {path.stat().st_size} bytes"
