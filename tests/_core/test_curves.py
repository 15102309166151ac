"""Tests of the curves that schedules are made of."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax._core.curves import FALLS, between, fall, half_cosine, lack, through, wave

LEFT = np.linspace(0, 1, 101)
POWER, RATIO = 1.7, 0.05
FORMULAS = {
    "linear": lambda left: left,
    "cosine": lambda left: (1 + np.cos(np.pi * (1 - left))) / 2,
    "1-sqrt": lambda left: 1 - np.sqrt(1 - left),
    "exponential": lambda left: (RATIO ** (1 - left) - RATIO) / (1 - RATIO),
    "polynomial": lambda left: left**POWER,
}


def of_shape(shape, left):
    return fall(shape, left, power=POWER, ratio=RATIO)


@pytest.mark.parametrize("shape", FALLS)
def test_falls_are_their_formulas_from_1_to_0(shape):
    with x64():
        np.testing.assert_allclose(of_shape(shape, jnp.asarray(LEFT)), FORMULAS[shape](LEFT), atol=1e-15)
    assert np.all(of_shape(shape, jnp.array([0.0, 1.0])) == jnp.array([0.0, 1.0]))


@pytest.mark.parametrize("shape", FALLS)
def test_falls_are_exact_where_they_come_near_0(shape):
    """As many digits of what is left of a billionth as of the whole."""
    left = np.float32(10) ** -np.arange(10, dtype=np.float32)
    with x64():
        high = of_shape(shape, jnp.asarray(left, jnp.float64))
    np.testing.assert_allclose(of_shape(shape, jnp.asarray(left)), high, rtol=2e-6)


@pytest.mark.parametrize("shape", FALLS)
def test_slopes_of_falls_are_finite_at_both_ends(shape):
    for left in (0.0, 1e-30, 0.5, 1.0):
        for power in (0.5, 1.0, 3.0):
            slopes = jax.grad(lambda *at: fall(shape, at[0], power=at[1], ratio=at[2]), (0, 1, 2))(left, power, RATIO)
            assert np.all(np.isfinite(slopes))


def test_the_fall_of_a_cosine_is_half_a_cosine():
    np.testing.assert_array_equal(half_cosine(jnp.asarray(LEFT)), fall("cosine", jnp.asarray(LEFT)))


def test_waves_are_their_formula():
    time = np.linspace(0, 35, 141)
    with x64():
        np.testing.assert_allclose(wave(time, 3.75), (1 + np.cos(2 * np.pi * time / 7.5)) / 2, atol=1e-14)
    np.testing.assert_allclose(wave(np.array([0, 5, 10, 15]), 5), [1, 0, 1, 0], atol=1e-14)


def test_waves_are_exact_near_their_troughs():
    time = 1000 * np.arange(5)[:, None] + 500 + np.array([-3, -1, 0, 1, 2])
    with x64():
        high = wave(time, 500)
    np.testing.assert_allclose(wave(time, 500), high, rtol=1e-6)


def test_slopes_of_waves_are_finite_at_crests_and_troughs():
    for time in (0.0, 5.0, 10.0, 15.0):
        assert np.all(np.isfinite(jax.grad(wave, (0, 1))(time, 5.0)))


@pytest.mark.parametrize("shape", ["linear", "cosine"])
def test_knots_are_met_and_the_last_rate_stays(shape):
    knots = [(0, jnp.asarray(0.1)), (3, jnp.asarray(1.0)), (10, jnp.asarray(0.25))]
    np.testing.assert_allclose(through(knots, np.array([0, 3, 10, 11, 2**30]), shape), [0.1, 1, 0.25, 0.25, 0.25])
    np.testing.assert_allclose(through(knots, np.array([1.5, 6.5]), shape), [0.55, 0.625], rtol=1e-6)


def test_both_ends_are_exact_and_so_is_what_is_near_them():
    for shape in ("linear", "cosine"):
        np.testing.assert_array_equal(
            between(np.array([0, 1000, 2000]), 1e-6, 1.0, 1000, shape), np.float32([1e-6, 1, 1])
        )
    np.testing.assert_allclose(between(np.array([1, 999]), 1e-6, 1.0, 1000), [1e-3 + 0.999e-6, 0.999 + 1e-9], rtol=2e-7)
    np.testing.assert_allclose(between(1, 0.0, 1.0, 1000, "cosine"), np.sin(np.pi / 2000) ** 2, rtol=5e-7)


def test_over_no_steps_it_is_the_last_value():
    assert between(0, 0.2, 0.5, 0) == 0.5
    assert np.isfinite(jax.grad(lambda steps: between(0.0, 0.2, 0.5, steps))(0.0))


def test_what_a_power_lacks_is_exact_near_both_ends():
    rest = np.array([0, 1e-7, 1e-4, 0.1, 0.4, 0.5, 0.7, 1 - 2.0**-20, 1])
    for power in (0.5, 1.0, 1.5, 3.0):
        exact = -np.expm1(power * np.log1p(-rest[:-1]))
        found = lack(np.float32(1 - rest), np.float32(rest), power)
        np.testing.assert_allclose(found, [*exact, 1], rtol=6e-7)


def test_the_slopes_of_what_a_power_lacks_are_finite():
    for power in (0.5, 1.0, 2.0):
        slopes = [jax.grad(lambda rest, power=power: lack(1 - rest, rest, power))(end) for end in (0.0, 1.0)]
        assert np.all(np.isfinite(slopes))
