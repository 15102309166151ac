"""Tests of Prodigy with the arguments of its authors."""

import numpy as np
import pytest
from dadaptation_peer import assert_authors
from laws import ValueLaws
from torch_peer import golden
from trajectories import START, noisy, trajectory

from lropt_jax.compat.prodigyopt import Prodigy
from lropt_jax.schedules import linear


class TestValue(ValueLaws):
    specimen = Prodigy(linear(1.0, 10), betas=(0.8, 0.99), beta3=0.9, weight_decay=0.1, growth_rate=1.02, slice_p=2)


@golden("Prodigy", library="prodigyopt")
def test_it_is_prodigy_and_so_is_all_that_its_estimate_is_made_of(case):
    states = assert_authors(Prodigy, case)
    for slot, name in ((states.largest, "d_max"), (states.numerator, "d_numerator")):
        np.testing.assert_allclose(np.asarray(slot), [extra[name] for extra in case["extra"]], rtol=1e-9, atol=1e-9)
    sums = np.abs(np.asarray(states.grad_sum)).sum(-1)
    np.testing.assert_allclose(sums, [extra["d_denom"] for extra in case["extra"]], rtol=1e-9)


def test_no_growth_limit_may_be_written_as_there():
    np.testing.assert_array_equal(
        trajectory(Prodigy(growth_rate=float("inf"), d0=1e-2), START, noisy, 20),
        trajectory(Prodigy(d0=1e-2), START, noisy, 20),
    )


def test_it_is_written_by_its_name():
    assert repr(Prodigy(0.5)) == (
        "prodigyopt.Prodigy(lr=0.5, betas=(0.9, 0.999), eps=1e-08, decouple=True, use_bias_correction=False, "
        "safeguard_warmup=False, d0=1e-06, d_coef=1.0, slice_p=1)"
    )


def test_bad_arguments_are_refused():
    tx = Prodigy()
    for call, message in {
        lambda: Prodigy(-1.0): "prodigyopt.Prodigy: lr must be finite and >= 0, got -1.0",
        lambda: Prodigy(betas=(1.0, 0.9)): r"prodigyopt.Prodigy: betas must be in \[0, 1\), got 1.0",
        lambda: Prodigy(beta3=1.0): r"prodigyopt.Prodigy: beta3 must be in \[0, 1\), got 1.0",
        lambda: Prodigy(d_coef=0.0): "prodigyopt.Prodigy: d_coef must be finite and > 0, got 0.0",
        lambda: Prodigy(growth_rate=0.9): "prodigyopt.Prodigy: growth_rate must be >= 1, got 0.9",
        lambda: tx.update(START, tx.init(START)): "prodigy: update needs params; call tx.update",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
