"""Tests of `adafactor` against other libraries."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import trajectory as golden
from trajectories import START, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import adafactor
from lropt_jax.schedules import inverse_sqrt, linear, power

MATRIX = np.array([[2.0, -1.5, 0.3], [1.0, 0.1, -0.7], [0.4, 1.2, -2.0], [0.9, -0.2, 0.5]])


EPS = float(np.finfo(np.float64).eps)


def rms(leaf):
    return np.sqrt(np.mean(leaf**2))


@pytest.mark.parametrize(
    ("library", "name", "tx"),
    [
        ("torch", "default", adafactor(power(0.05, 0.05**-2, exponent=0.5), eps=EPS, eps_as_floor=True)),
        (
            "torch",
            "wd",
            adafactor(0.05, eps=EPS, eps_as_floor=True, clip_threshold=1.5, decay_exponent=0.6, weight_decay=0.1),
        ),
        ("transformers", "external_lr", adafactor(0.02, parameter_scale=False)),
        ("transformers", "relative", adafactor(inverse_sqrt(1e-2, 10_000))),
        ("transformers", "relative_nowarm", adafactor(power(1e-2, 10_000, exponent=0.5))),
        ("transformers", "beta1_wd", adafactor(0.02, b1=0.9, weight_decay=0.01, scale_decay=True)),
    ],
)
def test_it_is_the_adafactor_of_both_libraries(library, name, tx):
    path = Path(__file__).parents[1] / "golden" / "optimizers" / f"{library}__Adafactor.json"
    file = json.loads(path.read_text())
    case = next(case for case in file["cases"] if case["name"] == name)
    case["given"] = file["problems"][case["problem"]]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_a_matrix_of_torch_has_eps_as_the_floor_of_its_mean_and_its_root():
    x, rows, cols, eps, lr = MATRIX.copy(), np.zeros((4, 1)), np.zeros((1, 3)), 1e-2, 0.2
    for t in range(1, 101):
        g, share = 0.05 * noisy(x, t - 1), t**-0.8
        alpha = max(1e-3, rms(x)) * min(lr, 1 / np.sqrt(t))
        rows = (1 - share) * rows + share * np.mean(g**2, axis=1, keepdims=True)
        cols = (1 - share) * cols + share * np.mean(g**2, axis=0, keepdims=True)
        v = np.maximum(rows @ cols / max(np.mean(rows), eps), eps**2)
        u = g / np.sqrt(v)
        x = x - lr * 0.1 * x - alpha * u / max(1, rms(u))
    tx = adafactor(
        power(lr, lr**-2, exponent=0.5), eps=eps, eps_as_floor=True, min_dim_size_to_factor=1,
        weight_decay=lr * 0.1, decay_coupling="independent",
    )  # fmt: skip
    ours = trajectory(tx, MATRIX, lambda x, step: 0.05 * noisy(x, step), 100)
    np.testing.assert_allclose(ours[-1], x, atol=1e-10)


@pytest.mark.parametrize("start", [MATRIX, START], ids=["matrix", "vector"])
def test_it_is_optax_adafactor(start):
    rate = linear(0.03, 80)
    ours = adafactor(
        rate, b1=0.8, rate_in_momentum=True, min_dim_size_to_factor=2, clip_threshold=0.7, weight_decay=1e-3,
        decay_coupling="independent",
    )  # fmt: skip
    theirs = optax.adafactor(
        rate, momentum=0.8, min_dim_size_to_factor=2, clipping_threshold=0.7, weight_decay_rate=1e-3
    )
    path = trajectory(theirs, start, noisy, 60)  # its decay is in float32
    np.testing.assert_allclose(trajectory(ours, start, noisy, 60), path, atol=2e-6)


def test_the_momentum_of_transformers_holds_what_the_rate_multiplied_and_decay_passes_it_by():
    x, v, mu, rate = START.copy(), 0.0, 0.0, linear(0.1, 60)
    for t in range(1, 51):
        g, share = noisy(x, t - 1), t**-0.8
        v = (1 - share) * v + share * (g**2 + 1e-30)
        u = g / np.sqrt(v)
        scale = max(1e-3, rms(x)) * 0.1 * (1 - (t - 1) / 60)
        mu = 0.9 * mu + 0.1 * scale * u / max(1, rms(u))
        x = x - 0.05 * scale * x - mu
    tx = adafactor(rate, b1=0.9, rate_in_momentum=True, weight_decay=0.05, scale_decay=True)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 50)[-1], x, atol=1e-10)


def test_multisteps_takes_bf16_parameters():
    params = jnp.ones((2, 3), jnp.bfloat16)
    tx = optax.MultiSteps(adafactor(0.1, b1=0.9, min_dim_size_to_factor=2), 2)
    state = tx.init(params)
    for _ in range(4):
        updates, state = jax.jit(tx.update)(params, state, params)
        assert updates.dtype == jnp.bfloat16
    assert int(state.gradient_step) == 2
