"""Tests of how far a direction that shrinks will still go, against sums of a thousand updates in NumPy."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax._core.decay import as_decay
from lropt_jax._core.idle import Idle
from lropt_jax.optimizers import decay
from lropt_jax.rates import plateau
from lropt_jax.schedules import cosine
from lropt_jax.wrappers._ahead import log_left, reach

T = 7


@pytest.mark.parametrize("rate", [0.1, cosine(0.1, 100)], ids=["constant", "cosine"])
@pytest.mark.parametrize("shrink", [None, decay(0.5), decay(0.01, goes_with="nothing")], ids=["none", "rate", "share"])
def test_the_reach_is_the_sum_over_all_later_updates(rate, shrink):
    rule = None if shrink is None else as_decay(shrink)
    with x64():
        idle = Idle({}, 0.9, lambda slots, made: slots["m"], lambda made: 1 + 1 / made)
        found = reach(idle, rate, rule, SimpleNamespace(count=jnp.int32(T)))
        steps = np.arange(T, T + 1000)  # 0.9^1000 is nothing
        rates = np.broadcast_to(np.asarray(rate(steps) if callable(rate) else rate, float), steps.shape)
        left = np.ones(len(steps)) if rule is None else 1 - np.asarray([rule.share(0, float(r)) for r in rates])
        terms = rates * 0.9 ** (steps - T + 1) * (1 + 1 / (steps + 1)) / np.cumprod(left)
    np.testing.assert_allclose(found, np.sum(terms), rtol=1e-6)


def test_a_self_setting_rate_counts_as_it_is_now():
    idle = Idle({}, 0.5, lambda slots, made: slots["m"])
    state = SimpleNamespace(count=jnp.int32(3), learning_rate=jnp.float32(0.2))
    np.testing.assert_allclose(reach(idle, plateau(0.1), None, state), 0.2, rtol=1e-6)


def test_without_momentum_there_is_no_way_to_go():
    assert reach(Idle({}), 0.1, None, SimpleNamespace(count=jnp.int32(3))) == 0


def test_what_decay_leaves_is_a_logarithm():
    found = log_left(as_decay(decay(0.5)), jnp.arange(2), jnp.array([0.1, 0.2]))
    np.testing.assert_allclose(np.exp(found), [0.95, 0.9], rtol=1e-6)
