"""A damaged file of another tool ends in a sentence, never in a traceback."""

from __future__ import annotations

import os
import random

import pytest
from mutated_files import SEEDS, images_of, mutated, read_through, written

from annotator.formats import import_formats
from annotator.workflows.take_over_report import TakeOverReport

TIMES = int(os.environ.get("MUTATIONS", "60"))
EXCEPTIONS = ("Error:", "Error.", "Exception", "object is not", "could not convert", "Traceback")


@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_file_ends_in_a_sentence(tmp_path, name):
    form, files = SEEDS[name]
    rng = random.Random(name)  # noqa: S311 - no secret
    for number in range(TIMES):
        damaged = mutated(files, rng)
        folder = tmp_path / str(number)
        for line in read_through(form, written(folder, damaged)):
            assert not any(word in line for word in EXCEPTIONS), (line, damaged)
            assert len(line) < 700, (line, damaged)


@pytest.mark.parametrize("name", SEEDS)
def test_the_undamaged_file_is_read(tmp_path, name):
    form, files = SEEDS[name]
    images = images_of(form, written(tmp_path, files), TakeOverReport())
    assert any(image.regions or image.values for image in images)


def test_every_reader_but_those_of_dicom_is_tried():
    modules = {
        name: getattr(form.read, "func", form.read).__module__
        for name, form in import_formats().items()
    }
    others = {name for name, module in modules.items() if ".dicom" not in module}
    assert {form for form, _ in SEEDS.values()} >= others
