"""Tests of timm's controller."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from controllers import fed_results
from golden_values import controller_cases
from laws import RateLaws, x64

from lropt_jax import learning_rate
from lropt_jax.compat import torch
from lropt_jax.compat.timm import PlateauLRScheduler
from lropt_jax.optimizers import sgd

CASES = controller_cases("PlateauLRScheduler", "timm")


class TestLaws(RateLaws):
    rate = PlateauLRScheduler(0.1, patience_t=2, warmup_t=3, warmup_lr_init=0.01)


@pytest.mark.parametrize("name", CASES)
def test_it_is_timms(name):
    case = CASES[name]
    with x64():
        found, _ = fed_results(PlateauLRScheduler(case["base_lr"], **case["params"]), case["metrics"])
    np.testing.assert_allclose(found, case["lrs"], rtol=0, atol=1e-12)


def test_without_a_warmup_it_is_torchs_of_higher_results():
    results = np.random.default_rng(0).normal(size=60)
    ours, _ = fed_results(PlateauLRScheduler(0.1, patience_t=1, cooldown_t=2, lr_min=1e-4), results)
    theirs, _ = fed_results(torch.ReduceLROnPlateau(0.1, "max", patience=1, cooldown=2, min_lr=1e-4), results)
    np.testing.assert_array_equal(ours, theirs)


def test_it_begins_at_the_foot_of_the_warmup_and_waits_there_for_results():
    tx, x = sgd(PlateauLRScheduler(1.0, warmup_t=4, warmup_lr_init=0.2)), jnp.ones(1)
    state = tx.init(x)
    for _ in range(3):
        assert learning_rate(state) == np.float32(0.2)
        _, state = tx.update(x, state, x)
    _, fed = tx.update(x, state, x, value=0.5)
    np.testing.assert_allclose(learning_rate(fed), 0.4, rtol=1e-6)
    assert jax.tree.leaves(fed.rate.plateau) == jax.tree.leaves(state.rate.plateau)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="timm.PlateauLRScheduler: noise_range_t must be None"):
        PlateauLRScheduler(0.1, noise_range_t=(2, 5))
    with pytest.raises(ValueError, match="timm.PlateauLRScheduler: warmup_t must be finite and >= 0, got -1"):
        PlateauLRScheduler(0.1, warmup_t=-1)
