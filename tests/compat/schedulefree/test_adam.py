"""Tests of AdamW and RAdam of schedulefree."""

import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import TransformLaws, ValueLaws
from schedulefree_peer import assert_schedule_free
from torch_peer import golden
from trajectories import START, noisy, trajectory

from lropt_jax.compat.schedulefree import AdamWScheduleFree, RAdamScheduleFree
from lropt_jax.optimizers import adamw
from lropt_jax.schedules import linear, warmup
from lropt_jax.wrappers import schedule_free


class TestValueOfAdamW(ValueLaws):
    specimen = AdamWScheduleFree(linear(0.1, 10), betas=(0.8, 0.9), weight_decay=0.1, warmup_steps=5, r=0.5)


class TestLawsOfRAdam(TransformLaws):
    specimen = RAdamScheduleFree(0.1, betas=(0.8, 0.9), silent_sgd_phase=False)


@golden("AdamWScheduleFree", library="schedulefree")
def test_it_is_the_authors_adamw(case):
    assert_schedule_free(AdamWScheduleFree, case)


@golden("RAdamScheduleFree", library="schedulefree")
def test_it_is_the_authors_radam(case):
    assert_schedule_free(RAdamScheduleFree, case)


def test_adamw_is_the_wrapper_around_ours_without_a_first_moment():
    theirs = AdamWScheduleFree(0.1, betas=(0.9, 0.99), weight_decay=0.1, warmup_steps=5)
    ours = schedule_free(adamw(warmup(0.1, 5), b1=0.0, b2=0.99, weight_decay=0.1))
    np.testing.assert_allclose(trajectory(theirs, START, noisy, 50), trajectory(ours, START, noisy, 50), atol=1e-10)


def test_radam_decays_with_its_factor():
    decaying = optimizer_cases("RAdamScheduleFree", "schedulefree")["default"]["hyperparameters"] | {
        "weight_decay": 0.5
    }
    path = trajectory(RAdamScheduleFree(**decaying), START, lambda x, step: 0 * x, 20)
    np.testing.assert_array_equal(path[4], START)  # the silent phase
    assert np.all(np.abs(path[-1]) < np.abs(START))


def test_bad_arguments_are_refused():
    for factory in (AdamWScheduleFree, RAdamScheduleFree):
        owner = f"schedulefree.{factory.__name__}"
        for arguments, message in {
            ("betas", (1.5, 0.9)): rf"{owner}: betas must be in \[0, 1\], got 1.5",
            ("betas", (0.9, 1.0)): rf"{owner}: betas must be in \[0, 1\), got 1.0",
            ("betas", 0.9): f"{owner}: betas must be two numbers, got 0.9",
            ("eps", -1.0): f"{owner}: eps must be finite and >= 0, got -1.0",
        }.items():
            with pytest.raises(ValueError, match=message):
                factory(**dict([arguments]))
