"""Tests of numbers by chance, and of rounding by them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.wrappers._chance import chances, rounded, shares, words


def of_steps(shape, steps, seed=0, place=0):
    return jax.jit(jax.vmap(lambda step: shares(shape, words(seed, step).of(place))))(jnp.arange(steps))


def test_shares_are_even_and_know_nothing_of_the_step_the_place_or_the_neighbour():
    found = np.asarray(of_steps((64, 64), 400), np.float64) - 0.5
    deviation = 1 / np.sqrt(12)
    assert abs(found.mean()) < 4 * deviation / np.sqrt(found.size)
    assert np.abs(found.mean(0)).max() < 5 * deviation / np.sqrt(400)  # of each place over the steps
    counts = np.histogram(found, 16, (-0.5, 0.5))[0] / found.size
    np.testing.assert_allclose(counts, 1 / 16, atol=5e-4)
    for other in (found[1:] * found[:-1], found[:, 1:] * found[:, :-1], found[..., 1:] * found[..., :-1]):
        assert abs(other.mean()) < 4 * deviation**2 / np.sqrt(other.size)


def test_other_seeds_steps_and_arrays_get_other_bits():
    found = [
        np.asarray(chances((500,), words(seed, jnp.int32(step)).of(place)))
        for seed in (0, 1)
        for step in (0, 1)
        for place in (0, 1)
    ]
    for index, left in enumerate(found):
        for right in found[index + 1 :]:
            assert np.mean(left == right) < 0.01


@pytest.mark.parametrize("number", [1.0 + 2**-9, -3.3e-5, 7.7e30])
def test_rounding_to_bf16_is_right_in_the_mean(number):
    leaf = jnp.full(20_000, number, jnp.float32)
    kept = np.asarray(rounded(leaf, words(3, jnp.int32(7))), np.float64)
    low, high = np.unique(kept)
    assert low < np.float32(number) < high
    expected = (np.float64(np.float32(number)) - low) / (high - low)
    assert np.mean(kept == high) == pytest.approx(expected, abs=4 * 0.5 / np.sqrt(20_000))


def test_numbers_of_bf16_stay_and_what_is_not_finite_too():
    leaf = jnp.array([0.0, -0.0, 1.5, -3.0, 2.0**-120, jnp.inf, -jnp.inf, jnp.nan], jnp.float32)
    np.testing.assert_array_equal(rounded(leaf, words(0, jnp.int32(1))).astype(jnp.float32), leaf)
