"""Tests of `line_search`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws, as_floats, x64

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.rates import line_search

START = np.array([-1.2, 1.0, 0.5])


class TestLaws(RateLaws):
    rate = line_search(0.5, decrease_factor=0.7, ceiling=2.0)
    lanes = 3

    def test_gradients_through_a_run_are_finite_for_every_number(self):
        """And 0: the rates found count as given numbers."""
        gradient = jax.grad(lambda tx: jnp.sum(self.run(tx, self.tree(), 3)[0]["w"]))(as_floats(self.specimen))
        assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(gradient))


def rosenbrock(x):
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def run(tx, steps, loss=rosenbrock):
    """Parameters along a run in float64, and the last state."""
    with x64():
        x = jnp.asarray(START)
        state, path = tx.init(x), []

        @jax.jit
        def step(x, state):
            value, g = jax.value_and_grad(loss)(x)
            updates, state = tx.update(g, state, x, value=value, grad=g, value_fn=loss)
            return x + updates, state

        for _ in range(steps):
            x, state = step(x, state)
            path.append(np.asarray(x))
    return np.array(path), state


SEARCHES = {
    "backtracking": (
        line_search(ceiling=1.0, search_steps=30),
        optax.scale_by_backtracking_linesearch(max_backtracking_steps=30),
    ),
    "zoom": (line_search(method="zoom", search_steps=30), optax.scale_by_zoom_linesearch(max_linesearch_steps=30)),
}


@pytest.mark.parametrize("method", SEARCHES)
def test_it_is_optax_search_along_the_gradient_and_along_adam(method):
    ours, theirs = SEARCHES[method]
    for direction, peer in ((sgd, optax.sgd), (adam, optax.adam)):
        steps = 100 if direction is sgd else 5
        expected, _ = run(optax.chain(peer(1.0), theirs), steps)
        np.testing.assert_allclose(run(direction(ours), steps)[0], expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("method", SEARCHES)
def test_the_loss_never_goes_up(method):
    path, _ = run(sgd(SEARCHES[method][0]), 100)
    losses = np.array([rosenbrock(x) for x in path])
    assert np.all(np.diff(losses) <= 1e-6)
    assert losses[-1] < rosenbrock(START) / 10


def test_the_rate_found_decreases_the_loss_as_armijo_asks():
    with x64():
        x = jnp.asarray(START)
        tx = sgd(line_search(slope_rtol=0.3, decrease_factor=0.5))
        g = jax.grad(rosenbrock)(x)
        _, state = tx.update(g, tx.init(x), x, value=rosenbrock(x), value_fn=rosenbrock)
        rate = learning_rate(state)
        promised = lambda rate: rosenbrock(x) - 0.3 * rate * g @ g  # noqa: E731
        assert rosenbrock(x - rate * g) <= promised(rate)
        assert rosenbrock(x - 2 * rate * g) > promised(2 * rate)
        assert rate == 1.5 * 0.5 ** (int(state.rate.trials) - 1)


def test_one_failed_search_does_not_stop_all_later_ones():
    tx, x = sgd(line_search(search_steps=5)), jnp.ones(2)
    bad = lambda p: jnp.where(jnp.all(p == x), 1.0, jnp.nan)  # noqa: E731
    _, state = tx.update(x, tx.init(x), x, value=1.0, value_fn=bad)
    assert learning_rate(state) == 0
    loss = lambda p: jnp.sum(p**2) / 2  # noqa: E731
    updates, _ = tx.update(x, state, x, value=loss(x), value_fn=loss)
    np.testing.assert_allclose(updates, -1.5 * x, rtol=1e-6)


def test_a_loss_that_is_nan_is_not_hidden():
    tx, x = sgd(line_search()), jnp.ones(2)
    loss = lambda p: jnp.sum(p) * jnp.nan  # noqa: E731
    updates, _ = tx.update(x * jnp.nan, tx.init(x), x, value=loss(x), value_fn=loss)
    assert np.all(np.isnan(updates))


def test_gradients_go_through_a_solve_whose_noise_depends_on_them():
    problem = Problem(
        lambda key: (jnp.ones(2), jnp.zeros(2)),
        lambda x, last, key: (x - 0.1 * last, x, jnp.sum((x - 0.1 * last) ** 2) / 2),
    )
    slope = jax.grad(lambda rate: jnp.sum(solve(problem, sgd(line_search(rate)), jax.random.key(0), 5).params))(0.3)
    assert slope == 0


def test_bad_use_is_refused():
    for call, message in {
        lambda: line_search(method="exact"): "line_search: method must be one of backtracking, zoom, got 'exact'",
        lambda: line_search(first=0): "line_search: first must be finite and > 0, got 0",
        lambda: line_search(search_steps=0): "line_search: search_steps must be a whole number >= 1, got 0",
        lambda: line_search(decrease_factor=1.0): r"line_search: decrease_factor must be in \(0, 1\), got 1.0",
        lambda: line_search(curv_rtol=0.5): "line_search: curv_rtol must be None with method='backtracking', got 0.5",
        lambda: line_search(
            method="zoom", decrease_factor=0.5
        ): "line_search: decrease_factor must be None with method='zoom', got 0.5",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
    tx, x = sgd(line_search()), jnp.ones(1)
    with pytest.raises(ValueError, match="line_search: update needs value; call tx.update"):
        tx.update(x, tx.init(x), x, value_fn=rosenbrock)
    with pytest.raises(ValueError, match="line_search: update needs value_fn; call tx.update"):
        tx.update(x, tx.init(x), x, value=1.0)
