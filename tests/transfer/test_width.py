"""Tests of `width`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import ValueLaws

from lropt_jax import chain, learning_rate, lift
from lropt_jax.optimizers import adam, adamw, decay, novograd, sgd
from lropt_jax.schedules import linear
from lropt_jax.transfer import batch_size, width
from lropt_jax.wrappers import clip_norm, groups, multiply, mup_multipliers


def net(n):
    return {
        "in": {"kernel": jnp.ones((3, n)), "bias": jnp.ones(n)},
        "hidden": jnp.ones((n, n)),
        "out": jnp.ones((n, 2)),
    }


WIDE, BASE = jax.eval_shape(lambda: net(32)), jax.eval_shape(lambda: net(8))


class TestLaws(ValueLaws):
    specimen = width(adamw(linear(0.1, 40), weight_decay=0.1), WIDE, BASE, rule="adam")


def test_it_is_multiply_with_mup_multipliers():
    for tx, rule in ((adam(0.1), "adam"), (sgd(0.1, momentum=0.9), "sgd")):
        assert width(tx, WIDE, BASE, rule=rule) == multiply(tx, mup_multipliers(WIDE, BASE, rule=rule))


@pytest.mark.parametrize(
    ("weight_decay", "share"),
    [
        (0.3, 0.1 * 0.3),
        (decay(0.3, goes_with="rate"), 0.1 * 0.3),
        (decay(0.3, goes_with="nothing"), 0.3),
        (decay(0.3, goes_with="schedule", peak=0.2), 0.1 / 0.2 * 0.3),
    ],
    ids=["number", "rate", "nothing", "schedule"],
)
def test_weights_are_forgotten_as_fast_at_every_width(weight_decay, share):
    params = net(32)
    tx = width(adamw(0.1, weight_decay=weight_decay), WIDE, BASE, rule="adam")
    nothing = jax.tree.map(jnp.zeros_like, params)
    updates, _ = tx.update(nothing, tx.init(params), params)
    jax.tree.map(lambda u: np.testing.assert_allclose(u, -share, rtol=1e-6), updates)


def test_a_decay_that_is_part_of_the_gradients_goes_with_them():
    tx = width(sgd(0.1, weight_decay=decay(0.3, goes_with="gradients")), WIDE, BASE, rule="sgd")
    assert tx.multiply_decay is True
    assert width(novograd(0.1, weight_decay=0.3), WIDE, BASE, rule="adam").multiply_decay is True
    assert width(lift(optax.adamw)(0.1, weight_decay=0.3), WIDE, BASE, rule="adam").multiply_decay is True


def test_it_goes_into_what_holds_optimizers():
    many = mup_multipliers(WIDE, BASE, rule="adam")
    tx = clip_norm(chain(lift(optax.clip)(1.0), adamw(0.1, weight_decay=0.1)), 1.0)
    inside = multiply(adamw(0.1, weight_decay=0.1), many, multiply_decay=False)
    assert width(tx, WIDE, BASE, rule="adam") == clip_norm(chain(lift(optax.clip)(1.0), inside), 1.0)


def test_each_group_takes_its_own_part():
    params = net(32)
    tx = width(groups({"in/*": adam(0.1), "*": adam(0.2)}), WIDE, BASE, rule="adam")
    updates, state = tx.update(params, tx.init(params), params)
    np.testing.assert_allclose(updates["in"]["kernel"], -0.1, rtol=1e-5)
    np.testing.assert_allclose(updates["hidden"], -0.2 / 4, rtol=1e-5)
    assert learning_rate(state)["in/*"] == np.float32(0.1)


def test_other_rules_reach_through_it():
    tx = width(adam(linear(0.1, 10)), WIDE, BASE, rule="adam")
    assert batch_size(tx, 4, rule="sqrt") == width(
        batch_size(adam(linear(0.1, 10)), 4, rule="sqrt"), WIDE, BASE, rule="adam"
    )


def test_other_layouts_are_told():
    turned = [
        jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[::-1], leaf.dtype), tree) for tree in (WIDE, BASE)
    ]
    assert width(adam(0.1), *turned, rule="adam", layout="out in") == width(adam(0.1), WIDE, BASE, rule="adam")


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="width: rule must be one of adam, sgd, got 'lion'"):
        width(adam(0.1), WIDE, BASE, rule="lion")
    with pytest.raises(TypeError, match="width: optimizer must be a value through and through, got"):
        width(optax.adam(0.1), WIDE, BASE, rule="adam")
