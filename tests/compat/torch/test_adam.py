"""Tests of PyTorch's Adam and AdamW."""

import jax
import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import ValueLaws
from torch_peer import assert_golden, golden
from trajectories import START, noisy, trajectory

from lropt_jax import parse, to_config
from lropt_jax.compat.torch import Adam, AdamW
from lropt_jax.schedules import linear


class TestValueOfAdam(ValueLaws):
    specimen = Adam(0.1, betas=(0.8, 0.9), weight_decay=0.1, amsgrad=True, maximize=True)


class TestValueOfAdamW(ValueLaws):
    specimen = AdamW(linear(0.1, 10), betas=(linear(0.9, 10), 0.99))


@golden("Adam")
def test_it_is_torch_adam(case):
    assert_golden(Adam, case)


@golden("AdamW")
def test_it_is_torch_adamw(case):
    assert_golden(AdamW, case)


@pytest.mark.parametrize(("name", "factory"), [("adam", Adam), ("short_b2", Adam), ("adamw_wd", AdamW)])
def test_amsgrad_is_torchs(name, factory):
    assert_golden(factory, optimizer_cases("AMSGrad")[name])


def test_the_decay_of_adamw_follows_a_schedule_as_in_torch():
    assert_golden(AdamW, optimizer_cases("with_schedule")["AdamW"])


@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam_with_decoupled_decay_is_adamw(amsgrad):
    both = {"weight_decay": 0.2, "amsgrad": amsgrad}
    ours = trajectory(Adam(0.1, decoupled_weight_decay=True, **both), START, noisy, 20)
    np.testing.assert_array_equal(ours, trajectory(AdamW(0.1, **both), START, noisy, 20))


def test_going_up_is_going_down_the_negative_of_it_but_for_the_decay():
    up, down = AdamW(0.1, weight_decay=0.5, maximize=True), AdamW(0.1, weight_decay=0.5)
    ours = trajectory(up, START, lambda x, step: -noisy(x, step), 20)
    np.testing.assert_array_equal(ours, trajectory(down, START, noisy, 20))


def test_it_is_written_by_its_name_and_its_numbers_are_swept():
    tx = AdamW(0.1)
    assert repr(tx) == (
        "torch.AdamW(lr=0.1, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01, amsgrad=False, maximize=False)"
    )
    assert to_config(tx)["rule"] == "torch.AdamW"
    assert parse("torch.AdamW(rate, betas=(0.9, 0.95))", rate=0.1) == AdamW(0.1, betas=(0.9, 0.95))
    first = jax.vmap(lambda b1: AdamW(0.1, betas=(b1, 0.999)).update(START, tx.init(START), START)[0])
    assert first(np.array([0.0, 0.5, 0.9])).shape == (3, 4)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: Adam(0.1, betas=(1.0, 0.999)): r"torch.Adam: betas must be in \[0, 1\), got 1.0",
        lambda: Adam(0.1, betas=0.9): "torch.Adam: betas must be two numbers, got 0.9",
        lambda: AdamW(0.1, eps=-1.0): "torch.AdamW: eps must be finite and >= 0, got -1.0",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(TypeError, match="torch.Adam: got an unexpected keyword argument 'fused'; it is torch.Adam"):
        Adam(0.1, fused=True)
