"""Tests of the wrapper of schedulefree."""

import jax.numpy as jnp
import numpy as np
import pytest
from laws import ValueLaws
from torch_peer import assert_golden, golden
from trajectories import START, noisy, trajectory

from lropt_jax.compat.schedulefree import ScheduleFreeWrapper
from lropt_jax.compat.torch import SGD
from lropt_jax.optimizers import adam


class TestValue(ValueLaws):
    specimen = ScheduleFreeWrapper(adam(0.1, b1=0.0), weight_decay_at_y=0.1, momentum=0.8, r=0.5)


@golden("ScheduleFreeWrapper", library="schedulefree")
def test_it_is_the_authors_wrapper_around_torch_sgd(case):
    def factory(lr=0.05, wd=None, **arguments):
        return ScheduleFreeWrapper(SGD(lr), weight_decay_at_y=wd, **arguments)

    assert_golden(factory, case)


def test_the_decay_of_its_base_is_at_z():
    x = z = y = START.copy()
    for t in range(1, 31):
        z = z - 0.1 * (noisy(y, t - 1) + 0.3 * z)
        x = x + (z - x) / t
        y = 0.1 * z + 0.9 * x
    ours = trajectory(ScheduleFreeWrapper(SGD(0.1, weight_decay=0.3)), START, noisy, 30)
    np.testing.assert_allclose(ours[-1], y, atol=1e-12)


def test_bad_arguments_are_refused():
    with pytest.raises(
        TypeError, match="schedulefree.ScheduleFreeWrapper: base must be a gradient transformation, got 0.1"
    ):
        ScheduleFreeWrapper(0.1)
    with pytest.raises(ValueError, match="weight_decay_at_y must be finite and >= 0, got -0.1"):
        ScheduleFreeWrapper(SGD(0.1), weight_decay_at_y=-0.1)
    tx, x = ScheduleFreeWrapper(SGD(0.1)), jnp.ones(2)
    with pytest.raises(ValueError, match="schedule_free: update needs params"):
        tx.update(x, tx.init(x))
