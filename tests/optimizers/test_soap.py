"""Tests of `soap`."""

from laws import OptimizerLaws

from lropt_jax.optimizers import soap
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = soap(0.1)


class TestLawsWithoutASkippedStep(OptimizerLaws):
    specimen = soap(linear(0.1, 50), every=2, skip_first=False, more_axes="flatten", max_dim=2, weight_decay=0.05)


def test_():
    pass
