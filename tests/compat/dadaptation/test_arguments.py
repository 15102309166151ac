"""Tests of what D-Adaptation's and Prodigy's optimizers have in common."""

import math

import pytest

from lropt_jax import rates
from lropt_jax.compat.dadaptation.arguments import check, limit
from lropt_jax.schedules import linear


def test_no_limit_of_growth_is_none_or_infinite():
    assert limit("owner", None) is limit("owner", math.inf) is None
    schedule = linear(2.0, 10)
    assert (limit("owner", 1.02), limit("owner", schedule)) == (1.02, schedule)


def test_bad_arguments_are_refused():
    check("owner", linear(1.0, 10), 1e-6, eps=1e-8, weight_decay=None)
    for call, error, message in (
        (lambda: limit("owner", 0.5), ValueError, "^owner: growth_rate must be finite and >= 1, got 0.5"),
        (lambda: limit("owner", "no"), TypeError, "^owner: growth_rate must be a number or a schedule, got 'no'"),
        (lambda: check("owner", -1.0, 1e-6), ValueError, "^owner: lr must be finite and >= 0, got -1.0"),
        (lambda: check("owner", 1.0, 0.0), ValueError, "^owner: d0 must be finite and > 0, got 0.0"),
        (lambda: check("owner", 1.0, 1e-6, eps=-1.0), ValueError, "^owner: eps must be finite and >= 0, got -1.0"),
        (
            lambda: check("owner", rates.as_rate(1.0, owner="owner"), 1e-6),
            TypeError,
            "^owner: lr must be a number or a schedule",
        ),
    ):
        with pytest.raises(error, match=message):
            call()
