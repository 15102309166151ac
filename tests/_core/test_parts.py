"""Tests of what one state has of another."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax._core.parts import MISSING, children, parts
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import plateau
from lropt_jax.wrappers import clip_norm, ema, groups

PARAMS = {"a": jnp.ones(2), "b": jnp.ones(3)}


class Pair(NamedTuple):
    left: Any
    right: Any


class Renamed(NamedTuple):
    near: Any
    right: Any

    renamed = {"left": "near"}  # noqa: RUF012


def test_what_a_node_holds_has_names_and_a_leaf_holds_nothing():
    assert children(Pair(1, None)) == [("left", 1), ("right", None)]
    assert children((1, [2])) == [("0", 1), ("1", [2])]
    assert children({"b": 1, "a": ()}) == [("a", ()), ("b", 1)]
    assert children(()) == children(None) == children(optax.EmptyState()) == []
    assert children(1.0) is None


def test_parts_come_in_the_order_of_the_leaves_with_places_and_names():
    state = clip_norm(adam(0.1), 1.0).init(PARAMS)
    found = parts(state, state)
    assert [part.new is part.old for part in found] == [True] * len(jax.tree.leaves(state))
    assert all(new is part.new for new, part in zip(jax.tree.leaves(state), found, strict=True))
    last = found[-1]
    assert (last.field, last.place, last.names) == ("inner/nu", "inner/nu/b", ("inner", "nu", "moments"))


def test_dicts_and_lists_stand_for_named_tuples_and_tuples():
    new = (Pair(1, 2), 3)
    for old in ([{"right": 20, "left": 10}, 30], {"0": {"left": 10, "right": 20}, "1": 30}):
        assert [part.old for part in parts(new, old)] == [10, 20, 30]


def test_what_is_not_there_is_missing():
    assert [part.old for part in parts(Pair(1, {"a": 2, "b": 3}), {"right": {"b": 30}})] == [MISSING, MISSING, 30]
    assert [part.old for part in parts(Pair(1, 2), None)] == [MISSING, MISSING]
    assert [part.old for part in parts({"a": 1}, {"a": {"x": 1, "y": 2}})] == [MISSING]


def test_a_state_says_how_its_fields_were_called():
    assert [part.old for part in parts(Renamed(1, 2), Pair(10, 20))] == [10, 20]
    assert [part.old for part in parts(Renamed(1, 2), {"left": 10, "right": 20})] == [10, 20]


@pytest.mark.parametrize(
    ("new", "old", "fits"),
    [
        (jnp.ones(2), np.ones(2, np.float32), True),
        (jnp.ones(2), jnp.ones(3), False),
        (jnp.ones(2), np.ones(2), False),
        (jnp.zeros((), jnp.int32), 7, True),
        (jnp.zeros((), jnp.int32), 7.0, False),
        (jnp.zeros((), jnp.int32), True, False),
        (jnp.zeros(1, jnp.int32), 7, False),
        (jnp.zeros(()), "7", False),
        (jax.random.key(0), jax.random.key(1), True),
    ],
)
def test_a_leaf_fits_by_shape_and_dtype(new, old, fits):
    (part,) = parts(new, old)
    assert part.fits == fits


def begun(new, old):
    return sorted({part.field for part in parts(new.init(PARAMS), old.init(PARAMS)) if part.old is MISSING})


def test_wrappers_are_found_again_wherever_they_are_now():
    assert begun(clip_norm(ema(adam(0.1)), 1.0), ema(adam(0.1))) == ["count", "norm"]
    assert begun(ema(adam(0.1)), clip_norm(ema(adam(0.1)), 1.0)) == []
    assert begun(optax.chain(optax.clip(1.0), adam(0.1)), adam(0.1)) == []
    assert begun(adam(0.1), optax.chain(optax.clip(1.0), adam(0.1))) == []
    assert begun(clip_norm(groups({"*": adam(0.1)}), 1.0), groups({"*": adam(0.1)})) == ["count", "norm"]


def test_pieces_of_a_chain_are_found_again_in_one_of_another_length():
    clip, trace, scale = optax.clip(1.0), optax.trace(0.9), optax.scale_by_adam()
    chain = optax.chain
    assert begun(chain(clip, trace, adam(0.1)), chain(trace, adam(0.1))) == []
    assert begun(chain(trace, adam(0.1)), chain(clip, clip, trace, adam(0.1))) == []
    assert begun(chain(clip, trace, adam(0.1)), chain(scale, adam(0.1))) == ["1/trace"]
    two = parts(*(tx.init(PARAMS) for tx in (chain(clip, trace, adam(0.1)), chain(trace, trace, clip, adam(0.1)))))
    assert [part.may_begin for part in two if part.field == "1/trace"] == [False, False]


def test_a_rate_is_found_again_only_in_a_state_of_the_same_rate():
    assert begun(sgd(plateau(0.1)), sgd(plateau(0.2, patience=3))) == []
    assert "rate/best" in begun(sgd(plateau(0.1)), sgd(0.1))
