"""A run is resumed from a checkpoint: of orbax, or of anything that stores trees of arrays."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
import pytest

from lropt_jax.optimizers import adamw, rmsprop, sgd
from lropt_jax.schedules import cosine, linear, warmup

START = {"w": jnp.array([1.0, -2.0, 3.0]), "b": jnp.array(0.5)}


def run(tx, params, state, steps):
    for _ in range(steps):
        updates, state = tx.update(jax.tree.map(jnp.sin, params), state, params)
        params = optax.apply_updates(params, updates)
    return params, state


@pytest.mark.parametrize("tx", [adamw(warmup(cosine(0.1, 20), 5)), sgd(0.1, momentum=0.9), rmsprop(linear(0.1, 30))])
def test_a_run_resumed_from_orbax_is_the_run_that_never_stopped(tx, tmp_path):
    whole = run(tx, START, tx.init(START), 20)
    half = run(tx, START, tx.init(START), 10)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(tmp_path / "half", half)
        checkpointer.wait_until_finished()
        shapes = jax.eval_shape(lambda: (START, tx.init(START)))
        restored = checkpointer.restore(tmp_path / "half", shapes)
    resumed = run(tx, *restored, 10)
    jax.tree.map(np.testing.assert_array_equal, resumed, whole)


def test_a_constant_run_goes_on_under_a_schedule():
    state = run(sgd(0.1, momentum=0.9), START, sgd(0.1, momentum=0.9).init(START), 10)[1]
    falling = sgd(linear(0.1, 20), momentum=0.9)
    _, state = run(falling, START, state, 1)
    assert state.learning_rate == falling.learning_rate(10)
