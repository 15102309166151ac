"""Tests of `lars`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import decay, lars
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = lars(1.0, trust_coefficient=0.1)


class TestLawsWithoutMomentum(OptimizerLaws):
    specimen = lars(1.0, momentum=None, trust_coefficient=0.1, eps=1e-3, weight_decay=0.05)


class TestLawsAsInTorch(OptimizerLaws):
    specimen = lars(
        linear(1.0, 50),
        nesterov=True,
        rate_in_momentum=False,
        trust_coefficient=0.1,
        joint_norm=True,
        weight_decay=0.05,
    )


def size(x):
    return np.sqrt(np.sum(x**2))


@pytest.mark.parametrize("rate_in_momentum", [True, False])
def test_it_is_the_paper(rate_in_momentum):
    x, m = START.copy(), np.zeros(4)
    for step in range(200):
        g, rate = noisy(x, step), 2.0 * (1 - step / 200)
        own = 0.01 * size(x) / (size(g) + 0.1 * size(x))
        m = 0.9 * m + (rate if rate_in_momentum else 1) * own * (g + 0.1 * x)
        x = x - (1 if rate_in_momentum else rate) * m
    tx = lars(linear(2.0, 200), trust_coefficient=0.01, weight_decay=0.1, rate_in_momentum=rate_in_momentum)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


@pytest.mark.parametrize("nesterov", [False, True])
def test_it_is_optax_lars_with_the_joint_norm(nesterov):
    rate = linear(2.0, 200)
    ours = lars(rate, nesterov=nesterov, trust_coefficient=0.01, weight_decay=0.1, joint_norm=True)
    theirs = optax.lars(rate, weight_decay=0.1, trust_coefficient=0.01, nesterov=nesterov)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-12)


def test_at_a_constant_rate_it_is_the_same_where_the_rate_comes_in():
    inside, outside = (lars(2.0, trust_coefficient=0.01, rate_in_momentum=wanted) for wanted in (True, False))
    np.testing.assert_allclose(
        trajectory(inside, START, noisy, 100), trajectory(outside, START, noisy, 100), atol=1e-12
    )


def test_the_momentum_of_low_precision_gathers_steps_that_are_not_rounded():
    tx, params = lars(1.0, trust_coefficient=0.1), jnp.array([1.0, 0.3], jnp.bfloat16)
    grads = jnp.array([0.7, -0.2], jnp.bfloat16)
    _, low = tx.update(grads, tx.init(params), params)
    _, high = tx.update(grads.astype(float), tx.init(params), params.astype(float))
    np.testing.assert_array_equal(low.trace, high.trace)


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(lars(2.0, trust_coefficient=0.01), START, noisy, 20)
    two = trajectory(lars(2.0, trust_coefficient=0.01), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_a_leaf_of_zeros_moves_by_its_gradient():
    tx, params = lars(0.1), jnp.zeros(3)
    np.testing.assert_allclose(tx.update(jnp.full(3, 7.0), tx.init(params), params)[0], -0.7, rtol=1e-6)


def test_without_a_gradient_only_the_decay_is_left():
    tx, params = lars(0.1, trust_coefficient=0.5, weight_decay=0.2), jnp.array([3.0, -4.0])
    updates, _ = tx.update(jnp.zeros(2), tx.init(params), params)
    np.testing.assert_allclose(updates, -0.1 * 0.5 * params, rtol=1e-6)


def test_one_mask_says_what_decays_and_the_other_what_has_its_own_rate():
    params, grads = {"w": jnp.full(4, 3.0), "b": jnp.full(4, 3.0)}, {"w": jnp.ones(4), "b": jnp.ones(4)}
    for masks, w, b in (
        ({"weight_decay": 0.5}, 0.3, 0.3),
        ({"weight_decay": 0.5, "trust_mask": {"w": True, "b": False}}, 0.3, 2.5),
        ({"weight_decay": decay(0.5, mask="w"), "trust_mask": lambda params: {"w": True, "b": False}}, 0.3, 1.0),
    ):
        tx = lars(1.0, trust_coefficient=0.1, **masks)
        updates, _ = tx.update(grads, tx.init(params), params)
        np.testing.assert_allclose(updates["w"], -w * np.ones(4), rtol=1e-6)
        np.testing.assert_allclose(updates["b"], -b * np.ones(4), rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="lars: momentum must be in \\[0, 1\\), got 1.0"):
        lars(0.1, momentum=1.0)
    with pytest.raises(ValueError, match="lars: nesterov must be False without momentum, got True; give momentum"):
        lars(0.1, momentum=None, nesterov=True)
    with pytest.raises(ValueError, match="lars: trust_coefficient must be finite and >= 0, got -1"):
        lars(0.1, trust_coefficient=-1)
    with pytest.raises(ValueError, match="lars: eps must be finite and >= 0, got -1"):
        lars(0.1, eps=-1)
    with pytest.raises(ValueError, match="lars: weight_decay must be finite and >= 0, got -0.1"):
        lars(0.1, weight_decay=-0.1)
    tx = lars(0.1)
    with pytest.raises(ValueError, match="lars: update needs params for the trust ratio; call tx.update"):
        tx.update(START, tx.init(START))
