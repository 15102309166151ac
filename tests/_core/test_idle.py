"""Tests of what a direction says of updates without a gradient."""

import jax.numpy as jnp

from lropt_jax._core.idle import Idle


def test_a_direction_without_momentum_has_no_way_to_go():
    idle = Idle({"nu": 0.9})
    assert (idle.ratio, idle.towards) == (0.0, None)
    assert idle.scale(jnp.arange(3)).tolist() == [1, 1, 1]
