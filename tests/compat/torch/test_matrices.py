"""Tests of PyTorch's Adafactor and Muon."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden_path
from laws import ValueLaws, x64
from torch_peer import assert_golden, golden
from trajectories import START, trajectory

from lropt_jax.compat.torch import Adafactor, AdamW, Muon
from lropt_jax.schedules import constant, linear


class TestValueOfAdafactor(ValueLaws):
    specimen = Adafactor(linear(0.1, 10), weight_decay=0.1, maximize=True)


class TestValueOfMuon(ValueLaws):
    specimen = Muon(0.1, ns_steps=3, adjust_lr_fn="match_rms_adamw")


@golden("Adafactor")
def test_it_is_torch_adafactor(case):
    assert_golden(Adafactor, case)


def test_adafactor_never_steps_faster_than_one_over_the_root_of_time():
    tx = Adafactor(0.4)
    state = tx.init(START)
    rates = []
    for _ in range(12):
        _, state = tx.update(START, state, START)
        rates.append(state.learning_rate)
    np.testing.assert_allclose(rates, np.minimum(0.4, np.arange(1, 13) ** -0.5), rtol=1e-6)


def test_the_decay_of_adafactor_goes_with_lr_and_not_with_the_rate():
    ours = trajectory(Adafactor(constant(0.4), weight_decay=0.5), START, lambda x, step: 0 * x, 20)
    np.testing.assert_allclose(ours[-1], START * 0.8**20, rtol=1e-12)


def test_the_least_divisor_is_the_epsilon_of_the_accumulators():
    for on, eps in ((False, 1.1920929e-07), (True, 2.220446049250313e-16)):
        with x64(on):
            tiny, params = jnp.full(3, eps / 10), jnp.ones(3)
            updates, _ = (tx := Adafactor(0.1)).update(tiny, tx.init(params), params)
            np.testing.assert_allclose(updates, -0.01, rtol=1e-5)


def test_it_is_torch_muon_to_the_precision_of_its_bf16():
    case = optimizer_cases("Muon")["default"]
    row, col = np.mgrid[:2, :3]
    ours = trajectory(
        Muon(0.02), case["given"]["params"]["W"], lambda w, step: np.sin(0.7 * step + row + 2 * col) + 0.05 * w, 20
    )
    np.testing.assert_allclose(ours, golden_path(case, "W"), atol=1e-2)


def test_the_scale_of_muon_is_of_out_by_in_matrices():
    grads = jnp.eye(8, 2)
    sizes = {}
    for name in (None, "original", "match_rms_adamw"):
        for matrix in (grads, grads.T):
            tx = Muon(1.0, weight_decay=None, adjust_lr_fn=name)
            sizes[name, len(matrix)] = float(jnp.linalg.norm(tx.update(matrix, tx.init(matrix))[0]))
    one = sizes[None, 2]
    assert sizes[None, 8] == pytest.approx(2 * one, rel=1e-2)
    assert sizes["original", 8] == sizes[None, 8]
    assert sizes["match_rms_adamw", 8] == pytest.approx(0.2 * np.sqrt(8) * one, rel=1e-2)


def test_muon_takes_the_matrices_of_a_partition():
    params = {"kernel": jnp.eye(3), "bias": jnp.ones(3)}
    tx = optax.partition({"matrix": Muon(0.1), "rest": AdamW(0.1)}, {"kernel": "matrix", "bias": "rest"})
    updates, _ = tx.update(params, tx.init(params), params)
    assert updates["kernel"].shape == (3, 3)
    with pytest.raises(
        ValueError, match=r"^torch.Muon: parameters must be matrices, got shape \(3,\); use wrappers.groups"
    ):
        Muon(0.1).init(params)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: Adafactor(-0.1): "torch.Adafactor: lr must be finite and >= 0, got -0.1",
        lambda: Adafactor(beta2_decay=0.8): "torch.Adafactor: beta2_decay must be finite and <= 0, got 0.8",
        lambda: Adafactor(eps=(None, -1.0)): "torch.Adafactor: eps must be finite and >= 0, got -1.0",
        lambda: Adafactor(eps=1e-3): "torch.Adafactor: eps must be two numbers, got 0.001",
        lambda: Adafactor(d=0.0): "torch.Adafactor: d must be finite and > 0, got 0.0",
        lambda: Muon(0.1, momentum=1.0): r"torch.Muon: momentum must be in \[0, 1\), got 1.0",
        lambda: Muon(0.1, ns_coefficients=(1.0,)): r"torch.Muon: ns_coefficients must be three numbers, got \(1.0,\)",
        lambda: Muon(0.1, ns_steps=0): "torch.Muon: ns_steps must be a whole number >= 1, got 0",
        lambda: Muon(0.1, adjust_lr_fn="none"): "torch.Muon: adjust_lr_fn must be one of original, match_rms_adamw",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
