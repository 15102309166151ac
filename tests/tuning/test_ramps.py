"""Tests of short runs from one start."""

import jax
import numpy as np
from bowls import TRACES, bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning import range_test
from lropt_jax.tuning.ramps import begin


def test_seeds_start_apart_and_what_is_given_replaces_their_start():
    keys = jax.vmap(jax.random.key)(np.arange(2, dtype=np.uint32))
    own = begin(bowl, sgd(0.1), keys, None, None, None)
    assert own.params.shape == (2, 3)
    assert not np.allclose(own.params[0], own.params[1])
    given = begin(bowl, sgd(0.1), keys, np.ones(3), None, None)
    np.testing.assert_array_equal(given.params, np.ones((2, 3)))
    assert bool((given.key == own.key).all())


def test_other_rates_need_no_other_program():
    range_test(bowl, sgd, steps=20, lanes=7, seeds=2)
    before = len(TRACES)
    range_test(bowl, sgd, low=1e-3, high=1.0, steps=30, lanes=7, seeds=[5, 6])
    assert len(TRACES) == before
