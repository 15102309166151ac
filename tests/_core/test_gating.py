"""Tests of updates that happen or not."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax._core.gating import changed, gated, replaced
from lropt_jax.optimizers import adam, adan, lion, muon, sgd

PARAMS = {"w": jnp.arange(6.0).reshape(2, 3), "b": jnp.ones(3), "none": None}
GRADS = jax.tree.map(lambda leaf: leaf - 0.5, PARAMS)


def aliasing(grads, state, params):
    """New slots that are an input, a constant, one another, and the updates themselves."""
    updates = jax.tree.map(lambda g: 2 * g, grads)
    return updates, {"grads": grads, "one": 1.0, "twice": (state["one"] + 1, state["one"] + 1), "same": updates}


def swapping(grads, state, params):
    return grads, (state[1], state[0])


CASES = [
    (tx.update, tx.init(PARAMS))
    for tx in (adam(0.1), adan(0.1), lion(0.1), muon(0.1), optax.adamw(0.1), optax.contrib.prodigy(0.1))
] + [
    (aliasing, {"grads": PARAMS, "one": 5.0, "twice": (7.0, 8.0), "same": PARAMS}),
    (swapping, (jnp.ones(2), jnp.zeros(2))),
]


@pytest.mark.parametrize(("update", "state"), CASES)
def test_it_is_the_update_or_nothing(update, state):
    run = jax.jit(lambda go: gated(go, update, GRADS, state, PARAMS))
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)  # noqa: E731
    jax.tree.map(close, run(True), jax.jit(update)(GRADS, state, PARAMS))
    updates, kept = run(False)
    jax.tree.map(lambda leaf: np.testing.assert_array_equal(leaf, 0), updates)
    jax.tree.map(np.testing.assert_array_equal, kept, state)


def test_nothing_leaks_from_what_is_not_finite():
    state, bad = adam(0.1).init(PARAMS), jax.tree.map(lambda leaf: leaf * jnp.nan, PARAMS)
    updates, kept = gated(jnp.array(False), adam(0.1).update, bad, state, PARAMS)
    assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(updates))
    jax.tree.map(np.testing.assert_array_equal, kept, state)


def test_adam_needs_no_memory_besides_its_state():
    tx, leaf = adam(0.1), jnp.ones(100_000)

    def step(go, params, state):
        updates, state = gated(go, tx.update, 0.5 * params, state, params)
        return params + updates, state

    program = jax.jit(step, donate_argnums=(1, 2)).lower(True, leaf, tx.init(leaf)).compile()
    assert program.memory_analysis().temp_size_in_bytes < leaf.nbytes


@pytest.mark.parametrize(("update", "state"), CASES)
def test_slots_are_changed_as_soon_as_they_are_made(update, state):
    """Where nothing changes, it is the update; and every leaf of the new state is asked for once, in its place."""
    kept = dict.fromkeys(range(len(jax.tree.leaves(state))))

    def run():
        def change(index, slot):
            kept[index] = slot
            return slot

        updates = changed(update, GRADS, state, PARAMS, change)
        return updates, jax.tree.unflatten(jax.tree.structure(state), kept.values())

    expected = jax.jit(update)(GRADS, state, PARAMS)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7), jax.jit(run)(), expected)


def test_the_updates_are_made_of_what_a_slot_was_changed_to():
    tx, params = sgd(1.0, momentum=0.9), jnp.ones(3)
    updates = changed(tx.update, params, tx.init(params), params, lambda _, slot: slot + 1 if slot.ndim else slot)
    np.testing.assert_array_equal(updates, -2 * params)


def test_a_tree_is_replaced_in_place_where_it_is_time():
    for go in (True, False):
        jax.tree.map(np.testing.assert_array_equal, replaced(jnp.array(go), GRADS, PARAMS), GRADS if go else PARAMS)

    def step(go, new, old):
        kept, mark = replaced(go, (new, 1), (old, 0))
        return new + mark, kept

    given = jnp.ones((64, 128))
    compiled = jax.jit(step, donate_argnums=(1, 2)).lower(jnp.array(True), given, given).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < given.nbytes
