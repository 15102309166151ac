"""Tests of runs."""

import numpy as np
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.runs import Run


def test_a_run_ends_where_no_lane_is_finite_any_more_however_it_is_sliced():
    work = Work(bowl, [Lane("sgd", rate, 0, sgd(rate)) for rate in (1e12, 2e12)], 100)
    ends = []
    for slices in ([100], [1, 1, 1, 97], [7] * 14):
        run = Run.begun(work, [0, 1], 2)
        assert run.before.shape == (2,)
        for now in slices:
            run.forward(now)
        assert not run.goes_on
        ends.append(run.track)
    for end in ends[1:]:
        assert int(end.at.step[0]) == int(ends[0].at.step[0]) < 10
        np.testing.assert_array_equal(end.curve, ends[0].curve)
