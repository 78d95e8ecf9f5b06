"""Student's t and the noncentral F distribution, for intervals and for the power of a study."""

from __future__ import annotations

import math
from statistics import NormalDist

_CLOSE = 1e-15


def t_p_value(statistic: float, degrees: float) -> float:
    """Return the two-sided p value of Student's t; of the normal distribution at inf degrees."""
    if math.isinf(degrees):
        return math.erfc(abs(statistic) / math.sqrt(2))
    return incomplete_beta(degrees / 2, 0.5, degrees / (degrees + statistic**2))


def t_quantile(degrees: float, level: float = 0.95) -> float:
    """Return the half-width, in standard errors, of a two-sided interval of a level."""
    if math.isinf(degrees):
        return NormalDist().inv_cdf((1 + level) / 2)
    low, high = 0.0, 1.0
    while t_p_value(high, degrees) > 1 - level:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_p_value(middle, degrees) > 1 - level else (low, middle)
    return (low + high) / 2


def f_power(noncentrality: float, degrees: float, level: float = 0.95) -> float:
    """Return the power of an F test with one degree of freedom above and `degrees` below.

    The noncentral F distribution is a Poisson mixture of beta distributions (Johnson, Kotz &
    Balakrishnan, Continuous Univariate Distributions 2, chapter 30).
    """
    critical = t_quantile(degrees, level) ** 2
    share = critical / (critical + degrees)
    half, below, term = noncentrality / 2, 0.0, 0
    weight, left = math.exp(-noncentrality / 2), 1.0
    while left > _CLOSE and term < 10_000:
        below += weight * incomplete_beta(0.5 + term, degrees / 2, share)
        left -= weight
        term += 1
        weight *= half / term
    return 1 - below


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by Lentz's continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x)) / a
    fraction, above, below = 1.0, 1.0, 0.0
    for step in range(10_000):
        half = step // 2
        if step == 0:
            part = 1.0
        elif step % 2 == 0:
            part = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        else:
            part = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        below = 1 / _not_zero(1 + part * below)
        above = _not_zero(1 + part / above)
        fraction *= above * below
        if step and abs(1 - above * below) < _CLOSE:
            break
    return front * (fraction - 1)


def _not_zero(number: float) -> float:
    return number if abs(number) > 1e-300 else 1e-300
