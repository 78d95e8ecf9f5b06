"""What operating points from a few images of a new camera bring, on people who gave none.

    python tests/benchmarks/recalibration.py DATA [--card face-action-units] [--subjects 25]

DATA is a folder as `annotator models evaluate` reads it, with subjects. Draws subjects whose images
a person would confirm, and tells the others'. Prints a Markdown table by label: means over draws.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from annotator.learning.operating_points import FEWEST, fit_operating_point
from annotator.suggest.proposing import operating_points
from annotator.suggest.suggester import Suggester
from annotator.workflows.labelled_folder import read_labels
from annotator.workflows.pictures import shown_file


def main() -> int:
    """Read once, draw often."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--card", default="face-action-units")
    parser.add_argument("--subjects", type=int, default=25)
    parser.add_argument("--draws", type=int, default=100)
    options = parser.parse_args()
    torch.set_num_threads(1)
    suggester = Suggester(options.card, device="cpu")
    cases = []
    for image in read_labels(options.data):
        reading = suggester.read([shown_file(image.path)])[0]
        if reading.scores:
            cases.append((image.subject, {*image.labels, *image.implied}, reading.scores))
    subjects = np.array([subject for subject, _, _ in cases])
    sys.stdout.write(
        f"{len(cases)} images of {len(set(subjects))} subjects; {options.draws} draws of "
        f"{options.subjects} subjects.\n\n"
        "| label | with, without | moved | sensitivity | specificity | change of J, worst |\n"
        "|---|---|---|---|---|---|\n"
    )
    for label, point in operating_points(suggester.card).items():
        truth = np.array([label in labels for _, labels, _ in cases])
        scores = np.array([given[label] for _, _, given in cases])
        if min(truth.sum(), (~truth).sum()) >= 2 * FEWEST:
            sys.stdout.write(row(label, point, scores, truth, subjects, options) + "\n")
    return 0


def row(label, point, scores, truth, subjects, options) -> str:
    """Return a label's line of the table."""
    draw = np.random.default_rng(0)
    before, now, moved = [], [], 0
    for _ in range(options.draws):
        given = np.isin(subjects, draw.choice(np.unique(subjects), options.subjects, replace=False))
        fitted = fit_operating_point(label, scores[given], truth[given], subjects[given], point)
        moved += not fitted.kept
        before.append(rates(scores[~given], truth[~given], point))
        now.append(rates(scores[~given], truth[~given], fitted.now))
    (sens, spec), (sens_now, spec_now) = np.mean(before, 0), np.mean(now, 0)
    change = np.sum(now, 1) - np.sum(before, 1)
    return (
        f"| {label} | {truth.sum()}, {(~truth).sum()} | {moved / options.draws:.2f} | "
        f"{sens:.2f} -> {sens_now:.2f} | {spec:.2f} -> {spec_now:.2f} | "
        f"{change.mean():+.3f}, {change.min():+.2f} |"
    )


def rates(scores, truth, point) -> tuple[float, float]:
    """Return sensitivity and specificity."""
    return (scores[truth] >= point).mean(), (scores[~truth] < point).mean()


if __name__ == "__main__":
    sys.exit(main())
