"""Tests of the limits, against the roots of the recursion that each form of momentum is on a quadratic."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers._stability import averaged, last, mixed, plain, summed


def radius(step):
    """The largest root of a linear recursion, from what it does to unit vectors."""
    return np.abs(np.linalg.eigvals(np.stack([step(np.array([1.0, 0.0])), step(np.array([0.0, 1.0]))], 1))).max()


def momentum(product, keep, fresh, nesterov):
    def step(state):
        x, m = state
        m = keep * m + fresh * product * x
        return np.array([x - (keep * m + fresh * product * x if nesterov else m), m])

    return step


@pytest.mark.parametrize(("keep", "fresh", "nesterov"), [(0.9, 1.0, False), (0.9, 1.0, True), (0.5, 0.3, True)])
def test_the_recursion_grows_just_above_the_limit(keep, fresh, nesterov):
    limit = float(summed(jnp.float32(keep), jnp.float32(fresh), nesterov))
    assert radius(momentum(0.999 * limit, keep, fresh, nesterov)) < 1
    assert radius(momentum(1.001 * limit, keep, fresh, nesterov)) > 1


@pytest.mark.parametrize(
    ("keep", "fresh", "share"), [(0.9, 1.0, 0.7), (0.999, 0.001, 0.7), (0.5, 0.5, 0.0), (0.9, 0.1, 1.0)]
)
def test_a_mix_of_momentum_and_gradient_grows_just_above_its_limit(keep, fresh, share):
    def step(product):
        def of(state):
            x, m = state
            m = keep * m + fresh * product * x
            return np.array([x - share * m - (1 - share) * product * x, m])

        return of

    limit = float(mixed(jnp.float32(keep), jnp.float32(fresh), jnp.float32(share)))
    assert radius(step(0.999 * limit)) < 1
    assert radius(step(1.001 * limit)) > 1


def test_an_average_over_its_weight_bears_38_at_last_and_less_at_first():
    keep = jnp.float32(0.9)
    np.testing.assert_allclose([averaged(keep, jnp.int32(t)) for t in (0, 1, 1000)], [38, 3.8, 38], rtol=1e-5)
    for count in (3, 1000):
        limit = float(averaged(keep, jnp.int32(count)))
        over = 1 - 0.9**count
        assert radius(momentum(0.999 * limit / over, 0.9, 0.1, False)) < 1
        assert radius(momentum(1.001 * limit / over, 0.9, 0.1, False)) > 1


def test_plain_steps_bear_two_and_what_ignores_gradients_everything():
    assert plain() == 2
    assert summed(jnp.float32(0.9), jnp.float32(0), False) == np.inf
    assert [int(last(jnp.int32(count))) for count in (0, 1, 7)] == [0, 0, 6]
