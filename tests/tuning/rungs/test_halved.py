"""Tests of what successive halving found."""

import dataclasses

import numpy as np
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning import halving

found = halving(bowl, sgd, steps=18, rates=[0.1, 0.2, 0.4], rungs=2, seeds=1)


def test_the_last_rung_with_a_survivor_decides():
    assert found.last is found.rungs[1]
    lost = dataclasses.replace(found.rungs[1], status=np.array(["diverged"]), finished=False)
    cut = dataclasses.replace(found, rungs=(found.rungs[0], lost))
    assert cut.last is found.rungs[0]
    assert not cut.finished
    assert cut.best() == found.rungs[0].best()


def test_the_picture_has_the_first_rung_and_the_last_and_says_what_all_cost():
    figure = found.plot()
    assert "6 steps (faint), 18 steps (bold)" in figure.axes[0].get_title()
    assert "rung 1: 3 lanes x 6 steps" in figure.get_supxlabel()
