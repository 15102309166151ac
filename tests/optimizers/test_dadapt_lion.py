"""Tests of `dadapt_lion`."""

import jax.numpy as jnp
import numpy as np
import pytest
from distance_laws import DistanceLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import dadapt_lion
from lropt_jax.schedules import linear


class TestLaws(DistanceLaws):
    specimen = dadapt_lion(linear(1.0, 50), d0=0.02, growth_limit=1.5, weight_decay=0.05)


def reference(steps, b1=0.9, b2=0.99, d=1e-3, decay=0.1, total=250):
    """The authors' program, in NumPy."""
    x, m, s, numerator, b3 = START.copy(), np.zeros(4), np.zeros(4), 0.0, b2**0.5
    for k in range(steps):
        g = noisy(x, k)
        r = d * (1 - k / total)
        u = np.sign(b1 * m + (1 - b1) * g)
        x = x * (1 - r * decay) - r * u
        m = b2 * m + (1 - b2) * r * g
        numerator = b3 * numerator + (1 - b3) * r * u @ s
        s = b3 * s + (1 - b3) * r * u
        d = max(d, numerator / ((1 - b3) * np.abs(s).sum()))
    return x


def test_it_is_the_authors_program():
    tx = dadapt_lion(linear(1.0, 250), d0=1e-3, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], reference(200), atol=1e-10)


def test_every_coordinate_moves_by_the_recorded_rate():
    tx, x = dadapt_lion(d0=0.25), jnp.array([3.0, -1e-3])
    updates, state = tx.update(x, tx.init(x), x)
    np.testing.assert_array_equal(updates, [-0.25, 0.25])
    assert state.learning_rate == 0.25


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="dadapt_lion: b1 must be in \\[0, 1\\), got 1.0"):
        dadapt_lion(b1=1.0)
    with pytest.raises(ValueError, match="dadapt_lion: b2 must be in \\(0, 1\\), got 0.0"):
        dadapt_lion(b2=0.0)
