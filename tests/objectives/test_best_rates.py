"""Tests of the best rates."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import best_multiple, best_rates, last_iterate_bound
from lropt_jax.schedules import cosine, linear, refined

NORMS = np.exp(np.random.default_rng(0).normal(size=200)) * np.linspace(3, 0.5, 200)


def test_the_bound_has_its_known_value_and_linear_comes_near():
    with x64():
        least = 20 * float(last_iterate_bound(best_rates(jnp.ones(400))))
        rates = linear(1.0, 400)(np.arange(400))
        assert least == pytest.approx(2.0037, abs=1e-4)
        assert least < 20 * float(last_iterate_bound(best_multiple(rates) * rates)) < 1.005 * least


@pytest.mark.parametrize("norms", [np.ones(50), NORMS], ids=["equal", "varying"])
def test_the_gradient_of_the_bound_vanishes(norms):
    """All rates are above 0, where this is the whole of the optimality conditions; relative to each rate."""
    with x64():
        rates = best_rates(jnp.asarray(norms), distance=1.7)
        slopes = jax.jit(jax.grad(lambda h: last_iterate_bound(h, gradient_norms=norms, distance=1.7)))(rates)
        assert np.all(rates > 0)
        np.testing.assert_allclose(rates * slopes, np.zeros_like(norms), atol=1e-13)


def test_no_other_rates_are_better():
    rng = np.random.default_rng(1)
    with x64():
        bound = jax.jit(lambda h: last_iterate_bound(h, gradient_norms=NORMS))
        rates = best_rates(jnp.asarray(NORMS))
        for size in (1e-3, 0.1, 1.0, 3.0):
            others = rates * np.exp(size * rng.normal(size=(50, 200)))
            assert np.all(bound(rates) < jax.vmap(bound)(others))


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_refined_schedules_are_not_better(norm):
    with x64():
        shape = jnp.asarray(refined(1.0, NORMS, norm=norm, smoothing=0).rates)[:-1]  # the last one is 0
        norms = jnp.asarray(NORMS[:-1])
        for rates in (shape, linear(1.0, 199)(np.arange(199)), cosine(1.0, 199)(np.arange(199))):
            theirs = best_multiple(rates, gradient_norms=norms) * rates
            assert last_iterate_bound(best_rates(norms), gradient_norms=norms) < last_iterate_bound(
                theirs, gradient_norms=norms
            )


def test_the_recursion_gives_the_least_bound_itself():
    with x64():
        for norms in (np.ones(1), np.ones(30), NORMS):
            least = norms[-1]
            for norm in norms[-2::-1]:
                least = least * np.sqrt(2 * norm / (norm + np.hypot(norm, least)))
            rates = best_rates(jnp.asarray(norms), distance=2.5)
            ours = last_iterate_bound(rates, gradient_norms=jnp.asarray(norms), distance=2.5)
            assert float(ours) == pytest.approx(2.5 * least, rel=1e-12)


def test_rates_go_with_the_distance_and_against_the_norms():
    norms = jnp.asarray(NORMS)
    np.testing.assert_allclose(best_rates(norms, distance=3.0), 3 * best_rates(norms), rtol=1e-6)
    np.testing.assert_allclose(best_rates(4 * norms), best_rates(norms) / 4, rtol=1e-6)
    assert np.all(np.isfinite(best_rates(jnp.full(3, 1e-30))))


def test_ten_thousand_steps_in_float32_are_those_in_float64():
    low = best_rates(jnp.ones(10_000))
    with x64():
        high = best_rates(jnp.ones(10_000))
        assert high.dtype == jnp.float64
    assert low.dtype == jnp.float32
    np.testing.assert_allclose(low, high, rtol=3e-5)


def test_it_can_be_compiled_mapped_and_differentiated():
    norms = jnp.asarray(NORMS, jnp.float32)[:20]
    several = jnp.stack([norms, 2 * norms])
    np.testing.assert_allclose(jax.jit(jax.vmap(best_rates))(several)[1], best_rates(2 * norms), rtol=1e-5)
    least = lambda norms: last_iterate_bound(best_rates(norms), gradient_norms=norms)  # noqa: E731
    slopes = jax.jit(jax.grad(least))(norms)
    assert np.all(slopes > 0)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="^best_rates: gradient_norms must be a sequence of numbers, got "):
        best_rates(jnp.ones(()))
    for shape in ((0,), (2, 2)):
        message = f"best_rates: gradient_norms must have the shape (T,), got {shape}."
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            best_rates(jnp.ones(shape))
    with pytest.raises(ValueError, match="^best_rates: gradient_norms must be finite and > 0, got "):
        best_rates(jnp.array([1.0, 0.0]))
    with pytest.raises(ValueError, match=r"^best_rates: distance must be finite and > 0, got 0\.$"):
        best_rates(jnp.ones(2), distance=0)
