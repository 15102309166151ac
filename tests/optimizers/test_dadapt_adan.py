"""Tests of `dadapt_adan`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from distance_laws import DistanceLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import dadapt_adan
from lropt_jax.schedules import linear


class TestLaws(DistanceLaws):
    specimen = dadapt_adan(linear(1.0, 50), b1=0.9, b3=0.95, d0=0.05, growth_limit=1.5, weight_decay=0.05)


def reference(steps, b1=0.98, b2=0.92, b3=0.99, eps=1e-8, d=1e-3, decay=0.1, total=250):
    """The authors' program with `no_prox=True`, in NumPy."""
    x, m, c, v, s, squares, previous = START.copy(), *np.zeros((4, 4)), 0.0, None
    for k in range(steps):
        g = noisy(x, k)
        r, change = d * (1 - k / total), 0 * g if previous is None else g - previous
        m, c = b1 * m + (1 - b1) * r * g, b2 * c + (1 - b2) * r * change
        v, previous = b3 * v + (1 - b3) * (g + b2 * change) ** 2, g
        scale = np.sqrt(v) + eps
        s = b3 * s + (1 - b3) * r * g
        squares = b3 * squares + (1 - b3) * r**2 * np.sum(g**2 / scale)
        d = max(d, (np.sum(s**2 / scale) / (1 - b3) - squares) / np.abs(s).sum())
        x = x * (1 - r * decay) - (m + b2 * c) / scale
    return x


def test_it_is_the_authors_program():
    tx = dadapt_adan(linear(1.0, 250), d0=1e-3, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], reference(200), atol=1e-10)


def test_a_warmup_from_0_leaves_no_change_behind():
    """The first gradient that counts has no predecessor, whatever came while the rate was 0."""
    tx = dadapt_adan(lambda step: jnp.where(step < 1, 0.0, 1.0), d0=1e-2)
    state = tx.update(jnp.full(2, 5.0), tx.init(jnp.ones(2)))[1]
    assert np.all(tx.update(jnp.ones(2), state)[1].change == 0)


def test_the_gradient_that_it_remembers_is_a_copy():
    tx, grads = dadapt_adan(), jnp.ones(3)
    for update in (tx.update, jax.jit(tx.update)):
        _, state = update(grads, tx.init(grads))
        assert state.previous.unsafe_buffer_pointer() != grads.unsafe_buffer_pointer()


def test_bad_arguments_are_refused():
    for name in ("b1", "b2", "b3"):
        with pytest.raises(ValueError, match=f"dadapt_adan: {name} must be in \\[0, 1\\), got 1.0"):
            dadapt_adan(**{name: 1.0})
    with pytest.raises(ValueError, match="dadapt_adan: eps must be finite and >= 0, got -1"):
        dadapt_adan(eps=-1)
