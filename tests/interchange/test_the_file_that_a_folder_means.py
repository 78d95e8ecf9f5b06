"""A folder may stand for the one file in it; where it has several, the person is asked for one."""

from __future__ import annotations

import pytest

from annotator.domain import LabelSet
from annotator.errors import IngestError
from annotator.formats import import_format


@pytest.mark.parametrize(
    ("form", "ending", "content"),
    [
        ("label-studio", "json", "[]"),
        ("cvat", "xml", "<annotations><version>1.1</version></annotations>"),
        ("csv", "csv", "file,label\n"),
        ("via", "json", '{"a": {"filename": "a", "regions": []}}'),
    ],
)
def test_the_only_file_is_meant(tmp_path, form, ending, content):
    def read():
        return list(import_format(form).read(tmp_path, LabelSet(()), lambda _: None))

    with pytest.raises(IngestError, match=r"^There is no file \*\."):
        read()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / f"own.{ending}").write_text(content)
    read()
    (tmp_path / f"other.{ending}").write_text(content)
    with pytest.raises(IngestError, match=rf"other\.{ending}, own\.{ending}\); name the one"):
        read()
