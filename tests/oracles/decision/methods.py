"""Paired statistics from the papers. A table is (both, candidate_only, reference_only, neither); a difference is candidate minus reference."""

from math import sqrt

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binom, norm
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint


def wilson(correct, n, level):
    return proportion_confint(correct, n, alpha=1 - level, method="wilson")


def restricted_reference_only(candidate_only, reference_only, n, difference):
    """Tango 1998: the most likely share of reference-only pairs where the true difference is given. Takes arrays."""
    a = 2 * n
    b = -candidate_only - reference_only + (2 * n - candidate_only + reference_only) * difference
    c = -reference_only * difference * (1 - difference)
    root = np.sqrt(np.maximum(b * b - 4 * a * c, 0))  # without candidate-only pairs a square, which rounding may make negative
    return (root - b) / (2 * a)


def tango_parts(candidate_only, reference_only, n, difference):
    """Numerator and standard error of the score statistic of a hypothetical difference."""
    share = restricted_reference_only(candidate_only, reference_only, n, difference)
    variance = n * (2 * share + difference * (1 - difference))
    return candidate_only - reference_only - n * difference, np.sqrt(np.maximum(variance, 0))


def tango(table, level):
    """The differences whose score statistic is +z and -z."""
    n, observed = sum(table), (table[1] - table[2]) / sum(table)
    z = norm.isf((1 - level) / 2)

    def limit(sign, end):
        def equation(difference):
            top, error = tango_parts(table[1], table[2], n, difference)
            return top - sign * z * error

        near = observed - sign * 1e-12
        return end if abs(near) >= 1 else brentq(equation, *sorted([end, near]), xtol=1e-15, rtol=1e-15)

    return limit(1, -1.0), limit(-1, 1.0)


def p_noninferiority(table, margin):
    """One-sided: the candidate is worse by the margin or more."""
    top, error = tango_parts(table[1], table[2], sum(table), -margin)
    return norm.sf(top / error)


def newcombe(table, level):
    """Newcombe 1998, method 10: square-and-add of Wilson limits, with his corrected correlation."""
    both, candidate_only, reference_only, neither = map(float, table)
    n = sum(table)
    p, q = (both + candidate_only) / n, (both + reference_only) / n
    (p_low, p_high), (q_low, q_high) = wilson(round(n * p), n, level), wilson(round(n * q), n, level)
    cross = both * neither - candidate_only * reference_only
    cross = max(cross - n / 2, 0) if cross > 0 else cross
    margins = (both + candidate_only) * (reference_only + neither) * (both + reference_only) * (candidate_only + neither)
    phi = cross / sqrt(margins) if margins else 0.0

    def joined(a, b):
        return sqrt(a * a - 2 * phi * a * b + b * b)

    return p - q - joined(p - p_low, q_high - q), p - q + joined(p_high - p, q - q_low)


def mcnemar_tests(table):
    """Two-sided p-values, and the one-sided mid-p of 'the candidate lost more than it won'."""
    square, won, pairs = [table[:2], table[2:]], table[1], table[1] + table[2]
    fewer = min(table[1], table[2])
    return {
        "exact": mcnemar(square, exact=True).pvalue,
        "mid_p": min(1.0, 2 * (binom.cdf(fewer, pairs, 0.5) - binom.pmf(fewer, pairs, 0.5) / 2)),
        "asymptotic": mcnemar(square, exact=False, correction=False).pvalue,
        "continuity": mcnemar(square, exact=False, correction=True).pvalue,
        "mid_p_worse": binom.cdf(won, pairs, 0.5) - binom.pmf(won, pairs, 0.5) / 2,
    }


def clustered(values, clusters):
    """Mean, cluster-robust standard error with G/(G-1), and the intervals of t with G-1, by a regression on a constant."""
    groups = np.unique(clusters, return_inverse=True)[1]
    plain = OLS(values, np.ones(len(values)))
    fit = plain.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    return {
        "clusters": int(groups.max()) + 1,
        "mean": fit.params[0],
        "standard_error": fit.bse[0],
        "design_effect": (fit.bse[0] / plain.fit().bse[0]) ** 2,
        "interval": {f"{level:.2f}": fit.conf_int(1 - level)[0] for level in (0.90, 0.95)},
    }


def power(n, discordance, difference, margin, alpha):
    """The chance that the test shows non-inferiority: every table of n pairs that it rejects, by its probability. Nothing is left out."""
    total = 0.0
    for pairs in range(n + 1):
        won = np.arange(pairs + 1)
        top, error = tango_parts(won, pairs - won, n, -margin)
        shown = top >= norm.isf(alpha) * error
        chance = binom.pmf(won, pairs, (1 + difference / discordance) / 2)
        total += binom.pmf(pairs, n, discordance) * chance[shown].sum()
    return total


def check():
    """Stops where a published value is not met."""
    near = lambda got, want, within: np.testing.assert_allclose(got, want, rtol=0, atol=within)
    near(tango((43, 0, 1, 0), 0.90), (-0.096, 0.037), 6e-4)  # Tango 1998, table V
    near(tango((4, 9, 3, 16), 0.95), (-0.027, 0.390), 6e-4)  # Tango 1998, table VII
    near(tango((53, 16, 8, 9), 0.95), (-0.020, 0.207), 6e-4)  # Agresti and Min 2005
    near(tango((1, 1, 7, 12), 0.95), (-0.517, -0.026), 6e-4)  # Fagerland, Lydersen and Laake 2014
    near(newcombe((1, 1, 7, 12), 0.95), (-0.507, -0.026), 6e-4)  # the same
    near(tango((59, 6, 16, 80), 0.95), (-0.1240, -0.0054), 6e-5)  # the same
    near(newcombe((59, 6, 16, 80), 0.95), (-0.1186, -0.0046), 6e-5)  # the same
    near(newcombe((20, 12, 2, 16), 0.95), (0.0562, 0.3292), 6e-5)  # Newcombe 1998
    near(wilson(15, 148, 0.95), (0.0624, 0.1605), 6e-5)  # Newcombe 1998, the companion paper on one proportion
    z2 = norm.isf(0.05) ** 2  # without discordant pairs the limits are those of one proportion of 0
    near(tango((100, 0, 0, 0), 0.90), (-z2 / (100 + z2), z2 / (100 + z2)), 1e-13)
    tests = mcnemar_tests((59, 6, 16, 80))
    near([tests[k] for k in ("exact", "mid_p", "asymptotic", "continuity")], (0.052479, 0.034690, 0.033006, 0.055009), 6e-7)
    for candidate_only, reference_only, n, difference in ((20, 30, 500, -0.05), (0, 1, 44, -0.1), (9, 0, 50, 0.02), (3, 8, 40, -0.3)):
        loss = lambda q: -(
            candidate_only * np.log(q + difference) + reference_only * np.log(q) + (n - candidate_only - reference_only) * np.log1p(-2 * q - difference)
        )
        bounds = (max(0.0, -difference) + 1e-15, (1 - difference) / 2 - 1e-15)
        best = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-13}).x
        near(restricted_reference_only(candidate_only, reference_only, n, difference), best, 1e-7)
    # by hand: sqrt(sum of squared cluster residual sums) / 9 * sqrt(3 / 2)
    near(clustered([1, 0, 0, -1, 0, 1, 1, 0, 0], [0, 0, 1, 1, 1, 2, 2, 2, 2])["standard_error"], 0.28288, 6e-6)
