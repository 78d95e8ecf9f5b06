"""Coverage and power of the intervals of reader studies, on the simulated readers of Roe and Metz.

    python tests/benchmarks/roe_metz.py [--runs 2000] [--seed 2018]

Ratings are sums of normal effects of readers, cases, modalities and what they do together (Roe &
Metz, Academic Radiology 4(4), 1997; components of their Table 1, as in iMRMC), rounded to a scale
of 0 to 100 or not. Prints Markdown: how many of the 95 % intervals contain the true value (that of
all readers and cases), and how many find a difference that was planted, against the power that
the components of variance promise.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from annotator.figures import mrmc


@dataclass(frozen=True)
class Design:
    """Variances of the effects (each once in itself and once with the modality), and the sizes."""

    name: str
    reader: float
    case: float
    both: float
    error: float
    mean: float
    readers: int
    cases: int
    missing: float = 0.0

    def true_auc(self, planted: float = 0.0) -> float:
        """Return the expected area under the curve; `planted` is added to the mean."""
        total = 4 * (self.reader + self.case) + 2 * (self.both + self.error)
        return NormalDist().cdf((self.mean + planted) / math.sqrt(total))

    def shift(self, difference: float) -> float:
        """Return what to add to the mean so that the area under the curve rises by a difference."""
        total = 4 * (self.reader + self.case) + 2 * (self.both + self.error)
        normal = NormalDist()
        target = normal.inv_cdf(self.true_auc() + difference)
        return target * math.sqrt(total) - self.mean


DESIGNS = [
    Design("HH, 5 readers, 50 + 50", 0.03, 0.3, 0.2, 0.2, 1.5, 5, 50),
    Design("HL, 5 readers, 50 + 50", 0.0055, 0.3, 0.2, 0.2, 1.5, 5, 50),
    Design("LH, 5 readers, 50 + 50", 0.03, 0.1, 0.2, 0.6, 1.5, 5, 50),
    Design("LL, 5 readers, 50 + 50", 0.0055, 0.1, 0.2, 0.6, 1.5, 5, 50),
    Design("HH, 10 readers, 25 + 25", 0.03, 0.3, 0.2, 0.2, 1.5, 10, 25),
    Design("HL, 5 readers, 50 + 50, a tenth not read", 0.0055, 0.3, 0.2, 0.2, 1.5, 5, 50, 0.1),
]


def simulated(design: Design, planted: float, generator: np.random.Generator) -> np.ndarray:
    """Return ratings, shape (2, readers, 2 x cases), those with the disease last."""
    readers, cases = design.readers, design.cases

    def effects(modalities: int) -> np.ndarray:
        """Return the sum of effects, shape (modalities, readers, cases)."""
        shape = (modalities, readers, cases)
        own_error = design.both if modalities == 1 else design.error
        return (
            generator.normal(0, math.sqrt(design.reader), (modalities, readers, 1))
            + generator.normal(0, math.sqrt(design.case), (modalities, 1, cases))
            + generator.normal(0, math.sqrt(own_error), shape)
        )

    healthy, diseased = (effects(1) + effects(2) for _ in range(2))
    diseased += design.mean
    diseased[0] += planted
    ratings = np.concatenate([healthy, diseased], axis=2)
    ratings[generator.random(ratings.shape) < design.missing] = np.nan
    return ratings


@dataclass
class Tally:
    """How often an interval contains the truth, and how often it excludes zero."""

    runs: int = 0
    covered: int = 0
    found: int = 0
    without: int = 0

    def share(self) -> str:
        """Return how many of the intervals contain the truth, and of how many studies none came."""
        intervals = self.runs - self.without
        covered = f"{100 * self.covered / intervals:.1f}" if intervals else ""
        return covered + (f" ({100 * self.without / self.runs:.1f})" if self.without else "")

    def add(self, estimate: mrmc.Estimate, truth: float) -> None:
        self.runs += 1
        interval = estimate.figure.interval
        if interval is None:
            self.without += 1
            return
        self.covered += interval[0] <= truth <= interval[1]
        self.found += not interval[0] <= 0 <= interval[1]


def kernels(design: Design, planted: float, runs: int, seed: int) -> Iterator[np.ndarray]:
    """Yield the kernel of each of a number of simulated studies."""
    generator = np.random.default_rng(seed)
    truth = np.arange(2 * design.cases) >= design.cases
    for _ in range(runs):
        yield mrmc.auc_kernel(simulated(design, planted, generator), truth)


def coverage(design: Design, difference: float, runs: int, seed: int) -> dict[str, Tally]:
    """Return the tally of each way of estimating a planted difference, and of one modality."""
    planted = design.shift(difference)
    tallies = {name: Tally() for name in ("unbiased", "mle", "jackknife", "one modality")}
    for kernel in kernels(design, planted, runs, seed):
        for name in ("unbiased", "mle"):
            own = mrmc.difference_estimate(kernel[0], kernel[1], name)
            tallies[name].add(own, difference)
        if not design.missing:
            tallies["jackknife"].add(mrmc.or_difference(kernel), difference)
        tallies["one modality"].add(mrmc.mean_estimate(kernel[1]), design.true_auc())
    return tallies


def promised(design: Design, difference: float, runs: int, seed: int) -> float:
    """Return the power that mean components of variance of many studies promise."""
    own = [
        (one.modality_reader, one.cov1, one.cov2, one.cov3, one.error)
        for kernel in kernels(design, design.shift(difference), runs, seed + 1)
        for one in [mrmc.or_components(kernel, "unbiased")]
    ]
    parts = mrmc.Components(math.nan, *np.mean(own, axis=0), 2 * design.cases)
    return mrmc.power(parts, difference, design.readers, 2 * design.cases)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=2018)
    asked = parser.parse_args()
    write = sys.stdout.write
    write(
        f"Share of {asked.runs} studies' intervals with the true value, % (studies without, %)\n\n"
        "| design | AUC | difference | unbiased | mle | jackknife | one modality |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    powers = []
    for design in DESIGNS:
        for difference in (0.0, 0.10):
            tallies = coverage(design, difference, asked.runs, asked.seed)
            cells = [tally.share() for tally in tallies.values()]
            write(
                f"| {design.name} | {design.true_auc():.3f} | {difference:.2f} | "
                f"{' | '.join(cells)} |\n"
            )
            sys.stdout.flush()
            if difference and not design.missing:
                expected = promised(design, difference, asked.runs, asked.seed)
                rates = [100 * tallies[k].found / asked.runs for k in ("unbiased", "jackknife")]
                powers.append((design.name, 100 * expected, *rates))
    write("\nA difference of .10 found, %\n\n| design | promised | unbiased | jackknife |\n")
    write("|---|---|---|---|\n")
    for name, *rates in powers:
        write(f"| {name} | {' | '.join(f'{rate:.1f}' for rate in rates)} |\n")


if __name__ == "__main__":
    main()
