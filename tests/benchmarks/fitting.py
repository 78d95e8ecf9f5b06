"""What fitting suggestions to edges brings: IoU of the best box with one that a person drew.

    python tests/benchmarks/fitting.py DATA [--card brain-mri-tumour] [--split val]

DATA is a folder as `annotator models evaluate` reads it, with boxes. Prints a Markdown table by
label, and what a fit costs in processor time on one thread.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

import cv2
import torch

from annotator.suggest.edges import SUGGESTION_PX, fitted_to_edges
from annotator.suggest.measures import best_iou
from annotator.suggest.suggester import Suggester
from annotator.workflows.labelled_folder import read_labels
from annotator.workflows.pictures import shown_file

KINDS = ("as cut", "fitted")


def main() -> int:
    """Cut, fit, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--card", default="brain-mri-tumour")
    parser.add_argument("--split", default="val")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    suggester = Suggester(options.card, device="cpu")
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: {kind: [] for kind in KINDS})
    costs: list[float] = []
    kept = 0
    for image in read_labels(options.data, options.split):
        if not image.boxes:
            continue
        pixels = shown_file(image.path)
        reading = suggester.read([pixels])[0]
        best = max(reading.scores, key=lambda code: reading.scores[code])
        explained = suggester.explain(pixels, [best], None, reading.face)
        cuts = [cut.mask for one in explained for cut in suggester.regions(one)]
        fits = []
        for cut in cuts:
            begun = time.process_time()
            fit = fitted_to_edges(pixels, cut, SUGGESTION_PX)
            costs.append(1000 * (time.process_time() - begun))
            kept += fit is None
            fits.append(fit or cut)
        for group in ("all", *image.labels):
            for kind, regions in zip(KINDS, (cuts, fits), strict=True):
                iou = best_iou([one.bounds for one in regions], image.boxes) if regions else 0.0
                found[group][kind].append(iou)
    sys.stdout.write("| | n | | mean IoU | IoU >= .5 | IoU >= .7 |\n|---|---|---|---|---|---|\n")
    for group, by_kind in found.items():
        for kind, values in by_kind.items():
            shares = [statistics.mean(iou >= least for iou in values) for least in (0.5, 0.7)]
            row = [group, len(values), kind, f"{statistics.mean(values):.3f}"]
            row += [f"{share:.3f}" for share in shares]
            sys.stdout.write(f"| {' | '.join(map(str, row))} |\n")
    sys.stdout.write(
        f"\n{len(costs)} regions, {kept} stayed as they were cut; "
        f"{statistics.median(costs):.0f} ms of processor time each (median), "
        f"{max(costs):.0f} at most\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
