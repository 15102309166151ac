"""Tests of `clip_adaptive`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws

from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import piecewise
from lropt_jax.wrappers import clip_adaptive


class TestLaws(WrapperLaws):
    specimen = clip_adaptive(adam(0.1), max_ratio=0.1)


def test_every_unit_is_held_to_a_share_of_its_weights():
    rng = np.random.default_rng(0)
    params, grads = rng.normal(size=(2, 5, 3))
    tx = clip_adaptive(sgd(1.0), max_ratio=0.2, eps=1e-3)
    updates, _ = tx.update(jnp.asarray(grads), tx.init(jnp.asarray(params)), jnp.asarray(params))
    sizes, limits = np.linalg.norm(grads, axis=0), 0.2 * np.maximum(np.linalg.norm(params, axis=0), 1e-3)
    np.testing.assert_allclose(updates, -grads * np.minimum(1, limits / sizes), rtol=1e-5)
    assert np.any(sizes > limits)


def test_it_is_adaptive_grad_clip_of_optax():
    params, grads = {"w": jnp.ones((4, 2)), "b": jnp.zeros(2)}, {"w": jnp.full((4, 2), 9.0), "b": jnp.ones(2)}
    theirs = optax.adaptive_grad_clip(0.3)
    clipped, _ = theirs.update(grads, theirs.init(params), params)
    tx = clip_adaptive(sgd(1.0), max_ratio=0.3)
    updates, _ = tx.update(grads, tx.init(params), params)
    for name in params:
        np.testing.assert_allclose(updates[name], -clipped[name], rtol=1e-6)


def test_the_limit_may_follow_a_schedule():
    tx, grads, seen = clip_adaptive(sgd(1.0), max_ratio=piecewise((0.1, 0.5), (2,))), jnp.array([3.0, 4.0]), []
    state = tx.init(grads)
    for _ in range(4):
        updates, state = tx.update(grads, state, grads)
        seen.append(np.asarray(-updates))
    np.testing.assert_allclose(seen, [[0.3, 0.4], [0.3, 0.4], [1.5, 2.0], [1.5, 2.0]], rtol=1e-6)
    assert state.count == 4


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="clip_adaptive: max_ratio must be finite and > 0, got 0"):
        clip_adaptive(sgd(0.1), max_ratio=0)
    tx = clip_adaptive(sgd(0.1))
    with pytest.raises(ValueError, match="clip_adaptive: update needs params; call tx.update"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
