"""Tests of the checks."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core import checks


def test_errors_name_owner_argument_rule_and_value():
    with pytest.raises(ValueError, match=r"^cosine: steps must be finite and > 0, got 0\.$"):
        checks.positive("cosine", steps=0)
    with pytest.raises(ValueError, match=r"^adam: b1 must be in \[0, 1\), got 1\.$"):
        checks.below_one("adam", b1=1)
    with pytest.raises(ValueError, match="^Problem: value must be one of loss, monitor, got 'los'"):
        checks.one_of("Problem", ("loss", "monitor"), value="los")


def test_powers_of_two_pass_alone():
    for good in (1, 2, 2**30, 8.0, np.array([4, 16])):
        checks.power_of_two("owner", it=good)
    for bad in (0, -2, 3, 0.5, 2**30 + 1, float("inf")):
        with pytest.raises(ValueError, match=rf"^owner: it must be a power of two, got {bad}\.$"):
            checks.power_of_two("owner", it=bad)


def test_whole_numbers_are_those_of_python_and_numpy():
    checks.whole("owner", it=1, that=np.int64(7))
    checks.whole("owner", 0, 12, it=np.uint8(12), that=0)
    for bad in (0, np.int32(-1), True, 2.0, np.float32(2), None, "2"):
        with pytest.raises(ValueError, match=rf"^owner: it must be a whole number >= 1, got {re.escape(repr(bad))}\.$"):
            checks.whole("owner", it=bad)
    with pytest.raises(ValueError, match=r"^owner: it must be a whole number from 0 to 12, got 13\.$"):
        checks.whole("owner", 0, 12, it=13)


@pytest.mark.parametrize("bad", [None, "0.1", True, object(), [1.0, "a"]])
def test_what_is_no_number_is_a_type_error(bad):
    with pytest.raises(TypeError, match="owner: it must be a number, got"):
        checks.nonnegative("owner", it=bad)


def test_arrays_and_sequences_are_checked_whole():
    checks.positive("owner", it=np.ones(3))
    checks.positive("owner", it=(1, 2.0, jnp.array(3)))
    with pytest.raises(ValueError, match="owner: it must be finite"):
        checks.positive("owner", it=jnp.array([1.0, -1.0]))


def test_of_a_long_array_the_first_bad_number_is_told():
    with pytest.raises(ValueError, match=r"^owner: data must be finite, got nan among them\.$"):
        checks.finite("owner", data=np.array([[1.0, np.nan]] * 20))


def test_traced_numbers_and_functions_pass():
    jax.jit(lambda number: checks.positive("owner", it=number))(-1.0)
    checks.schedulable(checks.positive, "owner", it=lambda step: step)
    jax.jit(lambda number: checks.ascending("owner", it=[number, 1.0]))(2.0)


def test_nothing_is_checked_while_suspended_and_everything_after():
    with checks.suspended():
        checks.positive("owner", it=-1)
        checks.schedulable(checks.positive, "owner", it=None)
        checks.ascending("owner", it=(2, 1))
    with pytest.raises(ValueError, match="owner"):
        checks.positive("owner", it=-1)


def test_one_argument_may_bound_another():
    checks.at_least("clip", 0.1, "floor", ceiling=0.1)
    with pytest.raises(ValueError, match="^clip: ceiling must be finite and >= floor, 0.5, got 0.1"):
        checks.at_least("clip", 0.5, "floor", ceiling=0.1)
    with pytest.raises(ValueError, match="^decay: base_lr must be finite and > lr_end, 0.1, got 0.1"):
        checks.above("decay", 0.1, "lr_end", base_lr=0.1)
    with pytest.raises(ValueError, match="^cosine_restarts: growth must be finite and >= 1, got 0.5"):
        checks.at_least("cosine_restarts", 1, growth=0.5)
    with pytest.raises(ValueError, match=r"^one_cycle: rise_fraction must be in \(0, 1\), got 1"):
        checks.inside("one_cycle", 0, 1, rise_fraction=1)
    checks.equal("ChainedScheduler", 0.1, base_lr=0.1)
    with pytest.raises(ValueError, match="^ChainedScheduler: base_lr must be 0.1, got 0.2"):
        checks.equal("ChainedScheduler", 0.1, base_lr=0.2)
    with pytest.raises(ValueError, match=r"^LinearLR: end_factor must be in \[0, 1\], got 1.5"):
        checks.fraction("LinearLR", end_factor=1.5)
    with pytest.raises(ValueError, match="^tanh: lower must be finite, got nan"):
        checks.finite("tanh", lower=float("nan"))


def test_a_sequence_in_order_may_have_to_pass_a_check_of_its_own():
    checks.ascending("owner", checks.nonnegative, it=(0, 1))
    with pytest.raises(ValueError, match="^owner: it must be finite and > 0, got"):
        checks.ascending("owner", it=(0, 1))
    with pytest.raises(ValueError, match="^owner: it must be a sequence in ascending order, got"):
        checks.ascending("owner", checks.nonnegative, it=(1, 0))


@pytest.mark.parametrize("number", [0.1j, np.array("0.1"), np.array(True)])
def test_what_is_no_real_number_is_refused(number):
    with pytest.raises(TypeError, match="owner: it must be a real number, got"):
        checks.positive("owner", it=number)
    checks.positive("owner", it=[3, np.float16(1), jnp.ones(2, jnp.bfloat16), jnp.int8(3)])
