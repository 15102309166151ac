"""Tests of the first part of a run and of its branches."""

import jax
import jax.numpy as jnp
import numpy as np
from bowls import bowl

from lropt_jax.diagnostics._parts import branches, first_part
from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem, solve

KEY = jax.random.key(0)


def test_the_first_part_is_that_of_solve_and_judged_eleven_times():
    tx = sgd(0.1, momentum=0.5)
    stand = first_part(bowl, tx, KEY, 20)
    done = solve(bowl, tx, KEY, 20)
    np.testing.assert_allclose(stand.values, done.values, rtol=1e-6)
    np.testing.assert_allclose(stand.at.params, done.params, rtol=1e-6)
    assert stand.judged.shape == (11,)
    np.testing.assert_allclose(stand.judged[:-1], done.values[::2], rtol=1e-6)


def test_a_branch_multiplies_the_updates_and_ends_after_its_length():
    at = first_part(bowl, sgd(0.1), KEY, 10).at
    ended = branches(bowl, sgd(0.1), at, np.array([[2.0, 0.5], [5.0, 9.0]], np.float32), np.array([2, 1], np.int32))
    start = float(jnp.sum(at.params**2))
    np.testing.assert_allclose(ended, [start * (0.6 * 0.9) ** 2, 0.0], rtol=1e-5, atol=1e-12)


def test_without_held_out_data_training_batches_judge():
    plain = Problem(bowl.init, bowl.field)
    assert first_part(plain, sgd(0.1), KEY, 10).judged.shape == (11,)
