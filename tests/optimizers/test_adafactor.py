"""Tests of `adafactor`."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import trajectory as golden
from laws import OptimizerLaws, x64
from trajectories import START, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import adafactor, decay
from lropt_jax.schedules import constant, inverse_sqrt, linear, power

MATRIX = np.array([[2.0, -1.5, 0.3], [1.0, 0.1, -0.7], [0.4, 1.2, -2.0], [0.9, -0.2, 0.5]])
EPS = float(np.finfo(np.float64).eps)


class AdafactorLaws(OptimizerLaws):
    """`min_dim_size_to_factor` decides shapes: neither a schedule nor Optax's injection of numbers may set it."""

    def test_every_number_may_follow_a_schedule(self):
        given = {k: v for k, v in self.specimen.arguments.items() if type(v) in (int, float)}
        del given["min_dim_size_to_factor"]
        following = self.specimen.replace(**{name: constant(number) for name, number in given.items()})
        self.close(self.run(following, self.tree())[0], self.run(self.specimen, self.tree())[0])

    def test_inject_hyperparams_takes_its_factory(self):
        factory = optax.inject_hyperparams(self.specimen.factory, static_args="min_dim_size_to_factor")
        alone, _ = self.run(self.specimen, self.tree())
        self.close(self.run(factory(**self.specimen.arguments), self.tree())[0], alone, 1e-4)


class TestLaws(AdafactorLaws):
    specimen = adafactor(0.1)


class TestLawsOfMatrices(AdafactorLaws):
    specimen = adafactor(
        linear(0.1, 50), b1=0.9, eps=0.0, min_dim_size_to_factor=2, factored_axes="last", weight_decay=0.01,
        rate_in_momentum=True, scale_decay=True,
    )  # fmt: skip


class TestLawsOfTorch(AdafactorLaws):
    specimen = adafactor(
        0.1, eps=1e-7, eps_as_floor=True, min_dim_size_to_factor=1, clip_threshold=None, parameter_scale=False
    )


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


def rms(leaf):
    return np.sqrt(np.mean(leaf**2))


@pytest.mark.parametrize("start", [MATRIX, MATRIX.T, START], ids=["tall", "wide", "vector"])
def test_it_is_the_paper(start):
    x, v, rows, cols = start.copy(), 0.0, 0.0, 0.0
    for t in range(1, 201):
        g, share = noisy(x, t - 1), t**-0.8
        squares = g**2 + 1e-30
        if x.ndim == 2:
            rows = (1 - share) * rows + share * squares.sum(1)
            cols = (1 - share) * cols + share * squares.sum(0)
            v = np.outer(rows, cols) / rows.sum()
        else:
            v = (1 - share) * v + share * squares
        u = g / np.sqrt(v)
        x = x - max(1e-3, rms(x)) * min(1e-2, 1 / np.sqrt(t)) * u / max(1, rms(u))
    ours = trajectory(adafactor(power(1e-2, 1e4, exponent=0.5), min_dim_size_to_factor=1), start, noisy, 200)
    np.testing.assert_allclose(ours[-1], x, atol=1e-10)


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
        weight_decay=decay(lr * 0.1, goes_with="nothing"),
    )  # fmt: skip
    ours = trajectory(tx, MATRIX, lambda x, step: 0.05 * noisy(x, step), 100)
    np.testing.assert_allclose(ours[-1], x, atol=1e-10)


@pytest.mark.parametrize("start", [MATRIX, START], ids=["matrix", "vector"])
def test_it_is_optax_adafactor(start):
    rate = linear(0.03, 80)
    ours = adafactor(
        rate, b1=0.8, rate_in_momentum=True, min_dim_size_to_factor=2, clip_threshold=0.7,
        weight_decay=decay(1e-3, goes_with="nothing"),
    )  # fmt: skip
    theirs = optax.adafactor(
        rate, momentum=0.8, min_dim_size_to_factor=2, clipping_threshold=0.7, weight_decay_rate=1e-3
    )
    path = trajectory(theirs, start, noisy, 60)  # its decay is in float32
    np.testing.assert_allclose(trajectory(ours, start, noisy, 60), path, atol=2e-6)


def test_at_a_constant_rate_it_does_not_matter_where_the_rate_enters():
    late, early = (adafactor(0.1, b1=0.9, weight_decay=0.1, rate_in_momentum=where) for where in (False, True))
    np.testing.assert_allclose(trajectory(early, START, noisy, 50), trajectory(late, START, noisy, 50), atol=1e-12)


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


def test_it_ignores_the_scale_of_the_gradients():
    tx = adafactor(0.1, eps=0.0, min_dim_size_to_factor=1)
    small = trajectory(tx, MATRIX, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(trajectory(tx, MATRIX, noisy, 20), small, atol=1e-9)


def test_it_follows_the_scale_of_the_parameters():
    tx = adafactor(0.1, eps=0.0, min_scale=0.0)
    large = trajectory(tx, 1e3 * START, lambda x, step: noisy(x / 1e3, step), 20)
    np.testing.assert_allclose(1e3 * trajectory(tx, START, noisy, 20), large, rtol=1e-9)


def test_parameters_at_zero_leave_it_at_the_least_scale():
    update, _ = adafactor(0.1).update(jnp.ones(3), adafactor(0.1).init(jnp.zeros(3)), jnp.zeros(3))
    np.testing.assert_allclose(update, -1e-4, rtol=1e-6)


def test_the_relative_step_sizes_of_the_paper_are_schedules():
    t = np.arange(1, 30_000)
    with x64():
        plain, warm = power(1e-2, 10_000, exponent=0.5)(t - 1), inverse_sqrt(1e-2, 10_000)(t - 1)
    np.testing.assert_allclose(plain, np.minimum(1e-2, 1 / np.sqrt(t)), rtol=1e-12)
    np.testing.assert_allclose(warm, np.minimum(1e-6 * t, 1 / np.sqrt(t)), rtol=1e-12)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adafactor: clip_threshold must be finite and > 0, got 0.0"):
        adafactor(0.1, clip_threshold=0.0)
    with pytest.raises(ValueError, match="adafactor: b1 must be in \\[0, 1\\), got 1.0"):
        adafactor(0.1, b1=1.0)
    with pytest.raises(ValueError, match="adafactor: min_dim_size_to_factor must be a whole number >= 1, got 0"):
        adafactor(0.1, min_dim_size_to_factor=0)
    with pytest.raises(ValueError, match="adafactor: factored_axes must be one of longest, last, got 'first'"):
        adafactor(0.1, factored_axes="first")
    with pytest.raises(ValueError, match="adafactor: weight_decay must be finite and >= 0, got -0.1"):
        adafactor(0.1, weight_decay=-0.1, scale_decay=True)
    with pytest.raises(
        ValueError, match="adafactor: weight_decay must go with the rate when scale_decay is True, got 'nothing'"
    ):
        adafactor(0.1, weight_decay=decay(0.1, goes_with="nothing"), scale_decay=True)
    tx = adafactor(0.1)
    with pytest.raises(ValueError, match="adafactor: update needs params for their scale; call tx.update"):
        tx.update(START, tx.init(START))
