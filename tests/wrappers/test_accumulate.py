"""Tests of `accumulate`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear, piecewise
from lropt_jax.wrappers import accumulate


class TestLaws(WrapperLaws):
    specimen = accumulate(adam(0.1), steps=1)


class TestLawsOfTwo(WrapperLaws):
    specimen = accumulate(sgd(0.1, momentum=0.5), steps=2)

    def test_the_rate_inside_can_be_read(self):
        tx = accumulate(sgd(linear(0.1, 10)), steps=2)
        assert learning_rate(tx.init(jnp.ones(2))) == pytest.approx(0.1)


def test_the_optimizer_steps_with_the_mean_and_counts_its_own_steps():
    tx, alone, params = accumulate(adam(linear(0.1, 5)), steps=3), adam(linear(0.1, 5)), jnp.array([1.0, -2.0])
    state, expected_state = tx.init(params), alone.init(params)
    update, alone_update = jax.jit(tx.update), jax.jit(alone.update)
    for step in range(4):
        grads = np.random.default_rng(step).normal(size=(3, 2)).astype(np.float32)
        for place in range(3):
            updates, state = update(jnp.asarray(grads[place]), state, params)
            assert np.any(updates != 0) == (place == 2)
        expected, expected_state = alone_update(jnp.asarray(grads.mean(0)), expected_state, params)
        np.testing.assert_allclose(updates, expected, rtol=1e-5)
        assert state.inner.count == step + 1
        assert learning_rate(state) == linear(0.1, 5)(step)


def test_it_is_optax_multi_steps():
    ours, theirs = accumulate(optax.adam(0.1), steps=4), optax.MultiSteps(optax.adam(0.1), 4).gradient_transformation()
    params, states = jnp.ones(3), [tx.init(jnp.ones(3)) for tx in (ours, theirs)]
    for step in range(9):
        grads = jnp.asarray(np.random.default_rng(step).normal(size=3), jnp.float32)
        (one, states[0]), (two, states[1]) = (
            tx.update(grads, s, params) for tx, s in zip((ours, theirs), states, strict=True)
        )
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-7)


def test_under_a_schedule_of_the_steps_made_it_is_optax_multi_steps():
    every = piecewise((1, 3, 2), (2, 4))
    ours = accumulate(optax.adam(0.1), steps=every)
    theirs = optax.MultiSteps(optax.adam(0.1), lambda step: every(step).astype(jnp.int32)).gradient_transformation()
    params, states, stepped = jnp.ones(3), [tx.init(jnp.ones(3)) for tx in (ours, theirs)], []
    updates = [jax.jit(tx.update) for tx in (ours, theirs)]
    for call in range(14):
        grads = jnp.asarray(np.random.default_rng(call).normal(size=3), jnp.float32)
        (one, states[0]), (two, states[1]) = (u(grads, s, params) for u, s in zip(updates, states, strict=True))
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-7)
        stepped.append(bool(np.any(one != 0)))
    assert np.flatnonzero(stepped).tolist() == [0, 1, 4, 7, 9, 11, 13]
    assert (states[0].updates_made, states[0].gathered) == (7, 0)


def test_small_gradients_are_not_lost_in_bf16():
    tx, params = accumulate(sgd(1.0), steps=257), jnp.zeros(1, jnp.bfloat16)
    state = tx.init(params)
    update = jax.jit(tx.update)
    for _ in range(257):
        updates, state = update(jnp.ones(1, jnp.bfloat16), state, params)
    assert updates == -1


def test_another_number_of_steps_compiles_nothing():
    traces = []
    step = jax.jit(lambda tx, state: (traces.append(tx), tx.update(jnp.ones(2), state, jnp.ones(2)))[1])
    for steps in (1, 2, 5):
        tx = accumulate(sgd(0.1), steps=steps)
        step(tx, tx.init(jnp.ones(2)))
    assert len(traces) == 1


def test_bad_arguments_are_refused():
    for steps in (0, 2.5):
        with pytest.raises(ValueError, match=f"accumulate: steps must be a whole number >= 1, got {steps}"):
            accumulate(sgd(0.1), steps=steps)


def test_parts_of_a_call_in_a_schedule_count_as_a_whole_one():
    tx, params, seen = accumulate(sgd(1.0), steps=lambda made: 2.5), jnp.zeros(1), []
    state = tx.init(params)
    for _ in range(6):
        updates, state = tx.update(jnp.ones(1), state, params)
        seen.append(float(updates[0]))
    np.testing.assert_allclose(seen, [0, 0, -1, 0, 0, -1], rtol=1e-6)
