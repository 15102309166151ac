"""Tests of `skip_nonfinite`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws

from lropt_jax import compat
from lropt_jax.optimizers import adam, rprop
from lropt_jax.rates import greedy, plateau
from lropt_jax.schedules import linear
from lropt_jax.wrappers import clip_norm, skip_nonfinite


class TestLaws(WrapperLaws):
    specimen = skip_nonfinite(adam(0.1))


PARAMS = {"w": jnp.array([1.0, -2.0]), "b": jnp.array([0.5])}


@pytest.mark.parametrize("bad", [jnp.nan, jnp.inf, -jnp.inf, 2e19])
def test_a_bad_step_moves_neither_parameters_nor_slots_nor_the_schedule(bad):
    tx = skip_nonfinite(adam(linear(0.1, 10)))
    _, before = tx.update(PARAMS, tx.init(PARAMS), PARAMS)
    grads = {"w": jnp.array([1.0, bad]), "b": jnp.ones(1)}
    updates, after = jax.jit(tx.update)(grads, before, PARAMS)
    assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(updates))
    jax.tree.map(np.testing.assert_array_equal, after.inner, before.inner)
    assert (after.skipped, after.skipped_in_a_row) == (1, 1)


@pytest.mark.parametrize("inner", [adam(0.1), rprop(0.1), optax.adamw(0.1), optax.sgd(0.1, momentum=0.9)])
def test_a_run_with_bad_steps_is_the_run_without_them(inner):
    def run(tx, batches):
        params, state, update = PARAMS, tx.init(PARAMS), jax.jit(tx.update)
        for scale in batches:
            updates, state = update(jax.tree.map(lambda p, s=scale: s * p, params), state, params)
            params = optax.apply_updates(params, updates)
        return params, state

    clean, _ = run(inner, (1.0, -0.5, 2.0, 1.0))
    params, state = run(skip_nonfinite(inner), (1.0, jnp.nan, -0.5, jnp.inf, jnp.nan, 2.0, 1.0))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), params, clean)
    assert (state.skipped, state.skipped_in_a_row) == (3, 0)


def test_a_step_whose_loss_is_nan_is_skipped_whatever_its_gradients_are():
    tx = skip_nonfinite(adam(linear(0.1, 10)))
    update = jax.jit(lambda grads, state, params, value: tx.update(grads, state, params, value=value))
    _, before = update(PARAMS, tx.init(PARAMS), PARAMS, 1.0)
    updates, after = update(PARAMS, before, PARAMS, jnp.nan)
    assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(updates))
    jax.tree.map(np.testing.assert_array_equal, after.inner, before.inner)
    assert (before.skipped, after.skipped) == (0, 1)
    for good in (2.0, 3, jnp.inf, None):
        assert tx.update(PARAMS, before, PARAMS, value=good)[1].skipped == 0


@pytest.mark.parametrize("rate", [plateau(0.1), greedy(0.1), compat.timm.PlateauLRScheduler(0.1)])
def test_a_step_without_a_result_is_not_skipped(rate):
    tx = skip_nonfinite(clip_norm(adam(rate), 1.0))
    updates, state = tx.update(PARAMS, tx.init(PARAMS), PARAMS, value=jnp.nan)
    assert state.skipped == 0
    assert np.all(updates["w"] != 0)


def test_one_nan_poisons_adam_for_ever_without_it():
    tx = adam(0.1)
    _, state = tx.update({"w": jnp.full(2, jnp.nan), "b": jnp.ones(1)}, tx.init(PARAMS), PARAMS)
    for _ in range(20):
        updates, state = tx.update(PARAMS, state, PARAMS)
    assert np.all(np.isnan(updates["w"]))


def test_extra_arguments_reach_the_optimizer():
    seen = []

    def update(grads, state, params=None, *, value, **extra):
        seen.append(value)
        return grads, state

    tx = skip_nonfinite(optax.GradientTransformationExtraArgs(lambda params: (), update))
    tx.update(PARAMS, tx.init(PARAMS), PARAMS, value=3.0)
    assert seen == [3.0]
