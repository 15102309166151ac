"""Tests of the state of `schedule_free`."""

import pickle

import jax
import jax.numpy as jnp
import numpy as np
import optax
from trajectories import START, noisy

from lropt_jax.optimizers import adamw, sgd
from lropt_jax.schedules import warmup
from lropt_jax.wrappers import averaged, schedule_free, skip_nonfinite


def test_the_place_to_evaluate_is_read_inside_jit_and_in_any_nesting():
    tx, params = optax.chain(skip_nonfinite(schedule_free(sgd(0.5), b1=0.5))), jnp.array([4.0])

    @jax.jit
    def evaluated(params):
        state = tx.init(params)
        for _ in range(2):
            updates, state = tx.update(params, state, params)
            params = params + updates
        return averaged(state)

    np.testing.assert_array_equal(evaluated(params), [1.5])


def test_a_run_resumed_from_a_file_is_the_run_that_never_stopped_bit_for_bit():
    tx = schedule_free(adamw(warmup(0.1, 3), b1=0.0), r=1.0)
    update = jax.jit(tx.update)

    def go(params, state, steps):
        for step in steps:
            updates, state = update(jnp.asarray(noisy(np.asarray(params), step), jnp.float32), state, params)
            params = params + updates
        return params, state

    start = jnp.asarray(START, jnp.float32)
    whole = go(start, tx.init(start), range(8))
    half = pickle.loads(pickle.dumps(jax.tree.map(np.asarray, go(start, tx.init(start), range(4)))))
    jax.tree.map(np.testing.assert_array_equal, go(*half, range(4, 8)), whole)


def test_parameters_in_bf16_follow_the_float32_run():
    grads = [jnp.asarray(noisy(START, step), jnp.float32) for step in range(300)]
    ends = []
    for dtype in (jnp.float32, jnp.bfloat16):
        tx, params = schedule_free(sgd(1e-3)), jnp.asarray(START, dtype)
        state, update = tx.init(params), jax.jit(tx.update)
        for grad in grads:
            updates, state = update(grad.astype(dtype), state, params)
            params = optax.apply_updates(params, updates)
        ends.append((averaged(state), params.astype(jnp.float32)))
    np.testing.assert_allclose(*(x for x, _ in ends), atol=1e-3)
    np.testing.assert_allclose(*(y for _, y in ends), rtol=2**-7)
