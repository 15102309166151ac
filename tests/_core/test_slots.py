"""Tests of what the slots of a state hold."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import optax

from lropt_jax._core.slots import Slot, slots_of
from lropt_jax.optimizers import Moments, Squares, adam, muon, rmsprop
from lropt_jax.wrappers import ema

PARAMS = jnp.ones((2, 3))


class OwnState(NamedTuple):
    count: Any
    learning_rate: Any
    rate: Any
    mean: Moments | None
    size: Squares
    other: Any


def test_an_optimizer_says_what_its_slots_hold():
    assert slots_of(adam(0.1).init(PARAMS)) == {"mu": Slot.MOMENTS, "nu": Slot.SQUARES}
    assert slots_of(muon(0.1).init(PARAMS)) == {"mu": Slot.MOMENTS, "nu": Slot.SQUARES}
    assert slots_of(OwnState(0, 0, (), 0, 0, 0)) == {"mean": Slot.MOMENTS, "size": Slot.SQUARES}
    assert slots_of(optax.scale_by_adam().init(PARAMS)) == {"mu": Slot.MOMENTS, "nu": Slot.SQUARES}


def test_other_states_have_none():
    assert slots_of(ema(adam(0.1)).init(PARAMS)) == slots_of(PARAMS) == slots_of(()) == {}


def test_moments_whose_difference_counts_stay_exact():
    assert slots_of(rmsprop(0.1, centered=True).init(PARAMS)) == {"trace": Slot.OTHERS}
    assert slots_of(rmsprop(0.1).init(PARAMS))["nu"] is Slot.SQUARES
