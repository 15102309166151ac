"""Tests of the last-iterate bound."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import best_multiple, last_iterate_bound
from lropt_jax.schedules import constant, cooldown, cosine, linear

T = 400


@pytest.mark.parametrize(
    ("schedule", "figure"),
    [(linear(1.0, T), 2.0126), (cosine(1.0, T), 2.0677), (cooldown(1.0, 320, 80), 2.1865), (constant(1.0), 2.7509)],
)
def test_the_bound_at_the_best_multiple_has_its_known_value(schedule, figure):
    with x64():
        rates = schedule(np.arange(T))
        assert np.sqrt(T) * float(last_iterate_bound(best_multiple(rates) * rates)) == pytest.approx(figure, abs=1e-4)


def test_it_is_the_theorem_written_out():
    rng = np.random.default_rng(0)
    h, norms, distance = rng.uniform(0.1, 1, 7), rng.uniform(0.5, 2, 7), 1.7
    bound = (distance**2 + np.sum(h**2 * norms**2)) / (2 * np.sum(h))
    for k in range(6):
        bound += h[k] / np.sum(h[k + 1 :]) * np.sum(h[k:] ** 2 * norms[k:] ** 2) / np.sum(h[k:]) / 2
    with x64():
        ours = last_iterate_bound(jnp.array(h), gradient_norms=jnp.array(norms), distance=distance)
    assert float(ours) == pytest.approx(bound, rel=1e-12)


def test_no_other_multiple_is_better():
    with x64():
        rates = cosine(1.0, 50)(np.arange(50))
        best = best_multiple(rates, gradient_norms=2.0, distance=3.0)

        @jax.jit
        def bound(multiple):
            return last_iterate_bound(multiple * rates, gradient_norms=2.0, distance=3.0)

        assert float(jax.jit(jax.grad(bound))(best)) == pytest.approx(0, abs=1e-12)
        assert bound(best) < min(bound(0.9 * best), bound(1.1 * best))


def test_it_holds_for_subgradient_descent_on_the_absolute_value():
    """Run on f(x) = |x|, G = 1, from distance 1: the last gap is below the bound for every schedule."""
    for schedule in (linear(0.1, 100), cosine(0.1, 100), constant(0.1)):
        rates = np.asarray(schedule(np.arange(100)))
        x = 1.0
        for rate in rates[:-1]:
            x = x - rate * np.sign(x)
        assert abs(x) <= float(last_iterate_bound(jnp.asarray(rates)))


def test_what_is_no_list_is_refused():
    for bad in (jnp.float32(0.1), jnp.ones((2, 2)), jnp.ones(0)):
        with pytest.raises(ValueError, match=r"last_iterate_bound: rates must have the shape \(T,\), got"):
            last_iterate_bound(bad)
