"""Tests of `lamb`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import decay, lamb
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = lamb(0.1)


class TestLawsWithDecay(OptimizerLaws):
    specimen = lamb(linear(0.1, 50), b1=0.8, b2=0.95, eps=1e-3, max_norm=1.0, max_ratio=1.5, weight_decay=0.05)


class TestLawsWithoutCorrection(OptimizerLaws):
    specimen = lamb(0.1, bias_correction=False, min_norm=0.5)


def size(x):
    return np.sqrt(np.sum(x**2))


@pytest.mark.parametrize("bias_correction", [True, False])
def test_it_is_the_paper(bias_correction):
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        mu, nu = 0.9 * mu + 0.1 * g, 0.99 * nu + 0.01 * g**2
        mean, square = (mu / (1 - 0.9**t), nu / (1 - 0.99**t)) if bias_correction else (mu, nu)
        u = mean / (np.sqrt(square) + 1e-6) + 0.1 * x
        x = x - 0.02 * min(max(size(x), 0.5), 2.0) / size(u) * u
    tx = lamb(0.02, b2=0.99, bias_correction=bias_correction, min_norm=0.5, max_norm=2.0, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_it_is_optax_lamb():
    ours, theirs = lamb(0.1, weight_decay=0.1), optax.lamb(0.1, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-12)


def test_the_first_update_is_the_share_rate_of_the_leaf_whatever_the_gradients_scale():
    for scale in (1e-8, 1.0, 1e8):
        path = trajectory(lamb(0.1, eps=0.0), START, lambda x, step, by=scale: by * noisy(x, 3), 1)
        np.testing.assert_allclose(size(path[1] - path[0]), 0.1 * size(START), rtol=1e-9)


def test_the_ratio_may_be_limited():
    path = trajectory(lamb(0.1, eps=0.0, max_ratio=0.5), START, lambda x, step: np.ones(4), 1)
    np.testing.assert_allclose(path[0] - path[1], 0.05 * np.ones(4), rtol=1e-9)


def test_a_leaf_of_zeros_takes_the_step_of_adam():
    tx, params = lamb(0.1, eps=0.0), jnp.zeros(3)
    np.testing.assert_allclose(tx.update(jnp.full(3, 7.0), tx.init(params), params)[0], -0.1, rtol=1e-6)


def test_one_mask_says_what_decays_and_the_other_what_takes_the_ratio():
    params, grads = {"w": jnp.full(4, 3.0), "b": jnp.full(4, 3.0)}, {"w": jnp.ones(4), "b": jnp.ones(4)}
    for masks, w, b in (
        ({"weight_decay": 0.5}, 0.3, 0.3),
        ({"weight_decay": 0.5, "trust_mask": {"w": True, "b": False}}, 0.3, 0.1 * 2.5),
        ({"weight_decay": decay(0.5, mask="w"), "trust_mask": lambda params: {"w": True, "b": False}}, 0.3, 0.1),
    ):
        tx = lamb(0.1, eps=0.0, **masks)
        updates, _ = tx.update(grads, tx.init(params), params)
        np.testing.assert_allclose(updates["w"], -w * np.ones(4), rtol=1e-6)
        np.testing.assert_allclose(updates["b"], -b * np.ones(4), rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="lamb: b2 must be in \\[0, 1\\), got 1.0"):
        lamb(0.1, b2=1.0)
    with pytest.raises(ValueError, match="lamb: min_norm must be finite and >= 0, got -1"):
        lamb(0.1, min_norm=-1)
    with pytest.raises(ValueError, match="lamb: max_norm must be finite and > 0, got 0"):
        lamb(0.1, max_norm=0)
    with pytest.raises(ValueError, match="lamb: max_ratio must be finite and > 0, got 0"):
        lamb(0.1, max_ratio=0)
    with pytest.raises(ValueError, match="lamb: weight_decay must be finite and >= 0, got -0.1"):
        lamb(0.1, weight_decay=-0.1)
    tx = lamb(0.1)
    with pytest.raises(ValueError, match="lamb: update needs params for the trust ratio; call tx.update"):
        tx.update(START, tx.init(START))


def test_a_pattern_or_a_list_of_patterns_chooses_what_takes_the_ratio():
    params = {"layer": {"kernel": jnp.full((2, 2), 3.0), "bias": jnp.full(2, 3.0)}}
    tree = {"layer": {"kernel": True, "bias": False}}
    expected = lamb(0.1, trust_mask=tree).update(params, lamb(0.1).init(params), params)[0]
    for mask in ("*kernel", ["*kernel"], lambda params: tree):
        updates, _ = lamb(0.1, trust_mask=mask).update(params, lamb(0.1).init(params), params)
        for name in ("kernel", "bias"):
            np.testing.assert_array_equal(updates["layer"][name], expected["layer"][name])
    with pytest.raises(ValueError, match="lamb: .*kernal"):
        lamb(0.1, trust_mask="*kernal").update(params, lamb(0.1).init(params), params)
