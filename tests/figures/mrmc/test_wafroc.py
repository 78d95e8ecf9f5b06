"""The wAFROC figure of merit is RJafroc's, with each case of its example left out in turn.

Marks and lesions of `inst/extdata/toyFiles/FROC/frocCr.xlsx`, and the figures of merit of
`tests/testthat/goodValues361/UtilPseudoValues/frocCrwAFROC.rds`, of dpc10ster/RJafroc 2.1.3.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotator.figures import mrmc

NONE = -math.inf
HIGHEST_FALSE = [  # of three cases without a lesion
    [[2.17, 2.22, 1.90], [2.21, 3.10, 2.07], [2.14, 1.98, 1.95]],
    [[2.89, 2.89, 3.22], [3.01, 1.96, 2.08], [NONE, NONE, NONE]],
]
WEIGHTS = [[0.3, 0.7, 0], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.1, 0.9, 0], [1, 0, 0]]
LESIONS = [
    [
        [[5.28, 4.65], [3.01], [5.98], [5.00, 5.25], [4.26]],
        [[5.14], [3.31], [4.92, 5.11, 4.63], [4.95], [5.30]],
        [[4.66], [4.03], [5.22], [4.94], [5.27]],
    ],
    [
        [[5.20], [3.27], [4.61], [5.18], [4.72]],
        [[4.77], [3.19], [5.20], [5.39], [5.01]],
        [[4.87], [1.94], [], [], []],
    ],
]
LEFT_OUT = [
    [
        [13 / 15] * 3 + [5 / 6, 5 / 6, 1, 5 / 6, 5 / 6],
        [0.68] * 3 + [0.775, 0.6, 0.6, 0.825, 0.6],
        [0.5466666666666666] * 3 + [0.6083333333333333, 13 / 30, 0.6, 0.6583333333333333, 13 / 30],
    ],
    [
        [0.5466666666666666] * 3 + [0.6083333333333333, 13 / 30, 0.6, 0.6583333333333333, 13 / 30],
        [0.5466666666666666] * 3 + [0.6083333333333333, 13 / 30, 0.6, 0.6583333333333333, 13 / 30],
        [0.63] * 3 + [0.625, 0.5375, 0.6625, 0.6625, 0.6625],
    ],
]


@pytest.mark.parametrize("case", range(8))
def test_the_figure_of_merit_is_that_of_rjafroc(case):
    lesions = np.full((2, 3, 5, 3), NONE)
    for place in np.ndindex(2, 3, 5):
        ratings = LESIONS[place[0]][place[1]][place[2]]
        lesions[place][: len(ratings)] = ratings
    kernel = mrmc.wafroc_kernel(np.array(HIGHEST_FALSE), lesions, np.array(WEIGHTS))
    left = np.delete(kernel, case, axis=2) if case < 3 else np.delete(kernel, case - 3, axis=3)
    assert mrmc.reader_means(left) == pytest.approx(np.array(LEFT_OUT)[..., case], abs=1e-9)
