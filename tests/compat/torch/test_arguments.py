"""Tests of what PyTorch's optimizers have in common."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax import rates
from lropt_jax.compat.torch.arguments import check, climbing, decays, nonnegative, two
from lropt_jax.optimizers import adam
from lropt_jax.schedules import linear


def test_rates_of_every_kind_pass_and_numbers_below_0_do_not():
    for lr in (0.0, 0.1, linear(0.1, 10), lambda step: 0.1, rates.as_rate(0.1, owner="owner")):
        check("owner", lr, eps=1e-8, weight_decay=None, momentum_decay=linear(0.1, 10))
    for call, error, message in (
        (lambda: check("owner", -0.1), ValueError, "^owner: lr must be finite and >= 0, got -0.1"),
        (lambda: check("owner", "high"), TypeError, "^owner: lr must be a number or a schedule, got 'high'"),
        (lambda: check("owner", 0.1, eps=-1), ValueError, "^owner: eps must be finite and >= 0, got -1"),
        (lambda: nonnegative("owner", lr=rates.as_rate(0.1, owner="owner")), TypeError, "^owner: lr must be a number"),
        (lambda: nonnegative("owner", lr=None), TypeError, "^owner: lr must be a number or a schedule, got None"),
        (lambda: two("owner", "etas", (0.9,)), ValueError, r"^owner: etas must be two numbers, got \(0.9,\)"),
        (lambda: decays("owner", 0.9), ValueError, "^owner: betas must be two numbers, got 0.9"),
        (lambda: decays("owner", (0.9, 1.0)), ValueError, r"^owner: betas must be in \[0, 1\), got 1.0"),
    ):
        with pytest.raises(error, match=message):
            call()


def test_pairs_are_given_back():
    schedule = linear(0.9, 10)
    assert two("owner", "eps", (None, 1e-3)) == (None, 1e-3)
    assert decays("owner", [0.5, schedule]) == [0.5, schedule]


def test_climbing_changes_the_sign_of_the_gradients_and_nothing_else():
    tx, grads = adam(0.1), {"a": jnp.array([1.0, -2.0]), "none": None}
    assert climbing(tx, False) is tx
    up, _ = climbing(tx, True).update(grads, climbing(tx, True).init(grads))
    down, _ = tx.update(grads, tx.init(grads))
    np.testing.assert_array_equal(up["a"], -down["a"])
