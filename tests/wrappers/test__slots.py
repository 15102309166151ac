"""Tests of how slots are found."""

import jax.numpy as jnp
import optax

from lropt_jax._core.slots import Slot
from lropt_jax.optimizers import adam, cocob, sgd
from lropt_jax.wrappers import clip_norm
from lropt_jax.wrappers._slots import declared, keeps_others, mapped

PARAMS = {"w": jnp.ones((2, 3))}


def test_slots_are_found_alone_and_in_chains():
    for state in (adam(0.1).init(PARAMS), optax.adamw(0.1).init(PARAMS)):
        assert [slot for slot, _ in declared(state)] == [Slot.MOMENTS, Slot.SQUARES]
    assert declared(sgd(0.1).init(PARAMS)) == []
    assert declared(clip_norm(adam(0.1), 1.0).init(PARAMS)) == []


def test_all_else_stays_or_is_as_said():
    state = adam(0.1).init(PARAMS)
    after = mapped(lambda slot, tree: slot, state, otherwise=lambda leaf: leaf + 1)
    assert (after.mu, after.nu, int(after.count)) == (Slot.MOMENTS, Slot.SQUARES, 1)


def test_arrays_beside_slots_are_seen():
    assert keeps_others(cocob().init(PARAMS))
    assert not keeps_others(adam(0.1).init(PARAMS))
    assert not keeps_others(sgd(0.1).init(PARAMS))
