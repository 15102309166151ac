"""Tests of weight decay: one step from params 2 with gradient 1, the identity as direction and a rate of 0.1."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.accumulators import wide
from lropt_jax.optimizers import Direction, descent
from lropt_jax.schedules import linear


class PlainState(NamedTuple):
    count: Any
    learning_rate: Any
    rate: Any


doubled = Direction(
    PlainState, lambda params: {}, lambda grads, state, params: (jax.tree.map(lambda g: 2 * wide(g), grads), state)
)


def updates(rate, **decay):
    tx, params = descent("doubled", doubled, rate, **decay), {"w": jnp.full(2, 2.0), "b": jnp.full(1, 2.0)}
    grads = jax.tree.map(jnp.ones_like, params)
    state = tx.init(params)
    steps = []
    for _ in range(2):
        update, state = tx.update(grads, state, params)
        steps.append((float(update["w"][0]), float(update["b"][0])))
    return steps


@pytest.mark.parametrize(
    ("coupling", "expected"),
    [
        ("rate", (-0.1 * 2 - 0.1 * 0.5 * 2, -0.05 * 2 - 0.05 * 0.5 * 2)),
        (0.1, (-0.1 * 2 - 0.5 * 2, -0.05 * 2 - 0.25 * 2)),
        (linear(0.1, 1e9), (-0.1 * 2 - 0.5 * 2, -0.05 * 2 - 0.25 * 2)),
        ("independent", (-0.1 * 2 - 0.5 * 2, -0.05 * 2 - 0.5 * 2)),
        ("gradients", (-0.1 * 2 * (1 + 0.5 * 2), -0.05 * 2 * (1 + 0.5 * 2))),
    ],
)
def test_the_decay_goes_with_what_it_is_coupled_to(coupling, expected):
    both = updates(linear(0.1, 2), weight_decay=0.5, decay_coupling=coupling)
    np.testing.assert_allclose([step[0] for step in both], expected, rtol=1e-6)
    masked = updates(linear(0.1, 2), weight_decay=0.5, decay_coupling=coupling, mask={"w": True, "b": False})
    np.testing.assert_allclose([step[0] for step in masked], expected, rtol=1e-6)
    np.testing.assert_allclose([step[1] for step in masked], (-0.2, -0.1), rtol=1e-6)


def test_the_strength_may_follow_a_schedule():
    falling = updates(0.1, weight_decay=linear(0.5, 2), decay_coupling="independent")
    np.testing.assert_allclose([step[0] for step in falling], (-0.2 - 1.0, -0.2 - 0.5), rtol=1e-6)


def test_what_is_no_decay_is_refused():
    with pytest.raises(
        ValueError, match="doubled: decay_coupling must be one of rate, independent, gradients, got 'l2'"
    ):
        descent("doubled", doubled, 0.1, weight_decay=0.1, decay_coupling="l2")
    with pytest.raises(ValueError, match="doubled: decay_coupling must be finite and > 0, got 0"):
        descent("doubled", doubled, 0.1, weight_decay=0.1, decay_coupling=0)
    with pytest.raises(ValueError, match="doubled: weight_decay must be finite and >= 0, got -1"):
        descent("doubled", doubled, 0.1, weight_decay=-1)
    tx = descent("doubled", doubled, 0.1, weight_decay=0.1)
    with pytest.raises(
        ValueError, match=r"doubled: update needs params for weight_decay; call tx.update\(grads, state, p"
    ):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
