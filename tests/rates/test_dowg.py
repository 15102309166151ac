"""Tests of `dowg`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import dowg


class TestLaws(RateLaws):
    rate = dowg(r_eps=1e-2)


def paper(steps, r):
    """Algorithm 1 without its projection."""
    x, v, path = START.copy(), 0.0, [START]
    for step in range(steps):
        g = noisy(x, step)
        r = max(r, np.linalg.norm(x - START))
        v += r**2 * (g @ g)
        x = x - r**2 / np.sqrt(v) * g
        path.append(x)
    return np.array(path)


def test_it_is_the_paper():
    absolute = trajectory(sgd(dowg(r_eps=1e-3, relative=False)), START, noisy, 200)
    np.testing.assert_allclose(absolute, paper(200, 1e-3), atol=1e-10)
    relative = trajectory(sgd(dowg()), START, noisy, 200)
    np.testing.assert_allclose(relative, paper(200, 1e-6 * (1 + np.linalg.norm(START))), atol=1e-10)


def test_it_is_optax_dowg_and_the_package_with_their_eps():
    ours = trajectory(sgd(dowg(r_eps=1e-2, relative=False, eps=1e-4)), START, noisy, 100)
    np.testing.assert_allclose(ours, trajectory(optax.contrib.dowg(), START, noisy, 100), atol=1e-10)


def test_it_does_not_depend_on_the_scale_of_the_loss_but_with_their_eps_it_does():
    def tiny(x, step):
        return 1e-4 * noisy(x, step)

    np.testing.assert_allclose(
        trajectory(sgd(dowg()), START, noisy, 50), trajectory(sgd(dowg()), START, tiny, 50), atol=1e-10
    )
    theirs = sgd(dowg(r_eps=1e-2, relative=False, eps=1e-4))
    large, small = trajectory(theirs, START, noisy, 50), trajectory(theirs, START, tiny, 50)
    assert np.linalg.norm(large[-1] - START) > 2 * np.linalg.norm(small[-1] - START)


def test_with_adam_no_step_is_longer_than_the_way_so_far():
    path = trajectory(adam(dowg()), START, noisy, 60)
    far = np.maximum.accumulate(np.linalg.norm(path - START, axis=1))
    far = np.maximum(far, 1e-6 * (1 + np.linalg.norm(START)))
    assert np.all(np.linalg.norm(np.diff(path, axis=0), axis=1) <= far[:-1] * (1 + 1e-9))
    assert far[-1] > 1000 * far[0]


def test_bad_use_is_refused():
    tx, x = sgd(dowg()), jnp.ones(2)
    with pytest.raises(ValueError, match=r"dowg: update needs params; call tx.update\(grads, state, params\)"):
        tx.update(x, tx.init(x))
    with pytest.raises(ValueError, match="dowg: r_eps must be finite and > 0, got -1"):
        dowg(r_eps=-1)
