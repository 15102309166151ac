"""Tests of R-hat and effective sample sizes, against ArviZ and against the paper in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64
from scipy.stats import norm, rankdata

from lropt_jax.objectives import effective_sample_size, r_hat

SIZES = ("bulk", "tail", "mean")
# ArviZ 0.23.4 on the chains below: rhat(x), and ess(x, method=each)
ARVIZ = {
    (0, 4, 500, 0.5, 0): (1.0037353654385222, 679.0548773491477, 1339.176985623407, 678.6632787812231),
    (1, 4, 501, 0.9, 0.1): (1.0619974010556659, 58.99911824613265, 275.4446554023238, 59.56710026616962),
    (3, 2, 40, 0.99, 1): (1.7047737793227664, 3.8289773234008226, 33.913431503792964, 3.546696539672136),
    (4, 3, 4, 0.2, 0): (1.3754471919460751, 12.9501749525715, 12.9501749525715, 12.9501749525715),
    (6, 5, 9, -0.9, 0): (1.242620807266701, 64.08239965311849, 64.08239965311849, 64.08239965311849),
    (7, 16, 1000, 0.98, 0): (1.1236953616544283, 102.17465975423396, 338.286805923287, 101.63864067084594),
}


def chains(seed, count, length, phi, shift):
    """Autoregressive chains that are `shift` apart, with ties."""
    noise = np.random.default_rng(seed).normal(size=(count, length))
    draws = noise.copy()
    for t in range(1, length):
        draws[:, t] = phi * draws[:, t - 1] + noise[:, t]
    return np.round(draws + shift * np.arange(count)[:, None], 2)


@pytest.mark.slow
@pytest.mark.parametrize("case", ARVIZ, ids=str)
def test_the_numbers_are_those_of_arviz(case):
    draws = chains(*case)
    with x64():
        found = [r_hat(draws), *(effective_sample_size(draws, of=of) for of in SIZES)]
    np.testing.assert_allclose(found, ARVIZ[case], rtol=1e-12)


def halves(draws):
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def scores(draws):
    return norm.ppf((rankdata(draws).reshape(draws.shape) - 3 / 8) / (draws.size + 1 / 4))


def paper_r_hat(draws):
    found = []
    for part in (halves(draws), abs(halves(draws) - np.median(halves(draws)))):
        z = scores(part)
        n = z.shape[1]
        between, within = n * z.mean(1).var(ddof=1), z.var(1, ddof=1).mean()
        found.append(np.sqrt(((n - 1) / n * within + between / n) / within))
    return max(found)


def paper_size(z):
    """Sums over pairs of lags, one after another."""
    m, n = z.shape
    gaps = z - z.mean(1, keepdims=True)
    covariance = [np.mean([np.dot(g[: n - t], g[t:]) / n for g in gaps]) for t in range(n)]
    within = covariance[0] * n / (n - 1)
    total = covariance[0] + z.mean(1).var(ddof=1)
    rho = [1.0, *(1 - (within - covariance[t]) / total for t in range(1, n))]
    time, least, k = -1.0, np.inf, 0
    while 2 * k + 1 < n - 3 and rho[2 * k] + rho[2 * k + 1] > 0:
        least = min(least, rho[2 * k] + rho[2 * k + 1])
        time += 2 * least
        k += 1
    return m * n / max(time + max(rho[2 * k], 0), 1 / np.log10(m * n))


def test_they_are_the_arithmetic_of_the_paper():
    draws = np.stack([chains(seed, 3, 61, phi, 0.2) for seed, phi in enumerate((0.8, -0.5, 0.0))], -1)
    cuts = [np.quantile(draws, share, axis=(0, 1)) for share in (0.05, 0.95)]
    with x64():
        ratio, bulk, tail, mean = [r_hat(draws), *(effective_sample_size(draws, of=of) for of in SIZES)]
    for at in range(3):
        one = draws[:, :, at]
        np.testing.assert_allclose(ratio[at], paper_r_hat(one), rtol=1e-12)
        np.testing.assert_allclose(bulk[at], paper_size(scores(halves(one))), rtol=1e-12)
        np.testing.assert_allclose(mean[at], paper_size(halves(one)), rtol=1e-12)
        ends = [paper_size(halves(1.0 * (one <= cut[at]))) for cut in cuts]
        np.testing.assert_allclose(tail[at], min(ends), rtol=1e-12)


def test_trees_keep_their_shape_and_single_precision_is_enough():
    draws = chains(0, 4, 100, 0.5, 0)
    tree = {"a": np.stack([draws] * 6, -1).reshape(4, 100, 2, 3), "b": draws}
    ratio, size = jax.jit(r_hat)(tree), effective_sample_size(tree)
    assert ratio["a"].shape == size["a"].shape == (2, 3)
    assert ratio["b"].shape == ()
    np.testing.assert_allclose(size["a"], paper_size(scores(halves(draws))), rtol=1e-4)


def test_chains_that_are_stuck_or_lost_have_no_number():
    lost = np.where(np.arange(100) == 7, np.inf, chains(0, 4, 100, 0.5, 0))
    for draws in (np.ones((4, 100)), np.full((4, 100), np.nan), lost):
        assert jnp.isnan(r_hat(draws)) & jnp.isnan(effective_sample_size(draws, of="tail"))
    apart = np.repeat(np.arange(4.0)[:, None], 100, 1) + 1e-3 * chains(1, 4, 100, 0.0, 0)
    assert r_hat(apart) > 2.5  # each is where it began
    assert effective_sample_size(apart) < 5


def test_bad_arguments_are_refused():
    for draws in (np.zeros(9), np.zeros((4, 3)), np.zeros((0, 9))):
        with pytest.raises(ValueError, match=r"r_hat: draws must be of shape \(chains, draws, ...\) with at least 4"):
            r_hat(draws)
    with pytest.raises(ValueError, match="effective_sample_size: of must be one of bulk, tail, mean, got 'median'"):
        effective_sample_size(np.zeros((4, 9)), of="median")
