"""Tests of `plateau` that goes back to its best parameters."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import plateau
from lropt_jax.schedules import linear, product


class TestLawsBackToBest(RateLaws):
    rate = plateau(0.1, factor=0.5, patience=1, back_to_best=True)


def walked(tx, results, dtype=jnp.float32):
    """The parameters before each of some steps that all go downhill by the rate, and the states after them."""
    x = jnp.array([1.0, -2.0], dtype)

    @jax.jit
    def walk(x, results):
        def body(carry, value):
            updates, state = tx.update(jnp.ones_like(x), carry[1], carry[0], value=value)
            return (optax.apply_updates(carry[0], updates), state), carry[0]

        (last, state), path = jax.lax.scan(body, (x, tx.init(x)), results)
        return jnp.concatenate([path, last[None]]), state

    return walk(x, jnp.float32(results))


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_it_goes_back_to_the_parameters_of_the_best_result_when_the_rate_falls(dtype):
    rate = plateau(0.5, factor=0.5, patience=1, back_to_best=True)
    for tx in (sgd(rate), adam(rate), sgd(rate, weight_decay=0.1), sgd(rate, momentum=0.9)):
        path, state = walked(tx, [3.0, 1.0, jnp.nan, 2.0, 2.0, 2.0, 0.5], dtype)
        way = np.max(np.abs(path[4] - path[1]).astype(float))  # the update is as exact as a number of its size
        np.testing.assert_allclose(path[5], path[1], rtol=0, atol=way * float(jnp.finfo(dtype).eps))
        assert not np.array_equal(path[6], path[5])
        np.testing.assert_array_equal(state.rate.best_params, path[6].astype(jnp.float32))
        assert (learning_rate(state), state.rate.best) == (0.25, 0.5)


def test_where_the_rate_does_not_fall_it_does_not_go_back():
    same = plateau(0.5, factor=0.5, patience=0, eps=1.0)
    path, _ = walked(sgd(same.replace(back_to_best=True)), [1.0, 2.0, 2.0])
    np.testing.assert_array_equal(path, walked(sgd(same), [1.0, 2.0, 2.0])[0])


def test_going_back_needs_the_parameters_and_a_base_of_its_own():
    rate, x = plateau(0.5, back_to_best=True), jnp.ones(2)
    with pytest.raises(ValueError, match=r"plateau: update needs params; call tx.update\(grads, state, params\)"):
        sgd(rate).update(x, sgd(rate).init(x), value=1.0)
    with pytest.raises(ValueError, match="product: schedules must not go back to earlier parameters; give the rate"):
        product(rate, linear(1.0, 10))
    with pytest.raises(TypeError, match="plateau: back_to_best must be True or False, got 1"):
        plateau(0.5, back_to_best=1)
