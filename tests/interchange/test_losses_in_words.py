"""What a data set does not say is told in sentences, of one thing as of many."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

from annotator.domain.plurals import counted
from annotator.workflows.take_over_report import TakeOverReport


@pytest.mark.parametrize(
    ("count", "what", "line"),
    [
        (2, "masks written as polygons", "2 masks written as polygons"),
        (1, "masks written as polygons", "1 mask written as polygons"),
        (0, "images", "0 images"),
        (1, "boxes written as polygons", "1 box written as polygons"),
        (1, "ellipses written as the boxes around them", "1 ellipse written as the box around it"),
        (
            1,
            "rotated boxes written as the rotated boxes around them",
            "1 rotated box written as the rotated box around it",
        ),
        (
            1,
            "regions without how they came about (accepted, edited, suggested)",
            "1 region without how it came about (accepted, edited, suggested)",
        ),
        (1, "labels that are absent, not said", "1 label that is absent, not said"),
        (1, "images without their remarks", "1 image without its remarks"),
        (1, "images were", "1 image was"),
        (1, "images wait", "1 image waits"),
        (1, "entries", "1 entry"),
        (1, "series that have no name", "1 series that has no name"),
        (
            1,
            "labels not offered when their image was signed: not assessed, which is not said",
            "1 label not offered when its image was signed: not assessed, which is not said",
        ),
    ],
)
def test_fault_14_one_of_a_thing_is_singular(count, what, line):
    assert counted(count, what) == line


def test_one_image_taken_over_is_singular():
    report = TakeOverReport(images=1, regions=1, values=1, unknown_images=1)
    assert report.summary() == "1 region and 1 value of labels taken over on 1 image."
    assert list(report.lines()) == ["1 image of the file is not in the project"]


SOURCE = Path(__file__).parents[2] / "annotator"
_MANY = (
    r" (?:(?!with|of|holds)[a-z]+ )?(?:images|files|pictures|regions|labels|annotations|suggestions"
    r"|faces|rows|events|slices|projects|signatures|subjects|people|overlays)\b"
)
NEVER_ONE = {
    *("len(readers)", "rules['readers']", "protocol.readers", "known.protocol.readers"),
    *("_MOST_READERS", "len(self.names)", "len(labels)", "len(named)", "len(files)", "found"),
    *("len(people)", "len(face)", "len(faces)", "frames", "len(same)", "len(own)", "len(assets)"),
    *("counts", "missing", "FEWEST"),
    *("len(names)", "'person' if number == 1 else 'people'", "len(undecided)", "str(name)[:40]"),
}
"""Values of which there are at least two where they are named, or whose noun follows them."""


def test_fault_14_no_sentence_counts_one_images():
    """A number before a plural goes through `counted`."""
    bare = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else []
            for value, after in itertools.pairwise(parts):
                if not (isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant)):
                    continue
                name = ast.unparse(value.value)
                if re.match(_MANY, str(after.value)) and name not in NEVER_ONE:
                    bare.append(f"{path.relative_to(SOURCE)}:{node.lineno} {name}{after.value}")
    assert not bare
