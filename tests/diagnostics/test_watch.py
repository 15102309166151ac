"""Tests of `watch`."""

from laws import WrapperLaws

from lropt_jax.diagnostics import watch
from lropt_jax.optimizers import adam, sgd


class TestLaws(WrapperLaws):
    specimen = watch(adam(0.1), every=2, keep=3)


class TestLawsOfPlainSGD(WrapperLaws):
    specimen = watch(sgd(0.1), every=1, keep=2, groups=("w",), cosine=False)
