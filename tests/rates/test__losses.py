"""Tests of what a loss that is not finite does to a rate."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, lion, sgd
from lropt_jax.rates import Reading, ali_g, gen, line_search, momo, ngn, polyak
from lropt_jax.rates._losses import finite_or_still, gap_to
from lropt_jax.wrappers import skip_nonfinite

RATES = {
    "polyak": polyak(),
    "polyak_most": polyak(0.5),
    "ali_g": ali_g(),
    "ali_g_most": ali_g(0.5),
    "ngn": ngn(0.5),
    "momo": momo(0.5),
    "momo_from_the_first": momo(0.5, bias_correction=False),
    "momo_star": momo(0.5, adapt_minimum=True, weight_decay=0.1),
    "gen": gen(0.1, every=1),
    "line_search": line_search(0.1),
}
X = jnp.array([3.0, 4.0])
BAD = [jnp.nan, jnp.inf, -jnp.inf]


def loss(x):
    return jnp.sum(x**2) / 2


@jax.jit
def step(tx, x, state, value):
    return tx.update(x, state, x, value=value, grad=x, value_fn=loss)


def run(tx, values):
    """Parameters, states and rates of steps on a bowl. None: the true loss."""
    x, state, found = X, tx.init(X), []
    for value in values:
        updates, state = step(tx, x, state, loss(x) if value is None else value)
        x = optax.apply_updates(x, updates)
        found.append(learning_rate(state))
    return x, state, np.array(found)


def test_the_gap_is_never_negative_and_nan_is_none():
    gaps = [gap_to(1.0, Reading(value=value)) for value in (3.0, 0.0, jnp.nan, jnp.inf, -jnp.inf)]
    np.testing.assert_array_equal(gaps, [2, 0, 0, jnp.inf, 0])


def test_a_rate_is_still_where_it_is_not_finite_and_nan_gradients_show():
    rates = jnp.array([0.5, jnp.inf, jnp.nan, jnp.nan])
    np.testing.assert_array_equal(finite_or_still(rates, jnp.array([1.0, 0.0, jnp.inf, jnp.nan])), [0.5, 0, 0, np.nan])


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_a_run_goes_on_after_losses_that_are_not_finite(rate, bad, place):
    for tx in (sgd(rate), adam(rate), sgd(rate, momentum=0.9), skip_nonfinite(sgd(rate))):
        x, state, rates = run(tx, [None] * place + [bad, bad] + [None] * 3)
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((x, state)))
        assert np.all(rates >= 0)


@pytest.mark.parametrize("name", ["polyak", "polyak_most", "ali_g", "ali_g_most", "ngn", "momo", "momo_star"])
def test_nan_is_no_step(name):
    tx = sgd(RATES[name])
    once, state, _ = run(tx, [None])
    twice, after, rates = run(tx, [None, jnp.nan])
    np.testing.assert_array_equal(twice, once)
    jax.tree.map(np.testing.assert_array_equal, after.rate, state.rate)
    assert rates[-1] == 0


@pytest.mark.parametrize(("name", "most"), [("polyak_most", 0.5), ("ali_g_most", 0.5), ("ngn", 0.5), ("momo", 0.5)])
@pytest.mark.parametrize("place", [0, 1])
def test_an_infinite_loss_gives_the_largest_rate(name, most, place):
    assert run(sgd(RATES[name]), [None] * place + [jnp.inf])[2][-1] == np.float32(most)


@pytest.mark.parametrize("name", ["polyak", "ali_g"])
def test_an_infinite_loss_without_a_largest_rate_is_no_step(name):
    assert run(sgd(RATES[name]), [jnp.inf])[2][0] == 0


def test_a_large_loss_gives_the_largest_rate_too():
    for value in (1e37, 1e38, 3e38):
        assert run(sgd(ngn(100.0)), [value])[2][0] == 100


def test_momo_is_after_a_gap_what_it_is_without_it():
    clean, state, rates = run(sgd(momo(0.5)), [None] * 4)
    x, after, others = run(sgd(momo(0.5)), [jnp.nan, None, None, jnp.nan, jnp.nan, None, None, -jnp.inf])
    np.testing.assert_allclose(others[[1, 2, 5, 6]], rates, rtol=1e-6)
    np.testing.assert_allclose(x, clean, rtol=1e-6)
    assert after.rate.losses == state.rate.losses == 4


def test_signs_of_gradients_of_nan_are_not_hidden():
    _, state = lion(polyak()).update(jnp.nan * X, lion(polyak()).init(X), X, value=1.0)
    assert np.isnan(learning_rate(state))
