"""Tests of the straight rise before a curve."""

import numpy as np

from lropt_jax._core.ends import end_of, with_end
from lropt_jax._core.rises import with_rise


def test_a_curve_begins_where_the_rise_ends():
    schedule = with_rise(with_end(lambda step: 3.0 - step, 4), 0.0, 2.0, 2)
    np.testing.assert_allclose(schedule(np.arange(5)), [0, 1, 3, 2, 1])
    assert end_of(schedule) == 6
    assert end_of(with_rise(lambda step: step, 0.0, 2.0, 2)) is None
    np.testing.assert_allclose(with_rise(lambda step: 3.0 - step, 0.0, 2.0, 0)(np.arange(2)), [3, 2])
