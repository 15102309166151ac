"""Tests of `novograd`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import decay, novograd
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = novograd(0.1)


class TestLawsOfTheMovingAverage(OptimizerLaws):
    specimen = novograd(linear(0.1, 50), eps=0.0, eps_in_sqrt=True, grad_averaging=True, weight_decay=0.05)


class TestLawsWithDecayOutside(OptimizerLaws):
    specimen = novograd(0.1, b1=0.5, b2=0.5, weight_decay=decay(0.05, goes_with="rate"))


@pytest.mark.parametrize("grad_averaging", [False, True])
def test_it_is_the_paper(grad_averaging):
    w, v, m, share = START.copy(), 0.0, np.zeros(4), 0.1 if grad_averaging else 1.0
    for t in range(200):
        g = noisy(w, t)
        v = 0.98 * v + 0.02 * g @ g if t else g @ g
        m = 0.9 * m + share * (g / (np.sqrt(v) + 1e-3) + 0.05 * w)
        w = w - 0.02 * m
    tx = novograd(0.02, b1=0.9, eps=1e-3, grad_averaging=grad_averaging, weight_decay=0.05)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], w, atol=1e-10)


def test_it_is_optax_novograd_with_its_arguments():
    ours = novograd(0.05, b1=0.9, b2=0.25, eps=1e-6, weight_decay=0.1)
    theirs = optax.novograd(0.05, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 50), trajectory(theirs, START, noisy, 50), atol=1e-12)


def test_every_array_has_a_size_of_its_own():
    grads = {"large": jnp.array([[300.0], [-400.0]]), "small": jnp.array(3e-3)}
    updates, state = (tx := novograd(0.1)).update(grads, tx.init(grads))
    np.testing.assert_allclose(updates["large"], [[-0.06], [0.08]], rtol=1e-6)
    np.testing.assert_allclose(updates["small"], -0.1, rtol=1e-5)
    assert {name: v.shape for name, v in state.nu.items()} == {"large": (), "small": ()}


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(novograd(0.1, eps=0.0), START, noisy, 20)
    two = trajectory(novograd(0.1, eps=0.0), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_an_array_that_has_seen_no_gradient_yet_begins_with_its_first_one():
    tx, grads = novograd(0.1), jnp.array([3.0, -4.0])
    _, state = tx.update(jnp.zeros(2), tx.init(grads))
    np.testing.assert_allclose(tx.update(grads, state)[0], [-0.06, 0.08], rtol=1e-6)


def test_eps_goes_inside_or_outside_of_the_root():
    grads = jnp.array([3.0, -4.0])
    for inside, size in ((False, 5 + 11), (True, 6)):
        tx = novograd(1.0, eps=11.0, eps_in_sqrt=inside)
        np.testing.assert_allclose(tx.update(grads, tx.init(grads))[0], -grads / size, rtol=1e-6)


def test_decay_gathers_in_the_momentum_or_goes_with_the_rate_and_may_be_masked():
    params = {"a": jnp.ones(2), "b": jnp.ones(2)}
    still = jax.tree.map(jnp.zeros_like, params)
    for coupling, second in ((None, 1.9), ("rate", 1.0)):
        tx = novograd(0.1, b1=0.9, weight_decay=decay(0.5, goes_with=coupling, mask={"a": True, "b": False}))
        _, state = tx.update(still, tx.init(params), params)
        updates, _ = tx.update(still, state, params)
        np.testing.assert_allclose(updates["a"], -0.1 * 0.5 * second, rtol=1e-6)
        np.testing.assert_array_equal(updates["b"], 0)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="novograd: b2 must be in \\[0, 1\\), got 1.0"):
        novograd(0.1, b2=1.0)
    with pytest.raises(ValueError, match="novograd: eps must be finite and >= 0, got -1"):
        novograd(0.1, eps=-1)
    with pytest.raises(ValueError, match="novograd: weight_decay must be finite and >= 0, got -1"):
        novograd(0.1, weight_decay=-1)
    with pytest.raises(
        ValueError, match="decay: goes_with must be one of rate, rate squared, schedule, nothing, gradients, got 'mu'"
    ):
        novograd(0.1, weight_decay=decay(0.1, goes_with="mu"))
    tx = novograd(0.1, weight_decay=0.1)
    with pytest.raises(ValueError, match="novograd: update needs params for weight_decay; call tx.update"):
        tx.update(START, tx.init(START))
