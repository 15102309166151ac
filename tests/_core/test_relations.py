"""Tests of what holds between arguments."""

import jax
import numpy as np
import pytest

from lropt_jax._core.relations import above, absent, at_least, equal


def test_one_argument_may_bound_another():
    at_least(0.1, "floor", ceiling=0.1)
    with pytest.raises(ValueError, match=r"^ceiling must be finite and >= floor, 0.5, got 0.1\.$"):
        at_least(0.5, "floor", ceiling=0.1)
    with pytest.raises(ValueError, match=r"^base_lr must be finite and > lr_end, 0.1, got 0.1\.$"):
        above(0.1, "lr_end", base_lr=0.1)
    with pytest.raises(ValueError, match="^ceiling must be"):
        at_least(np.array([0.1, 0.5]), "floor", ceiling=np.array([0.2, 0.2]))


def test_a_number_may_have_to_be_another():
    equal(0.1, base_lr=0.1)
    with pytest.raises(ValueError, match=r"^base_lr must be 0.1, got 0.2\.$"):
        equal(0.1, base_lr=0.2)


def test_an_argument_may_mean_nothing_without_another():
    absent("momentum", dampening=None, nesterov=False)
    with pytest.raises(ValueError, match=r"^dampening must be None without momentum, got 0.5; give momentum\.$"):
        absent("momentum", dampening=0.5)
    with pytest.raises(ValueError, match=r"^nesterov must be False without momentum, got True; give momentum\.$"):
        absent("momentum", nesterov=True)


def test_traced_numbers_and_missing_ones_pass():
    jax.jit(lambda number: (at_least(5.0, "floor", ceiling=number), equal(1.0, base_lr=number)))(0.1)
    jax.jit(lambda bound: above(bound, "floor", ceiling=0.1))(5.0)
    at_least(5.0, "floor", ceiling=None)
