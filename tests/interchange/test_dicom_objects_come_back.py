"""Segmentations and reports come back onto the slices that they lie on, in another project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from ct_series import ct_study
from drawn_series import BOX, ELLIPSE, drawn_on, exported

from annotator.domain import Label, LabelSet
from annotator.errors import IngestError
from annotator.formats import import_format
from annotator.formats.dicom.dicom_image import SCHEME
from annotator.formats.dicom.objects_reading import label_of
from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    return ct_study(tmp_path_factory.mktemp("study") / "ct")[0].parent


@pytest.fixture(scope="module")
def drawn(study, tmp_path_factory) -> Iterator[Workspace]:
    yield from drawn_on(study, tmp_path_factory.mktemp("home"))


@pytest.fixture
def other(study, tmp_path) -> Iterator[Workspace]:
    """The same files in a project with other labels before those of the export."""
    home = {"ANNOTATOR_HOME": str(tmp_path / "b"), "ANNOTATOR_SECRETS": str(tmp_path / "b" / "s")}
    with Workspace.open(Settings.from_environment(home), upgrade=True) as opened:
        create_project(opened, "q", labels=["other", "Größe / 影", "nodule"])
        import_paths(opened, "q", [study])
        yield opened


@pytest.mark.parametrize("at_hand", [True, False])
@pytest.mark.parametrize("kind", ["dicom-seg", "dicom-sr"])
def test_every_region_lands_on_its_slice(drawn, other, study, tmp_path, kind, at_hand):
    exported(drawn, tmp_path, kind, *([study] if at_hand else []))
    originals = [study] if at_hand else []
    report = take_over(
        other, "q", tmp_path / kind, format_name=kind, reference_of="A", originals=originals
    )
    assert (report.faults, report.unknown_images, dict(report.unknown_labels)) == ([], 0, {})
    first = drawn.record.project("p").id
    expected = {r.image.source_sha256 for r in drawn.record.image_records(first) if r.annotations}
    seen = set()
    for record in other.record.image_records(other.record.project("q").id):
        regions = {act.label: act.region for act in record.annotations}
        if regions:
            seen.add(record.image.source_sha256)
            assert np.array_equal(regions["nodule"].mask(48, 64), BOX.mask(48, 64))
            assert np.array_equal(regions["Größe / 影"].mask(48, 64), ELLIPSE.mask(48, 64))
    assert seen == expected
    assert len(seen) == 9


def test_a_folder_without_one_says_so(study):
    form = import_format("dicom-seg")
    with pytest.raises(IngestError, match="no DICOM Segmentation in ct"):
        list(form.read(study, None, lambda name: None))


def test_a_label_too_long_for_a_code_is_known_by_its_name_and_in_earlier_exports_by_its_meaning():
    labels = LabelSet((Label("", "other", ""), Label("", "Größe / 影", "ein Befund")))
    for called in ("Größe / 影", "ein Befund"):
        assert label_of(("LABEL1", SCHEME, called), labels) == "Größe / 影"
    assert label_of(("LABEL1", SCHEME, "unnamed"), labels) == "unnamed"
