"""Tests of `master_weights`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws

from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import master_weights


class TestLaws(WrapperLaws):
    specimen = master_weights(adam(0.1))

    def test_low_precision_gives_the_float32_update_rounded_once(self):
        """The parameters are the copy, rounded: that is what it is for."""
        for dtype in (jnp.bfloat16, jnp.float16):
            low = self.tree(dtype)
            high = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), low)
            (params, state), (exact, _) = self.run(self.specimen, low, 1), self.run(adam(0.1), high, 1)
            jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=2e-3), state.master, exact)
            jax.tree.map(lambda a, b: np.testing.assert_array_equal(a, b.astype(a.dtype)), params, state.master)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_a_thousand_small_updates_arrive(dtype):
    def run(tx, dtype):
        params = jnp.full(3, 1.0, dtype)

        def body(carry, _):
            params, state = carry
            updates, state = tx.update(jnp.ones(3, dtype), state, params)
            return (optax.apply_updates(params, updates), state), None

        return jax.lax.scan(body, (params, tx.init(params)), length=1000)[0][0]

    np.testing.assert_array_equal(run(sgd(1e-4), dtype), jnp.ones(3, dtype))
    kept = run(master_weights(sgd(1e-4)), dtype)
    np.testing.assert_array_equal(kept, jnp.asarray(run(sgd(1e-4), jnp.float32), dtype))


def test_wide_parameters_have_no_copy():
    params = {"low": jnp.ones(2, jnp.bfloat16), "wide": jnp.ones(2)}
    state = master_weights(adam(0.1)).init(params)
    assert state.master["wide"] is None
    assert state.master["low"].dtype == jnp.float32


def test_params_are_needed():
    tx = master_weights(sgd(0.1))
    with pytest.raises(ValueError, match="master_weights: update needs params; call tx.update"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))


def test_whole_numbers_are_left_to_the_optimizer():
    tx, params = master_weights(sgd(0.1)), {"w": jnp.ones(2, jnp.bfloat16), "step": jnp.array(3)}
    grads = {"w": jnp.zeros(2, jnp.bfloat16), "step": jnp.array(0)}
    updates, state = tx.update(grads, tx.init(params), params)
    assert updates["step"] == 0
    assert state.master["step"] is None
