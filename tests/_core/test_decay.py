"""Tests of weight decay: one step from params 2 with gradient 1, the identity as direction and a rate of 0.1."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.accumulators import wide
from lropt_jax._core.decay import OWN, DecayRule, as_decay
from lropt_jax.optimizers import Direction, decay, descent
from lropt_jax.schedules import linear


class PlainState(NamedTuple):
    count: Any
    learning_rate: Any
    rate: Any


doubled = Direction(
    PlainState, lambda params: {}, lambda grads, state, params: (jax.tree.map(lambda g: 2 * wide(g), grads), state)
)


def updates(rate, weight_decay):
    tx, params = descent(doubled, rate, weight_decay=weight_decay), {"w": jnp.full(2, 2.0), "b": jnp.full(1, 2.0)}
    grads = jax.tree.map(jnp.ones_like, params)
    state = tx.init(params)
    steps = []
    for _ in range(2):
        update, state = tx.update(grads, state, params)
        steps.append((float(update["w"][0]), float(update["b"][0])))
    return steps


@pytest.mark.parametrize(
    ("goes_with", "peak", "expected"),
    [
        ("rate", None, (-0.1 * 2 - 0.1 * 0.5 * 2, -0.05 * 2 - 0.05 * 0.5 * 2)),
        ("schedule", 0.1, (-0.1 * 2 - 0.5 * 2, -0.05 * 2 - 0.25 * 2)),
        ("schedule", linear(0.1, 1e9), (-0.1 * 2 - 0.5 * 2, -0.05 * 2 - 0.25 * 2)),
        ("rate squared", 0.1, (-0.1 * 2 - 0.1 * 0.5 * 2, -0.05 * 2 - 0.025 * 0.5 * 2)),
        ("nothing", None, (-0.1 * 2 - 0.5 * 2, -0.05 * 2 - 0.5 * 2)),
        ("gradients", None, (-0.1 * 2 * (1 + 0.5 * 2), -0.05 * 2 * (1 + 0.5 * 2))),
    ],
)
def test_the_decay_goes_with_what_it_is_coupled_to(goes_with, peak, expected):
    rule = DecayRule(0.5, goes_with, peak)
    np.testing.assert_allclose([step[0] for step in updates(linear(0.1, 2), rule)], expected, rtol=1e-6)
    masked = updates(linear(0.1, 2), rule._replace(mask={"w": True, "b": False}))
    np.testing.assert_allclose([step[0] for step in masked], expected, rtol=1e-6)
    np.testing.assert_allclose([step[1] for step in masked], (-0.2, -0.1), rtol=1e-6)


def test_nothing_decays_once_the_schedule_it_goes_with_is_0():
    ended = updates(0.1, DecayRule(0.5, "schedule", linear(0.1, 1)))
    np.testing.assert_allclose([step[0] for step in ended], (-0.2 - 1.0, -0.2), rtol=1e-6)


def test_the_strength_may_follow_a_schedule():
    falling = updates(0.1, DecayRule(linear(0.5, 2), "nothing"))
    np.testing.assert_allclose([step[0] for step in falling], (-0.2 - 1.0, -0.2 - 0.5), rtol=1e-6)


@pytest.mark.parametrize("mask", ["w", ["w"], ("w", "[v-w]"), lambda params: "w"])
def test_a_mask_of_patterns_says_what_decays(mask):
    step, _ = updates(0.1, DecayRule(0.5, "rate", mask=mask))
    np.testing.assert_allclose(step, (-0.2 - 0.1, -0.2), rtol=1e-6)


def test_where_nobody_says_what_it_goes_with_the_optimizer_does():
    assert as_decay(None) == DecayRule(None, "rate")
    assert as_decay(0.1) == as_decay(DecayRule(0.1, None)) == as_decay(decay(0.1)) == DecayRule(0.1, "rate")
    assert as_decay(0.1, OWN).goes_with == as_decay(decay(0.1), OWN).goes_with == OWN
    assert as_decay(decay(0.1, goes_with="rate"), OWN).goes_with == "rate"


def test_a_decay_needs_params():
    tx = descent(doubled, 0.1, weight_decay=0.1)
    with pytest.raises(
        ValueError, match=r"^update needs params for weight_decay; call tx.update\(grads, state, params\)"
    ):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
