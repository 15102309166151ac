"""Tests of `dadapt_sgd`."""

import jax.numpy as jnp
import numpy as np
import pytest
from distance_laws import DistanceLaws
from trajectories import START, noisy, trajectory

from lropt_jax import learning_rate
from lropt_jax.optimizers import dadapt_sgd, decay, sgd
from lropt_jax.schedules import linear


class TestLaws(DistanceLaws):
    specimen = dadapt_sgd(linear(1.0, 50), momentum=0.8, d0=0.05, growth_limit=1.5, weight_decay=0.05)

    def pace(self, before, after):
        return before.d / after.first_norm if after.first_norm > 0 else 0.0


def reference(steps, momentum, d=1e-3, decay=0.1, total=250):
    """The paper's SGD with D-Adaptation as its authors' program has it, in NumPy; decay is L2."""
    x, s, numerator, first = START.copy(), np.zeros(4), 0.0, None
    for k in range(steps):
        g = noisy(x, k)
        first = np.linalg.norm(g) if first is None else first
        g = g + decay * x
        r = d * (1 - k / total) / first
        numerator += r * g @ s
        s = s + r * g
        d = max(d, 2 * numerator / np.linalg.norm(s))
        x = momentum * x + (1 - momentum) * (START - s)
    return x


@pytest.mark.parametrize("momentum", [None, 0.9])
def test_it_is_the_paper(momentum):
    tx = dadapt_sgd(linear(1.0, 250), momentum=momentum, d0=1e-3, weight_decay=decay(0.1, goes_with="gradients"))
    expected = reference(200, momentum or 0.0)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], expected, atol=1e-10)


def test_once_the_distance_stays_it_is_sgd_at_the_recorded_rate():
    x = jnp.asarray(START, jnp.float32)
    tx = dadapt_sgd(d0=0.5, d_max=0.5, weight_decay=0.1)
    _, state = tx.update(x, tx.init(x), x)
    ours, state = tx.update(0.5 * x, state, x)
    plain = sgd(learning_rate(state), weight_decay=0.1)
    np.testing.assert_allclose(ours, plain.update(0.5 * x, plain.init(x), x)[0], rtol=1e-6)
    np.testing.assert_allclose(learning_rate(state), 0.5 / jnp.linalg.norm(x), rtol=1e-6)


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(dadapt_sgd(d0=1e-2), START, noisy, 30)
    two = trajectory(dadapt_sgd(d0=1e-2), START, lambda x, step: 1e-6 * noisy(x, step), 30)
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_the_first_gradient_is_the_first_that_counts():
    waits = dadapt_sgd(lambda step: jnp.where(step < 2, 0.0, 1.0), momentum=0.5, d0=1e-2)
    ours = trajectory(waits, START, lambda x, step: noisy(x, max(step - 2, 0)) * (1.0 if step >= 2 else 7.0), 20)
    at_once = trajectory(waits.replace(learning_rate=1.0), START, noisy, 18)
    np.testing.assert_allclose(ours[2:], at_once, atol=1e-12)


def test_no_momentum_costs_nothing():
    assert dadapt_sgd().init(jnp.ones(3)).trace is None


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="dadapt_sgd: momentum must be in \\[0, 1\\), got 1.0"):
        dadapt_sgd(momentum=1.0)
    with pytest.raises(TypeError, match="dadapt_sgd: decay_coupling must be given as a part of weight_decay"):
        dadapt_sgd(weight_decay=0.1, decay_coupling="gradients")
    for coupling in ("rate", "gradients"):
        tx = dadapt_sgd(weight_decay=decay(0.1, goes_with=coupling))
        with pytest.raises(ValueError, match="dadapt_sgd: update needs params for weight_decay"):
            tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
