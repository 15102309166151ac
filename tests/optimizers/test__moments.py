"""Tests of what Adam's family shares: the limit of a direction."""

import jax.numpy as jnp
import numpy as np
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.diagnostics import limit
from lropt_jax.optimizers import adam, adamw, nadam, nadamw
from lropt_jax.schedules import linear


class TestLawsWithAThreshold(OptimizerLaws):
    specimen = adamw(linear(0.1, 50), clip_threshold=0.8, weight_decay=0.05)


def spiky(x, step):
    """Noisy gradients, every twentieth of which is large."""
    return noisy(x, step) * (30.0 if step % 20 == 19 else 1.0)


def test_it_is_the_paper_of_stable_adamw():
    x, v, u, shortened = START.copy(), np.zeros(4), np.zeros(4), 0
    for t in range(1, 201):
        g = spiky(x, t - 1)
        first, second = (b * (1 - b ** (t - 1)) / (1 - b**t) for b in (0.9, 0.99))
        v, u = first * v + (1 - first) * g, second * u + (1 - second) * g**2
        size = np.sqrt(np.mean(g**2 / np.maximum(u, 1e-16)))
        shortened += size > 1
        x = x * (1 - 0.05 * 0.1) - 0.05 / max(1, size) * v / (np.sqrt(u) + 1e-8)
    tx = adamw(0.05, b2=0.99, clip_threshold=1.0, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(tx, START, spiky, 200)[-1], x, atol=1e-10)
    assert 10 <= shortened < 100


def test_a_threshold_that_nothing_reaches_changes_nothing():
    for optimizer in (adam, adamw, nadam, nadamw):
        path = trajectory(optimizer(0.1, clip_threshold=100.0), START, spiky, 60)
        np.testing.assert_allclose(path, trajectory(optimizer(0.1), START, spiky, 60), atol=1e-12)
        assert not np.allclose(path, trajectory(optimizer(0.1, clip_threshold=1.0), START, spiky, 60), atol=1e-3)


def test_each_array_has_a_limit_of_its_own():
    tx, params = adam(0.1, b2=0.99, clip_threshold=1.0), {"calm": jnp.ones(3), "wild": jnp.ones(3)}
    state = tx.init(params)
    for size in (1.0, 1.0, 1.0, 100.0):
        updates, state = tx.update({"calm": jnp.ones(3), "wild": size * jnp.ones(3)}, state, params)
    np.testing.assert_allclose(updates["calm"], -0.1, rtol=1e-5)
    alone = adam(0.1, b2=0.99)
    state = alone.init(params)
    for size in (1.0, 1.0, 1.0, 100.0):
        whole, state = alone.update({"calm": jnp.ones(3), "wild": size * jnp.ones(3)}, state, params)
    rms = 100 / np.sqrt((0.01 * 100**2 + 0.99 * (1 - 0.99**3)) / (1 - 0.99**4))
    np.testing.assert_allclose(updates["wild"], whole["wild"] / rms, rtol=1e-5)


def test_its_limit_is_unknown():
    assert np.isnan(limit(adam(0.1, clip_threshold=1.0)))
    assert limit(adam(0.1)) == pytest.approx(380, rel=1e-5)


def test_bad_thresholds_are_refused():
    for optimizer in (adam, adamw, nadam, nadamw):
        with pytest.raises(ValueError, match="clip_threshold must be finite and > 0, got 0"):
            optimizer(0.1, clip_threshold=0)
