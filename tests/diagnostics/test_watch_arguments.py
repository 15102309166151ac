"""Tests of the arguments of `watch`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax import learning_rate
from lropt_jax.diagnostics import record, watch
from lropt_jax.optimizers import sgd

PARAMS = {"body": {"w": jnp.array([[3.0, 4.0]]), "b": jnp.array([1.0])}, "head": jnp.array([2.0, -2.0])}


def loss(params):
    return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(params)) / 2


@pytest.mark.parametrize(("groups", "names"), [
    (None, ["body", "head"]), (("*",), ["*"]), (("*/w", "head"), ["*", "*/w", "head"]),
])  # fmt: skip
def test_groups_are_modules_or_patterns(groups, names):
    assert record(watch(sgd(0.1), groups=groups).init(PARAMS))["groups"] == names


def test_many_modules_are_told_apart_by_their_first_parts_alone():
    many = {"a": {str(k): {"w": jnp.ones(1)} for k in range(70)}, "b": {"c": {"w": jnp.ones(1)}}}
    assert record(watch(sgd(0.1)).init(many))["groups"] == ["a", "b"]
    assert record(watch(sgd(0.1)).init([jnp.ones(1)] * 70))["groups"] == ["*"]
    assert record(watch(sgd(0.1)).init(jnp.ones(2)))["groups"] == ["*"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"every": 0}, r"watch: every must be a whole number >= 1, got 0"),
        ({"every": 2.5}, r"watch: every must be a whole number >= 1, got 2.5"),
        ({"keep": 0}, r"watch: keep must be a whole number >= 1, got 0"),
        ({"groups": "head"}, r"watch: groups must be a sequence, got 'head'"),
        ({"sharpness": 3}, r"watch: sharpness must be a function of the parameters, True or None, got 3"),
        ({"sharpness": lambda: 0.0}, r"watch: sharpness must be a function of the parameters, got"),
    ],
)
def test_bad_arguments_are_refused(wrong, message):
    with pytest.raises((ValueError, TypeError), match=message):
        watch(sgd(0.1), **wrong)


def test_bad_calls_are_refused():
    with pytest.raises(ValueError, match=r"watch: pattern 'tail' must match a parameter, got none; near are"):
        watch(sgd(0.1), groups=("tail",)).init(PARAMS)
    tx = watch(sgd(0.1), sharpness=True)
    with pytest.raises(ValueError, match=r"watch: update needs value_fn for sharpness=True; call tx.update"):
        tx.update(PARAMS, tx.init(PARAMS), PARAMS)
    with pytest.raises(ValueError, match="watch: update needs params for sharpness; call tx.update"):
        tx.update(PARAMS, tx.init(PARAMS), value_fn=loss)
    for value, message in (
        (jnp.ones(2), r"value must have the shape \(\), got \(2,\)"),
        ("low", "value must be a number"),
    ):
        with pytest.raises(ValueError, match=f"watch: {message}"):
            tx.update(PARAMS, tx.init(PARAMS), PARAMS, value=value, value_fn=loss)
    other = watch(sgd(0.1), sharpness=lambda params: params["tail"])
    with pytest.raises(ValueError, match="watch: sharpness must take params"):
        other.update(PARAMS, other.init(PARAMS), PARAMS)
    smaller = watch(sgd(0.1)).init(PARAMS["head"])
    with pytest.raises(ValueError, match="watch: state must be one of this optimizer and these params"):
        watch(sgd(0.1)).update(PARAMS, smaller, PARAMS)


def test_without_params_or_losses_their_numbers_are_unknown():
    tx = watch(sgd(0.1), every=1)
    rows = record(jax.jit(tx.update)(PARAMS, tx.init(PARAMS))[1])
    unknown = {name for name in rows if name not in ("groups", "lost") and np.all(np.isnan(rows[name]))}
    assert unknown == {
        "value", "value_mean", "value_std", "param_norm", "ratio", "cosine_grads", "sharpness", "group_ratio",
        "group_param_norm",
    }  # fmt: skip


def test_it_passes_the_rate_on():
    assert learning_rate(watch(sgd(0.5)).init(PARAMS)) == 0.5
