"""Tests of `stochastic_rounding`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws

from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import stochastic_rounding


class TestLaws(WrapperLaws):
    specimen = stochastic_rounding(adam(0.1), seed=1)

    def test_low_precision_gives_the_float32_update_rounded_once(self):
        """Both neighbours of the float32 sum are right; the updates' own rounding may add to that."""
        for dtype in (jnp.bfloat16, jnp.float16):
            low = self.tree(dtype)
            high = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), low)
            grads = self.grads(low, 0)
            updates, _ = self.specimen.update(grads, self.specimen.init(low), low)
            wide, _ = adam(0.1).update(jax.tree.map(lambda g: g.astype(jnp.float32), grads), adam(0.1).init(high))
            for name in ("w", "b"):
                exact, rounded = high[name] + wide[name], (low[name] + updates[name]).astype(jnp.float32)
                step = float(jnp.finfo(dtype).eps) * (np.abs(exact) + np.abs(wide[name]))
                assert np.all(np.abs(rounded - exact) <= step)

    def test_copies_are_equal_and_hash_alike_and_changed_ones_differ(self):
        assert self.specimen == stochastic_rounding(adam(0.1), seed=1)
        assert self.specimen != self.specimen.replace(seed=2)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
@pytest.mark.parametrize("start", [1.0, -1.0, 1e-3])
def test_the_mean_of_the_updates_is_the_exact_one(dtype, start):
    params = jnp.full(200_000, start, dtype)
    tx = stochastic_rounding(sgd(0.3 * float(jnp.finfo(dtype).eps) * abs(start)))
    updates, _ = jax.jit(tx.update)(jnp.ones_like(params), tx.init(params), params)
    moved = np.asarray(optax.apply_updates(params, updates), np.float64)
    assert len(np.unique(moved)) == 2
    exact = float(params[0]) - float(tx.optimizer.learning_rate)
    assert abs(np.mean(moved) - exact) < 5 * np.std(moved) / np.sqrt(moved.size)


def test_a_sum_that_the_dtype_holds_is_exact():
    params = jnp.full(1000, 1.0, jnp.bfloat16)
    tx = stochastic_rounding(sgd(0.25))
    updates, _ = tx.update(params, tx.init(params), params)
    np.testing.assert_array_equal(optax.apply_updates(params, updates), jnp.full(1000, 0.75, jnp.bfloat16))


def test_the_seed_decides_and_every_update_rounds_anew():
    params = jnp.ones(1000, jnp.bfloat16)
    one, same, other = (stochastic_rounding(sgd(1e-3), seed=seed) for seed in (1, 1, 2))
    updates, state = one.update(params, one.init(params), params)
    np.testing.assert_array_equal(updates, same.update(params, same.init(params), params)[0])
    assert np.any(updates != other.update(params, other.init(params), params)[0])
    assert np.any(updates != one.update(params, state, params)[0])


def test_wide_parameters_get_the_updates_as_they_are():
    params = jnp.ones(3)
    tx = stochastic_rounding(sgd(1e-3))
    np.testing.assert_array_equal(
        tx.update(params, tx.init(params), params)[0], sgd(1e-3).update(params, sgd(1e-3).init(params))[0]
    )


def test_a_seed_that_is_not_whole_is_refused():
    for seed in (0.5, float("inf")):
        with pytest.raises(ValueError, match=f"stochastic_rounding: seed must be a whole number, got {seed}"):
            stochastic_rounding(sgd(0.1), seed=seed)
    assert stochastic_rounding(sgd(0.1), seed=-3).seed == -3


def test_params_are_needed():
    tx = stochastic_rounding(sgd(0.1))
    with pytest.raises(ValueError, match="stochastic_rounding: update needs params; call tx.update"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))


def test_whole_numbers_are_left_to_the_optimizer():
    tx, params = stochastic_rounding(sgd(0.1)), {"w": jnp.ones(2, jnp.bfloat16), "step": jnp.array(3)}
    grads = {"w": jnp.zeros(2, jnp.bfloat16), "step": jnp.array(0)}
    updates, state = tx.update(grads, tx.init(params), params)
    assert updates["step"] == 0
    assert state.updates_made == 1
