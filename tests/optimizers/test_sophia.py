"""Tests of `sophia`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from laws import OptimizerLaws, x64
from osc_peer import assert_osc, hessians
from trajectories import START, noisy

from lropt_jax.objectives import hutchinson
from lropt_jax.optimizers import sophia
from lropt_jax.problems import least_squares, solve
from lropt_jax.schedules import linear
from lropt_jax.wrappers import clip_norm, groups


class TestLaws(OptimizerLaws):
    shaping = ("seed",)
    specimen = sophia(linear(0.1, 50), b1=0.8, b2=0.95, gamma=0.1, eps=1e-2, weight_decay=0.05)


class TestLawsWithoutACut(OptimizerLaws):
    shaping = ("seed",)
    specimen = sophia(0.1, clip=None, eps=0.5, bias_correction=True)


def curvature(step):
    """An estimate, some of which are negative."""
    return np.random.default_rng(10_000 + step).normal(size=4) * [1, 10, 100, 1000] + [1, 10, 100, 0]


def run(tx, steps, feed):
    with x64():
        x, update = jnp.asarray(START), jax.jit(tx.update)
        state = tx.init(x)
        for step in range(steps):
            updates, state = update(jnp.asarray(noisy(np.asarray(x), step)), state, x, **feed(step))
            x = x + updates
        return np.asarray(x), state


def test_it_is_the_paper():
    x, m, h = START.copy(), np.zeros(4), np.zeros(4)
    for step in range(200):
        m = 0.9 * m + 0.1 * noisy(x, step)
        if step % 10 == 0:
            h = 0.8 * h + 0.2 * curvature(step)
        x = x - 0.05 * (np.clip(m / np.maximum(0.1 * h, 1e-12), -0.7, 0.7) + 0.1 * x)
    tx = sophia(0.05, b1=0.9, b2=0.8, gamma=0.1, clip=0.7, weight_decay=0.1)
    ours, _ = run(tx, 200, lambda step: {"hessian": jnp.asarray(curvature(step))} if step % 10 == 0 else {})
    np.testing.assert_allclose(ours, x, atol=1e-10)


def test_it_is_optax_sophia_which_uses_an_estimate_one_update_later():
    def estimates():
        def update(grads, state, params=None, *, fed, **extra):
            return fed, state

        return optax.GradientTransformationExtraArgs(lambda params: (), update)

    theirs = optax.contrib.sophia(0.05, gamma=0.1, update_interval=5, weight_decay=0.1, hessian_diagonal_fn=estimates())
    expected, _ = run(theirs, 60, lambda step: {"fed": jnp.asarray(curvature(step))})
    tx = sophia(0.05, gamma=0.1, eps=1e-8, bias_correction=True, weight_decay=0.1)
    ours, _ = run(tx, 60, lambda step: {"hessian": jnp.asarray(curvature(step - 1))} if step % 5 == 1 else {})
    np.testing.assert_allclose(ours, expected, atol=1e-10)


def test_a_function_is_called_every_few_updates_in_one_program():
    tx, x = sophia(0.1, b2=0.5, every=3), jnp.ones(2)

    @jax.jit
    def path(x):
        def body(carry, step):
            x, state = carry
            updates, state = tx.update(x, state, x, hessian=lambda at: jnp.full_like(at, step + 1.0))
            return (x + updates, state), state.nu[0]

        return jax.lax.scan(body, (x, tx.init(x)), jnp.arange(7))[1]

    np.testing.assert_allclose(path(x), [0.5, 0.5, 0.5, 2.25, 2.25, 2.25, 4.625])


def test_it_makes_estimates_itself_from_the_loss_that_solve_gives():
    problem = least_squares(curvatures=(0.1, 1.0, 10.0), noise=0.0)
    tx = sophia(0.1, b1=0.9, b2=0.9, gamma=1.0, estimate="hutchinson", every=2)
    found = solve(problem, tx, jax.random.key(0), 200)
    plain = solve(problem, tx.replace(estimate="given"), jax.random.key(0), 200)
    assert np.all(found.optimizer_state.nu > 0.01)
    assert np.all(plain.optimizer_state.nu == 0)
    assert problem.judge(found.params, found.state) < 0.1 * problem.judge(plain.params, plain.state)


def test_other_seeds_draw_other_signs_and_each_estimate_draws_new_ones():
    def loss(x):
        return jnp.sum(jnp.cumsum(x) ** 2)

    def kept(seed, steps):
        tx, x = sophia(0.1, b2=0.0, every=1, estimate="hutchinson", seed=seed), jnp.ones(40)
        state = tx.init(x)
        for _ in range(steps):
            _, state = tx.update(x, state, x, value_fn=loss)
        return np.asarray(state.nu)

    assert np.array_equal(kept(0, 1), kept(0, 1))
    assert not np.array_equal(kept(0, 1), kept(1, 1))
    assert not np.array_equal(kept(0, 1), kept(0, 2))


def test_wrappers_and_groups_hand_on_what_it_reads():
    params = {"a": jnp.ones(2), "b": jnp.ones(3)}

    def loss(p):
        return jnp.sum(p["a"] ** 2) + jnp.sum(p["b"] ** 4)

    def estimate(p):
        return hutchinson(loss, p, jax.random.key(0))

    tx = clip_norm(sophia(0.1, b2=0.0), max_norm=1.0)
    _, state = tx.update(params, tx.init(params), params, hessian=estimate)
    np.testing.assert_allclose(state.inner.nu["b"], 12)
    tx = groups({"a": sophia(0.1, b2=0.0), "*": sophia(0.1)})
    _, state = tx.update(params, tx.init(params), params, hessian=estimate(params))
    kept = jax.tree.leaves(optax.tree.get_all_with_path(state, "nu"))
    assert sorted(float(leaf[0]) for leaf in kept if np.ndim(leaf)) == [pytest.approx(0.12), 2.0]


def test_it_is_pytorch_optimizers_sophia_with_a_hessian_from_outside():
    tx = sophia(0.05, b1=0.9, b2=0.8, gamma=1.0, clip=0.7)
    case = optimizer_cases("SophiaH", "pytorch_optimizer")["given"]
    assert_osc(tx, case, more=lambda t: {"hessian": lambda params: hessians(t)})


def test_what_it_needs_is_asked_for():
    x = jnp.ones(2)
    with pytest.raises(ValueError, match="sophia: every must be a whole number >= 1, got 0"):
        sophia(0.1, every=0)
    tx = sophia(0.1)
    with pytest.raises(ValueError, match="sophia: hessian must be a tree like the parameters, .* got"):
        tx.update(x, tx.init(x), x, hessian=jnp.ones(3))
    with pytest.raises(ValueError, match="sophia: update needs params for the estimate of the Hessian"):
        tx.update(x, tx.init(x), hessian=lambda x: x)
    tx = sophia(0.1, estimate="hutchinson")
    with pytest.raises(ValueError, match="sophia: update needs value_fn, the loss as a function of the parameters"):
        tx.update(x, tx.init(x), x)
