"""Student's t and the noncentral F distribution are those of SciPy 1.17.

The tables are of `stats.t.ppf(.975, df)`, `2 * stats.t.sf(t, df)` with t of 1.3 and 9, and
`stats.ncf.sf(stats.f.ppf(.95, 1, df), 1, df, nc)`.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest

from annotator.figures import distributions

STUDENT = [
    (1, 12.706204736174694, 0.41742880032030544, 0.07044657495455456),
    (2, 4.302652729749462, 0.3232470318160403, 0.01212166009278687),
    (3.5, 2.9400886379827282, 0.2725954158043702, 0.0015318329741985852),
    (10, 2.228138851986274, 0.2227658172068446, 4.1380490496820084e-06),
    (62.7, 1.9985276812531265, 0.1983598065000102, 6.746438057281601e-13),
    (400, 1.9659123432294627, 0.1943495718881529, 9.231462985614382e-18),
]
POWER = [
    (2, 0.5, 0.07287631230940378),
    (2, 8.2, 0.3630367353534244),
    (2, 90, 0.9881898186633179),
    (7.5, 0.5, 0.09519460862795656),
    (7.5, 8.2, 0.7007927599284015),
    (7.5, 90, 0.9999999991601378),
    (62.7, 0.5, 0.10713052368309126),
    (62.7, 8.2, 0.8049641507585565),
    (62.7, 90, 0.9999999999999185),
]


@pytest.mark.parametrize(("degrees", "quantile", "p_near", "p_far"), STUDENT)
def test_students_t(degrees, quantile, p_near, p_far):
    assert distributions.t_quantile(degrees) == pytest.approx(quantile, rel=1e-11)
    assert distributions.t_p_value(1.3, degrees) == pytest.approx(p_near, rel=1e-10)
    assert distributions.t_p_value(-1.3, degrees) == pytest.approx(p_near, rel=1e-10)
    assert distributions.t_p_value(9, degrees) == pytest.approx(p_far, rel=1e-9)
    assert distributions.t_p_value(0, degrees) == pytest.approx(1)


def test_endless_degrees_are_the_normal_distribution():
    assert distributions.t_quantile(math.inf) == pytest.approx(NormalDist().inv_cdf(0.975))
    assert distributions.t_p_value(1.96, math.inf) == pytest.approx(2 * NormalDist().cdf(-1.96))


@pytest.mark.parametrize(("degrees", "noncentrality", "power"), POWER)
def test_power_of_an_f_test(degrees, noncentrality, power):
    own = distributions.f_power(noncentrality, degrees)
    assert own == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize("degrees", [2, 62.7])
def test_without_an_effect_power_is_the_rate_of_false_alarms(degrees):
    assert distributions.f_power(0, degrees) == pytest.approx(0.05, abs=1e-9)
