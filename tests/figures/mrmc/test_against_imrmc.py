"""Figures of reader studies are iMRMC's published test results (`make_imrmc_values.py`)."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from annotator.figures import mrmc

STUDIES = json.loads(Path(__file__).with_name("imrmc_values.json").read_text(encoding="utf-8"))
CROSSED = next(study for study in STUDIES if study["name"] == "fully crossed")
CLOSE = 1e-6
TRUTH = np.arange(80) >= 40
ESTIMATES = [
    pytest.param(study, variance, row, id=f"{study['name']}: {variance} {row['modalityB']}")
    for study in STUDIES
    for variance in ("unbiased", "mle")
    for row in study["published"][variance]["rows"]
]


def kernel_of(study) -> np.ndarray:
    return mrmc.auc_kernel(np.array(study["ratings"], dtype=float), TRUTH)


def place(modality: str) -> int:
    return {"testA": 0, "testB": 1}[modality]


@pytest.mark.parametrize(("study", "variance", "row"), ESTIMATES)
def test_an_estimate_is_that_of_imrmc(study, variance, row):
    kernel = kernel_of(study)
    first = kernel[place(row["modalityA"])]
    if row["modalityB"] == "NO_MOD":
        own = mrmc.mean_estimate(first, variance)
        published = row["AUCA"], row["varAUCA"]
    else:
        own = mrmc.difference_estimate(first, kernel[1], variance)
        published = row["AUCAminusAUCB"], row["varAUCAminusAUCB"]
    assert own.figure.value == pytest.approx(published[0], abs=CLOSE)
    assert own.variance == pytest.approx(published[1], abs=CLOSE, rel=CLOSE)
    assert own.degrees == pytest.approx(row["dfBDG"], rel=CLOSE)
    assert own.p_value == pytest.approx(row["pValueBDG"], abs=CLOSE)
    assert own.figure.interval == pytest.approx((row["botCIBDG"], row["topCIBDG"]), abs=CLOSE)


@pytest.mark.parametrize("variance", ["unbiased", "mle"])
@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study["name"])
def test_the_moments_are_those_of_imrmc(study, variance):
    kernel = kernel_of(study)
    published = study["published"][variance]["components"]["BDG"]
    assert published
    for pair, values in published.items():
        first, second = pair.split(".")
        other = place(first if second == "NO_MOD" else second)
        own = mrmc.moments(kernel[place(first)], kernel[other])
        assert getattr(own, variance) == pytest.approx(values, abs=CLOSE)


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study["name"])
def test_a_readers_figure_and_variance_are_those_of_imrmc(study):
    kernel = kernel_of(study)
    means, covariances = mrmc.reader_means(kernel), mrmc.reader_covariances(kernel)
    readers, checked = kernel.shape[1], 0
    for row in study["published"]["readers"]:
        reader = int(row["readerID"].removeprefix("reader")) - 1
        for name in "AB":
            modality = row[f"modality{name}"]
            if modality == "NO_MOD" or row[f"AUC{name}"] is None:
                continue
            at = place(modality) * readers + reader
            if row[f"AUC{name}"] < 0:  # iMRMC's mark of a reader who read nothing there
                assert np.isnan(means[place(modality), reader])
                continue
            assert means[place(modality), reader] == pytest.approx(row[f"AUC{name}"], abs=CLOSE)
            assert covariances[at, at] == pytest.approx(row[f"varAUC{name}"], abs=CLOSE)
            checked += 1
        if row["varAUCAminusAUCB"] is not None:
            one, two = reader, readers + reader
            own = covariances[one, one] + covariances[two, two] - 2 * covariances[one, two]
            assert own == pytest.approx(row["varAUCAminusAUCB"], abs=CLOSE)
    assert checked >= 5


def test_components_of_variance_are_those_of_imrmc():
    published = CROSSED["published"]["unbiased"]["components"]["OR"]["testA.testB"]
    own = mrmc.or_components(kernel_of(CROSSED), "unbiased")
    assert astuple(own)[:6] == pytest.approx(published, abs=CLOSE)
    assert own.cases == 80


def test_degrees_of_freedom_are_those_of_imrmc():
    kernel, rows = kernel_of(CROSSED), CROSSED["published"]["unbiased"]["rows"]
    for row in rows:
        if row["modalityB"] == "NO_MOD":
            own = mrmc.or_mean(kernel[place(row["modalityA"])], "unbiased")
            value = row["AUCA"]
        else:
            own = mrmc.or_difference(kernel, "unbiased")
            value = row["AUCAminusAUCB"]
        assert own.degrees == pytest.approx(row["dfHillis"], rel=CLOSE)
        assert own.figure.value == pytest.approx(value, abs=CLOSE)
