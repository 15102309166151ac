"""Tests of bounds on slots: nothing that an update makes is above them."""

import jax
import numpy as np
import pytest

from lropt_jax.optimizers import adabelief, adagrad, adam, amsgrad, decay, lion, sgd, yogi
from lropt_jax.wrappers import small_state
from lropt_jax.wrappers._blocks import tops_of
from lropt_jax.wrappers._bounds import bounds
from lropt_jax.wrappers._slots import declared, is_blocks, mapped

CASES = [
    adam(0.1, b1=0.5, b2=0.9), sgd(0.1, momentum=0.9, nesterov=True), lion(0.1), adagrad(0.1), amsgrad(0.1), yogi(0.1),
    sgd(0.1, momentum=0.9, weight_decay=decay(3.0, goes_with="gradients")), adabelief(0.1),
]  # fmt: skip


@pytest.mark.parametrize("inner", CASES, ids=lambda tx: tx.factory.name)
def test_bounds_hold_for_the_slots_after_an_update(inner):
    tx, params = small_state(inner, "int8", min_size=1), {"w": 5 * jax.random.normal(jax.random.key(0), (3, 600))}
    state = tx.init(params)

    @jax.jit
    def update(grads, state):
        wide = mapped(lambda _, tree: jax.tree.map(lambda b: b.numbers(), tree, is_leaf=is_blocks), state.inner)
        exact, limits = inner.update(grads, wide, params)[1], bounds(inner, grads, state.inner, params, {})
        pairs = [
            (tops_of(made["w"], old["w"].scales.shape), limit["w"])
            for (_, made), (_, limit), (_, old) in zip(*map(declared, (exact, limits, state.inner)), strict=True)
        ]
        return pairs, tx.update(grads, state, params)[1]

    slack = 2.0 if inner.factory.name == "adabelief" else 1.0001  # the square of a difference
    for place, size in enumerate((1.0, 1.0, 1000.0, 1e-3)):
        grads = {"w": size * jax.random.normal(jax.random.key(place), (3, 600))}
        pairs, state = update(grads, state)
        assert pairs
        for tops, limit in pairs:
            assert np.all(np.asarray(tops) <= slack * np.asarray(limit) + 1e-12)
