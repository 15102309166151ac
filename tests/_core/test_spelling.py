"""Tests of rules as text."""

import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax import chain, compat
from lropt_jax._core.spelling import cell, named, spell, spell_call, usage, with_spread, worded
from lropt_jax.optimizers import adam
from lropt_jax.rates import dog
from lropt_jax.schedules import cosine
from lropt_jax.wrappers import clip_norm


def test_arguments_are_spelled_shortly():
    assert spell((1,)) == "(1,)"
    assert spell([1, (2.5, "a")]) == "[1, (2.5, 'a')]"
    assert spell({"a": np.float32(0.1)}) == "{'a': 0.1}"
    assert spell(jnp.array([1, 2])) == "array([1, 2])"
    assert spell(jnp.bfloat16) == "bfloat16"
    assert spell(optax.global_norm) == "global_norm"


def test_calls_and_signatures():
    def function(first, *rest, key: int = 3, mask=None, **more):
        """Nothing."""

    assert usage(function) == "function(first, *rest, key=3, mask=None, **more)"
    arguments = {"first": None, "rest": (2, 3), "key": 4, "mask": None, "more": {"x": 5}}
    assert spell_call(function, arguments) == "function(first=None, 2, 3, key=4, x=5)"
    assert spell_call(function, {"first": 1, "mask": True}) == "function(first=1, mask=True)"


def test_the_counterparts_of_other_libraries_have_them_before_their_names():
    assert named(compat.torch.StepLR) == "torch.StepLR"
    assert usage(compat.optax.constant_schedule) == "optax.constant_schedule(value)"
    assert spell_call(compat.torch.ExponentialLR, {"base_lr": 0.1}) == "torch.ExponentialLR(base_lr=0.1)"
    assert named(optax.adam) == "adam"


def test_results_are_shown_with_their_spread():
    assert with_spread((-18.0123, 0.0234)) == "-18.012 ± 0.023"
    assert with_spread((-17.8, 0.11)) == "-17.80 ± 0.11"
    assert with_spread((12345.6, 234.5)) == "12346 ± 234"
    assert with_spread((1.5e-10, 2.5e-11)) == "1.5e-10 ± 2.5e-11"
    assert with_spread((0.5, 0.0)) == "0.5"
    assert with_spread(None) == "-"


def test_values_are_worded_short():
    assert worded({"a": 0.123456, "b": "True", "c": 10}) == ["a 0.1235", "b True", "c 10"]
    assert cell(None) == "-"


def test_an_example_has_what_a_factory_requires():
    for factory, text in (
        (adam, "adam(1e-3)"),
        (cosine, "cosine(peak, steps)"),
        (clip_norm, "clip_norm(optimizer, max_norm)"),
        (chain, "chain(...)"),
        (dog, "dog()"),
    ):
        assert factory.example == text
