"""Tests of `watch`."""

from laws import WrapperLaws

from lropt_jax.diagnostics import watch
from lropt_jax.optimizers import adam


class TestLaws(WrapperLaws):
    specimen = watch(adam(0.1), every=2, keep=3)
