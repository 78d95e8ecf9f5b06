"""Write the inputs of iMRMC's tests and their published results as JSON to standard output.

Not run by the tests. In an environment of its own:

    pip install numpy scipy rdata
    git clone https://github.com/DIDSR/iMRMC
    python tests/figures/mrmc/make_imrmc_values.py iMRMC/Rpackage/iMRMC/tests/testthat \
        > tests/figures/mrmc/imrmc_values.json

iMRMC (U.S. Food and Drug Administration) is in the public domain, CC0 1.0. Its tests simulate their
ratings with R's generator, which is written again here: the ratings of its test 2 are compared with
`input.imrmc`. `test_doIMRMC_R2.rda` and `_R4.rda` are of a form that rdata does not read; the
results of test 2 are in `drafts/test_doIMRMC.Rdata`.
"""

import json
import sys
from pathlib import Path

import numpy as np
import rdata
from scipy.special import ndtri

M1, M2 = 4294967087, 4294944443
A1 = [[0, 1, 0], [0, 0, 1], [-810728, 1403580, 0]]
A2 = [[0, 1, 0], [0, 0, 1], [-1370589, 0, 527612]]


class Generator:
    """R's L'Ecuyer-CMRG with inversion and rejection, seed 1, at the start of a stream."""

    def __init__(self, stream):
        seed, self.state = 1, []
        for place in range(56):
            seed = (69069 * seed + 1) % 2**32
            while place >= 50 and seed >= M2:
                seed = (69069 * seed + 1) % 2**32
            if place >= 50:
                self.state.append(seed)
        for matrix, modulus, first in ((A1, M1, 0), (A2, M2, 3)):
            power = np.array(matrix, dtype=object)
            for _ in range(127):
                power = power.dot(power) % modulus
            part = np.array(self.state[first : first + 3], dtype=object)
            for _ in range(stream - 1):
                part = power.dot(part) % modulus
            self.state[first : first + 3] = part.tolist()

    def uniform(self):
        a, b, c, d, e, f = self.state
        first = (1403580 * b - 810728 * a) % M1
        second = (527612 * f - 1370589 * d) % M2
        self.state = [b, c, first, e, f, second]
        whole = first - second if first > second else first - second + M1
        return whole * 2.328306549295727688e-10

    def normal(self, count, deviation):
        big = 134217728
        drawn = [int(big * self.uniform()) + self.uniform() for _ in range(count)]
        return deviation * ndtri(np.array(drawn) / big)

    def sample(self, values, size):
        values = list(values)
        drawn = []
        for _ in range(size):
            bits = (len(values) - 1).bit_length()
            while (place := int(self.uniform() * 65536) % 2**bits) >= len(values):
                pass
            drawn.append(values[place])
            values[place] = values[-1]
            values.pop()
        return drawn


def simulated(generator, readers):
    """Return ratings of `sim.gRoeMetz` by default, shape (2, readers, 80): 40 without, 40 with."""

    def effects(mean):
        cases = generator.normal(40, 0.30**0.5)
        own = generator.normal(readers, 0.03**0.5)
        both = generator.normal(40 * readers, 0.20**0.5).reshape(readers, 40)
        return mean + cases[None] + own[:, None] + both

    without, with_ = effects(0.0), effects(1.0)
    first = [effects(0.0), effects(0.0)]
    second = [effects(0.0), effects(0.0)]
    return np.stack(
        [np.concatenate([without + one[0], with_ + one[1]], axis=1) for one in (first, second)]
    )


def deleted(ratings, rows, modalities):
    """Empty rows of iMRMC's table: 80 of truth, then without and with, each by modality, reader."""
    places = [
        (m, r, 40 * t + c)
        for t in range(2)
        for m in range(modalities)
        for r in range(ratings.shape[1])
        for c in range(40)
    ]
    for row in rows:
        if row - 81 < len(places):
            ratings[places[row - 81]] = np.nan


def studies(folder):
    generator = Generator(1)
    one = simulated(generator, 5)[:1]
    deleted(one, generator.sample(range(100, 881), 100), 1)
    yield "one modality, ratings missing", one, read(folder / "test_doIMRMC_R1.rda")

    crossed, written = simulated(Generator(2), 5), np.full((2, 5, 80), np.nan)
    published = [
        line.strip().split(",")
        for line in (folder / "input.imrmc").read_text().splitlines()
        if line.startswith("reader")
    ]
    for reader, case, modality, score in published:
        place = int(case[7:]) - 1 + 40 * case.startswith("pos")
        written[int(modality == "testB"), int(reader[6:]) - 1, place] = float(score)
    assert np.abs(written - crossed).max() < 5.1e-5  # the file has four places
    yield "fully crossed", crossed, read(folder / "drafts" / "test_doIMRMC.Rdata")

    generator = Generator(3)
    ragged = simulated(generator, 5)
    deleted(ragged, generator.sample(range(100, 881), 100), 2)
    ragged[0, 0] = np.nan
    ragged[1, :, 0] = np.nan
    yield "two modalities, ratings missing", ragged, read(folder / "test_doIMRMC_R3.rda")


def read(path):
    (result,) = rdata.read_rda(path).values()
    return result


def results(found):
    """Return what the product is held to, by estimate and by pair of modalities."""
    written = {}
    for estimate, table in (("unbiased", "Ustat"), ("mle", "MLEstat")):
        frame = found[table]
        keep = [
            "modalityA",
            "modalityB",
            "AUCA",
            "varAUCA",
            "AUCB",
            "varAUCB",
            "AUCAminusAUCB",
            "varAUCAminusAUCB",
            "pValueNormal",
            "botCInormal",
            "topCInormal",
            "dfBDG",
            "pValueBDG",
            "botCIBDG",
            "topCIBDG",
            "dfHillis",
            "pValueHillis",
            "botCIHillis",
            "topCIHillis",
        ]
        kind = "Ustat" if estimate == "unbiased" else "MLE"
        written[estimate] = {
            "rows": [{k: plain(row[k]) for k in keep if k in row} for row in rows(frame)],
            "components": {
                family: {
                    str(pair): [plain(v) for v in comp.iloc[row]]
                    for pair, comp in found["varDecomp"][family][kind]["comp"].items()
                    for row in [2 if family == "BDG" and str(pair) == "testA.testB" else 0]
                }
                for family in ("BDG", "OR")
            },
        }
    per_reader = found["perReader"]
    keep = [
        "readerID",
        "N0",
        "N1",
        "modalityA",
        "modalityB",
        "AUCA",
        "varAUCA",
        "AUCB",
        "varAUCB",
        "AUCAminusAUCB",
        "varAUCAminusAUCB",
    ]
    written["readers"] = [{k: plain(row[k]) for k in keep} for row in rows(per_reader)]
    return written


def rows(frame):
    return frame.to_dict("records")


def plain(value):
    """Return a number, None where there is none, or a name."""
    text = str(value)
    if text in {"None", "<NA>", "NA", "nan", "NaN"}:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def rounded(ratings):
    """Return ratings to six places; their order, all that counts, stays."""
    short = np.round(ratings, 6)
    for whole, cut in zip(ratings.reshape(-1, 80), short.reshape(-1, 80), strict=True):
        sign = np.sign(np.subtract.outer(whole, whole))
        assert ((sign == np.sign(np.subtract.outer(cut, cut))) | np.isnan(sign)).all()
    return [
        [[None if np.isnan(x) else float(x) for x in reader] for reader in modality]
        for modality in short
    ]


if __name__ == "__main__":
    lines = [
        json.dumps({"name": name, "ratings": rounded(ratings), "published": results(found)})
        for name, ratings, found in studies(Path(sys.argv[1]))
    ]
    sys.stdout.write("[\n" + ",\n".join(lines) + "\n]\n")
