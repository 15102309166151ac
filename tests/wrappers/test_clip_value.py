"""Tests of `clip_value`."""

import numpy as np
import optax
import pytest
from laws import WrapperLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import clip_value


class TestLaws(WrapperLaws):
    specimen = clip_value(adam(0.1), max_value=0.5)


def test_it_is_clip_of_optax():
    ours = trajectory(clip_value(sgd(0.1), max_value=0.7), START, noisy, 50)
    theirs = trajectory(optax.chain(optax.clip(0.7), optax.sgd(0.1)), START, noisy, 50)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="clip_value: max_value must be finite and > 0, got -1"):
        clip_value(sgd(0.1), max_value=-1)
