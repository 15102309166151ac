"""Tests of the warmup of schedulefree."""

import numpy as np

from lropt_jax.compat.schedulefree.rise import rising
from lropt_jax.schedules import linear


def test_the_first_update_moves_and_the_last_of_the_warmup_has_the_whole_rate():
    np.testing.assert_allclose(rising(0.8, 4)(np.arange(6)), [0.2, 0.4, 0.6, 0.8, 0.8, 0.8], rtol=1e-6)
    np.testing.assert_allclose(rising(0.8, 0)(np.arange(3)), 0.8, rtol=1e-6)


def test_a_schedule_goes_on_during_the_warmup():
    np.testing.assert_allclose(rising(linear(1.0, 4), 2)(np.arange(4)), [0.5, 0.75, 0.5, 0.25], rtol=1e-6)
