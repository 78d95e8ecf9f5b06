"""Runs the JavaScript tests, and the type checker where there is one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from child_process import output_of

HERE = Path(__file__).parent


@pytest.mark.node
def test_the_pure_modules_pass_their_tests_in_node():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the editor's module tests need it")
    files = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    output_of([node, "--test", "--test-reporter=dot", *files])


@pytest.mark.node
def test_the_modules_types_agree():
    tsc = shutil.which("tsc")
    if tsc is None:
        pytest.skip("tsc is not installed: the editor's JSDoc types are checked with it")
    output_of([tsc, "-p", HERE / "jsconfig.json"])


def test_no_module_makes_markup_from_text_or_reaches_outside():
    frontend = HERE.parents[1] / "annotator" / "ui" / "region_editor" / "frontend"
    sources = {path.name: path.read_text() for path in frontend.rglob("*.js")}
    assert len(sources) > 20
    for name, source in sources.items():
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function"):
            assert forbidden not in source, f"{name} uses {forbidden}"
        addresses = [line for line in source.splitlines() if "://" in line]
        assert all("http://www.w3.org/2000/svg" in line for line in addresses), name
        assert len(source.splitlines()) < 400, f"{name} is too long"
