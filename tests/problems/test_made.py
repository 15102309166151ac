"""Tests of what makes a problem of a loss."""

import inspect

from lropt_jax.problems import Problem


def test_both_ways_take_the_same_options():
    loss, nnx = (inspect.signature(way).parameters for way in (Problem.from_loss, Problem.from_nnx))
    assert [name for name in loss if name not in nnx] == ["init", "has_state"]
    assert [name for name in nnx if name not in loss] == ["model"]
