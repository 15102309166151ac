"""Tests of Adafactor of transformers."""

import numpy as np
import pytest
from laws import ValueLaws
from torch_peer import assert_golden, golden
from trajectories import noisy, trajectory

from lropt_jax.compat.transformers import Adafactor
from lropt_jax.schedules import linear

MATRIX = np.array([[2.0, -1.5, 0.3], [1.0, 0.1, -0.7], [0.4, 1.2, -2.0], [0.9, -0.2, 0.5]])


class TestValue(ValueLaws):
    specimen = Adafactor(linear(0.1, 10), beta1=0.9, weight_decay=0.1, relative_step=False)


@golden("Adafactor", library="transformers")
def test_it_is_the_adafactor_of_transformers(case):
    assert_golden(Adafactor, case)


def rms(leaf):
    return np.sqrt(np.mean(leaf**2))


@pytest.mark.parametrize("scaled", [False, True])
def test_its_momentum_holds_what_the_rate_has_multiplied(scaled):
    x, rows, cols, mu = np.stack([MATRIX, -2 * MATRIX]), 0.0, 0.0, 0.0
    start = x
    for t in range(1, 41):
        g, share = noisy(x, t - 1), t**-0.7
        squares = g**2 + 1e-30
        rows = (1 - share) * rows + share * squares.mean(-1)
        cols = (1 - share) * cols + share * squares.mean(-2)
        v = rows[..., None] * cols[..., None, :] / rows.mean(-1)[..., None, None]
        u = g / np.sqrt(v)
        rate = 0.1 * (1 - (t - 1) / 50) * (max(1e-3, rms(x)) if scaled else 1)
        mu = 0.8 * mu + 0.2 * rate * u / max(1, rms(u) / 0.9)
        x = x - 0.05 * rate * x - mu
    tx = Adafactor(
        linear(0.1, 50), decay_rate=-0.7, clip_threshold=0.9, beta1=0.8, weight_decay=0.05, scale_parameter=scaled,
        relative_step=False,
    )  # fmt: skip
    np.testing.assert_allclose(trajectory(tx, start, noisy, 40)[-1], x, atol=1e-10)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: Adafactor(0.1): "lr or relative_step must be given, one of them, got 0.1 and True",
        lambda: Adafactor(relative_step=False): "lr or relative_step must be given, one of them, got None and False",
        lambda: Adafactor(
            0.1, relative_step=False, warmup_init=True
        ): "warmup_init must be False without relative_step",
        lambda: Adafactor(-0.1, relative_step=False): "lr must be finite and >= 0, got -0.1",
        lambda: Adafactor(eps=1e-30): "eps must be two numbers, got 1e-30",
        lambda: Adafactor(decay_rate=0.8): "decay_rate must be finite and <= 0, got 0.8",
        lambda: Adafactor(clip_threshold=0.0): "clip_threshold must be finite and > 0, got 0.0",
        lambda: Adafactor(beta1=1.0): r"beta1 must be in \[0, 1\), got 1.0",
        lambda: Adafactor(weight_decay=-1.0): "weight_decay must be finite and >= 0, got -1.0",
    }.items():
        with pytest.raises(ValueError, match=f"^transformers.Adafactor: {message}"):
            call()
