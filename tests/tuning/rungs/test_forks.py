"""Tests of trunks and of the runs that leave them."""

import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.schedules import wsd
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.rungs.forks import Fork, name_of
from lropt_jax.tuning.sealed import plainly


def fork(width, steps, cut, trunks=()):
    rates = (0.1, 0.2)[:width]
    lanes = [Lane("sgd", r, 0, sgd(wsd(r, steps, warmup_steps=0, cooldown_steps=steps - cut))) for r in rates]
    return Fork.of(Work(bowl, lanes, steps), range(width), width, None, cut=cut, length=30, trunks=trunks)


@pytest.mark.parametrize("width", [1, 2])
def test_a_fork_keeps_its_trunks_at_the_cut_and_another_goes_on_from_them(width):
    first = fork(width, 10, 6)
    assert (first.until, first.whole, first.made, first.trunks) == (6, 30, 0, None)
    first.forward(6)
    assert (first.until, first.made, first.goes_on) == (10, 6, True)
    first.forward(4)
    assert not first.goes_on
    assert list(first.trunks) == [name_of(lane) for lane in first.work.lanes]
    further = fork(width, 30, 18, list(first.trunks.values()))
    assert (further.done, further.made, further.until) == (6, 0, 18)
    np.testing.assert_array_equal(further.before, first.before)
    np.testing.assert_array_equal(np.ravel(further.track.at.step), [6] * width)
    further.forward(12)
    assert further.trunks is None  # no rung is longer


def test_trunks_are_arrays_and_read_again():
    first, second = fork(2, 10, 6), fork(2, 10, 6)
    assert first.remains() == []
    first.forward(6)
    second.take_up([plainly(array) for array in first.remains()])
    for name, trunk in first.trunks.items():
        assert second.trunks[name].done == trunk.done
        np.testing.assert_array_equal(second.trunks[name].track.at.params, trunk.track.at.params)
