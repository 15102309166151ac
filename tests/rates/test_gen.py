"""Tests of `gen`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import RateLaws, x64

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.rates import gen

CURVATURES = np.array([1.0, 2.0, 5.0, 9.0])
START = np.array([2.0, -1.5, 0.3, 1.0])


class TestLaws(RateLaws):
    rate = gen(0.3, every=2, smoothing=0.9)


def bowl(x):
    return jnp.sum(CURVATURES * x**2) / 2 + jnp.sum(x**4) / 4


def rates(rate, steps, with_value=True):
    """The rates along a run and where it ended."""
    tx, x, found = sgd(rate), jnp.asarray(START, float), []
    state = tx.init(x)

    @jax.jit
    def step(x, state):
        value, g = jax.value_and_grad(bowl)(x)
        updates, state = tx.update(g, state, x, value_fn=bowl, **({"value": value} if with_value else {}))
        return x + updates, state

    for _ in range(steps):
        x, state = step(x, state)
        found.append(learning_rate(state))
    return np.array(found), np.array(x)


def paper(steps, first, every, smoothing, growth):
    """The rule of 2407.02772, and the limits of the authors' program."""
    x, rate, found = START.copy(), first, []
    loss = lambda x: np.sum(CURVATURES * x**2) / 2 + np.sum(x**4) / 4  # noqa: E731
    for step in range(steps):
        g = CURVATURES * x + x**3
        if (step + 1) % every == 0:
            ahead, here, back = loss(x - rate * g), loss(x), loss(x + rate * g)
            best = rate / 2 * (back - ahead) / (back - 2 * here + ahead)
            if back > ahead and back - 2 * here + ahead > 0:
                if growth is not None:
                    best = max(min(best, rate * growth), rate / growth)
                rate = smoothing * rate + (1 - smoothing) * best
        x = x - rate * g
        found.append(rate)
    return np.array(found), x


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize(("smoothing", "growth"), [(0.9, 2.0), (0.5, None)])
def test_it_is_the_paper(every, smoothing, growth):
    with x64():
        ours = rates(gen(1e-2, every=every, smoothing=smoothing, growth=growth), 40)
    expected = paper(40, 1e-2, every, smoothing, growth)
    np.testing.assert_allclose(ours[0], expected[0], atol=1e-10)
    np.testing.assert_allclose(ours[1], expected[1], atol=1e-10)


def test_on_a_parabola_one_fit_finds_newtons_step_along_any_direction():
    with x64():
        loss = lambda x: jnp.sum(CURVATURES * x**2) / 2  # noqa: E731
        x = jnp.asarray(START)
        for tx in (sgd(gen(0.1, every=1, smoothing=0.0, growth=None)),
                   adam(gen(0.1, every=1, smoothing=0.0, growth=None))):  # fmt: skip
            g = CURVATURES * START
            updates, state = tx.update(jnp.asarray(g), tx.init(x), x, value_fn=loss)
            d = -np.asarray(updates) / learning_rate(state)
            np.testing.assert_allclose(learning_rate(state), g @ d / (d @ (CURVATURES * d)), rtol=1e-9)


def test_the_loss_at_the_start_may_come_as_value_or_be_computed():
    with x64():
        np.testing.assert_allclose(rates(gen(1e-2), 30)[0], rates(gen(1e-2), 30, with_value=False)[0], rtol=1e-12)


def test_between_fits_no_loss_is_computed():
    calls = []

    def counted(x):
        jax.debug.callback(lambda: calls.append(1))
        return jnp.sum(x**2)

    tx, x = sgd(gen(0.1, every=4)), jnp.ones(2)
    update = jax.jit(lambda state: tx.update(2 * x, state, x, value=jnp.sum(x**2), value_fn=counted)[1])
    state = tx.init(x)
    for _ in range(8):
        state = update(state)
    jax.effects_barrier()
    assert len(calls) == 4  # two fits of two losses


def test_uphill_and_on_a_ridge_the_rate_stays():
    tx, x = sgd(gen(0.1, every=1, smoothing=0.0)), jnp.ones(2)
    for loss, g in ((lambda x: jnp.sum(x**2), -2 * x), (lambda x: -jnp.sum(x**2), -2 * x)):
        _, state = tx.update(g, tx.init(x), x, value_fn=loss)
        assert learning_rate(state) == np.float32(0.1)


def test_solve_feeds_it():
    problem = Problem(
        lambda key: (jnp.asarray(START, jnp.float32), ()), lambda x, s, k: (jax.grad(bowl)(x), s, bowl(x))
    )
    solution = solve(problem, sgd(gen(1e-4, every=1, smoothing=0.5)), jax.random.key(0), 100)
    assert solution.values[-1] < 1e-6


def test_bad_use_is_refused():
    with pytest.raises(ValueError, match="gen: first must be finite and > 0, got 0"):
        gen(0)
    with pytest.raises(ValueError, match="gen: every must be a whole number >= 1, got 0"):
        gen(every=0)
    with pytest.raises(ValueError, match="gen: smoothing must be in \\[0, 1\\), got 1.0"):
        gen(smoothing=1.0)
    with pytest.raises(ValueError, match="gen: growth must be finite and >= 1, got 0.5"):
        gen(growth=0.5)
    tx = sgd(gen())
    with pytest.raises(ValueError, match="gen: update needs params"):
        tx.update(jnp.ones(1), tx.init(jnp.ones(1)), value_fn=bowl)
    with pytest.raises(ValueError, match="gen: update needs value_fn; call tx.update"):
        tx.update(jnp.ones(1), tx.init(jnp.ones(1)), jnp.ones(1))
