"""Tests of the rate that sets itself: it rises, retreats, falls, and stops."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import MeanField
from lropt_jax.problems.variational.settling import CAP, settle


def bowl(precision, z):
    return -(z - 1) @ precision @ (z - 1) / 2


LOG_JOINT = jax.tree_util.Partial(bowl, jnp.array([[4.0, 2.0], [2.0, 4.0]]))  # the best q has the precisions 4 and 4


def fitted(rate, tolerance=0.01, start=0.0):
    q = MeanField(jnp.full(2, start), jnp.full(2, -2.0))
    settings = {"blocks": 40, "samples": 2}
    q, bound, _, rates, _, blocks, gain = settle(
        LOG_JOINT, q, jax.random.key(0), jnp.float32(rate), jnp.float32(tolerance), **settings
    )
    return q, float(bound), np.asarray(rates)[: int(blocks)], float(gain)


def test_a_low_rate_rises_while_iterates_travel_and_falls_when_they_rest():
    q, bound, rates, gain = fitted(1e-4)
    assert rates[0] == np.float32(1e-4)
    rising = rates[: np.argmax(rates) + 1]
    assert np.all(np.diff(rising) >= 0)
    assert rates.max() > 0.1
    assert np.all(np.diff(rates[np.argmax(rates) :]) <= 0)
    assert gain < 0.01
    np.testing.assert_allclose(q.mean, 1, atol=0.15)
    np.testing.assert_allclose(q.std, 0.5, rtol=0.1)
    assert bound == pytest.approx(np.log(2 * np.pi * 0.25), abs=0.1)


def test_what_must_not_gain_anything_goes_on_to_the_end():
    _, _, rates, gain = fitted(0.3, tolerance=1e-12)
    assert len(rates) == 40
    assert gain > 1e-12
    assert rates[-1] < 0.1 * CAP


def test_rates_above_the_cap_begin_at_the_cap():
    assert fitted(100.0)[2][0] == CAP
