"""Tests of `skip_nonfinite`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws

from lropt_jax import chain, compat
from lropt_jax._core.state import states_of
from lropt_jax.optimizers import adam, rprop
from lropt_jax.optimizers._moments import AdamState
from lropt_jax.rates import ali_g, greedy, momo, ngn, plateau, polyak
from lropt_jax.schedules import linear
from lropt_jax.wrappers import accumulate, clip_norm, multiply, recover, skip_nonfinite


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


LOSS_RATES = {"polyak": polyak(0.5), "ali_g": ali_g(0.5), "ngn": ngn(0.5), "momo": momo(0.5)}
PLACES = {
    "alone": lambda tx: skip_nonfinite(tx),
    "in a chain": lambda tx: chain(optax.identity(), skip_nonfinite(tx)),
    "around a chain": lambda tx: skip_nonfinite(chain(optax.identity(), tx)),
    "in Optax's chain": lambda tx: optax.chain(skip_nonfinite(tx), optax.identity()),
    "in accumulate": lambda tx: accumulate(skip_nonfinite(tx), 1),
    "around accumulate": lambda tx: skip_nonfinite(accumulate(tx, 1)),
    "in multiply": lambda tx: multiply(skip_nonfinite(tx), {"w": 0.5}),
    "in recover": lambda tx: skip_nonfinite(recover(tx)),
}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("rate", LOSS_RATES)
def test_a_rate_that_reads_the_loss_never_sees_one_of_nan(rate, place):
    """The run with two losses of NaN is the run without these steps, in parameters and in every slot of the rate."""
    tx = PLACES[place](adam(LOSS_RATES[rate]))

    def body(carry, given):
        (params, state), (scale, value) = carry, given
        updates, state = tx.update(jax.tree.map(lambda p: scale * p, params), state, params, value=value)
        return (optax.apply_updates(params, updates), state), None

    def run(scales, values):
        return jax.lax.scan(body, (PARAMS, tx.init(PARAMS)), (jnp.array(scales), jnp.array(values)))[0]

    clean, expected = jax.jit(run)([1.0, 0.5, 2.0, 1.0, 1.0], [3.0, 2.0, 2.5, 1.0, 0.5])
    params, state = jax.jit(run)([1.0, 1.0, 0.5, 2.0, 9.0, 1.0, 1.0], [3.0, jnp.nan, 2.0, 2.5, jnp.nan, 1.0, 0.5])
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), params, clean)
    ours, theirs = (states_of(AdamState, each)[0] for each in (state, expected))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-12), ours, theirs)


@pytest.mark.parametrize("rate", LOSS_RATES)
def test_one_of_several_accumulated_losses_may_be_nan(rate):
    """Around `accumulate` a call whose loss is NaN is left out of the mean; inside, the step that it makes is."""
    calls = [(1.0, 3.0), (1.0, jnp.nan), (2.0, 2.0), (1.0, 2.0), (1.0, 1.0)]
    for tx, made in (
        (skip_nonfinite(accumulate(adam(LOSS_RATES[rate]), 2)), 2),
        (accumulate(skip_nonfinite(adam(LOSS_RATES[rate])), 2), 1),
    ):
        params, state = PARAMS, tx.init(PARAMS)
        for scale, value in calls:
            updates, state = tx.update(jax.tree.map(lambda p, s=scale: s * p, params), state, params, value=value)
            params = optax.apply_updates(params, updates)
        assert states_of(AdamState, state)[0].count == made
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((params, state)))


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
