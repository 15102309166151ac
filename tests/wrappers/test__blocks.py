"""Tests of arrays as codes of 8 bits in blocks."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.wrappers._blocks import Blocks, blocks_for, tops_of
from lropt_jax.wrappers._chance import words

SOME = words(0, jnp.int32(5))


@functools.partial(jax.jit, static_argnums=1)
def coded(leaf, positive):
    leaf = jnp.asarray(leaf, jnp.float32)
    return Blocks.of(leaf, blocks_for(leaf, 256), positive, SOME)


numbers = jax.jit(Blocks.numbers)


@jax.jit
def moved(kept, size, bound):
    return kept.moved(jnp.full(kept.shape, size), jnp.full(kept.scales.shape, bound), SOME)


@pytest.mark.parametrize(
    ("shape", "blocks"),
    [
        ((4, 512), (4, 2)),
        ((4, 768), (4, 3)),
        ((4, 1000), (4, 4)),  # of 250: no block is shorter
        ((3, 3, 32, 128), (3, 3, 32, 1)),
        ((5000, 3), (20, 3)),  # the last axis is too short
        ((4999,), (20,)),  # a prime: the last block is shorter
        ((7, 1733), (7, 7)),
        ((), ()),
    ],
)
def test_blocks_lie_along_one_axis(shape, blocks):
    if shape:
        assert blocks_for(jnp.zeros(shape), 256) == blocks


@pytest.mark.parametrize("shape", [(4, 512), (5000, 3), (1733,), (2, 300, 5)])
def test_numbers_come_back_within_a_step_of_the_code(shape):
    @jax.jit
    def made(leaf):
        kept, roots = coded(leaf, False), coded(leaf**2, True)
        tops = [(each.tops(), tops_of(each.numbers(), each.scales.shape)) for each in (kept, roots)]
        return kept, kept.numbers(), roots, roots.numbers(), tops, tops_of(leaf, kept.scales.shape)

    leaf = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    kept, numbers, roots, squares, tops, largest = jax.tree.map(np.asarray, made(leaf))
    assert np.max(np.abs(numbers - leaf)) <= np.max(kept.scales) / 127
    gap = np.abs(np.sqrt(squares) - np.abs(leaf))
    assert np.max(gap) <= np.sqrt(np.max(roots.scales)) / 255 * 1.001
    np.testing.assert_array_equal(largest <= kept.scales, True)
    for ours, exact in tops:
        np.testing.assert_allclose(ours, exact, rtol=1e-6)


@pytest.mark.parametrize("positive", [False, True])
def test_codes_are_right_in_the_mean(positive):
    leaf = jnp.array([0.3, 0.011, 1.0, 0.5, 0.07, 0.9, 0.0, 0.02]) * jnp.where(positive, 1, -1)

    def once(step):
        return Blocks.of(leaf, (1,), positive, words(1, step)).numbers()

    found = np.asarray(jax.jit(jax.vmap(once))(jnp.arange(20_000)), np.float64)
    error = np.abs(found.mean(0) - np.asarray(leaf, np.float64)) / (found.std(0) / np.sqrt(20_000) + 1e-7)
    assert error.max() < 4.5
    apart = found[1:] - found.mean(0), found[:-1] - found.mean(0)
    assert np.abs(np.mean(apart[0] * apart[1], 0) / (found.var(0) + 1e-12)).max() < 0.04  # of one step and the next


def test_no_number_above_zero_gets_the_code_of_zero():
    codes = np.asarray(coded(np.array([[1.0, 1e-9, 1e-20, 0.0, 0.3]]), True).codes)
    assert codes[0, 1] == codes[0, 2] == 1
    assert codes[0, 3] == 0


def test_a_scale_stays_until_its_block_outgrows_it_or_needs_far_less():
    kept = coded(np.ones((1, 256)), False)
    before = kept.scales
    for size in (1.1, 0.6):
        kept = moved(kept, size, size)
        np.testing.assert_array_equal(kept.scales, before)
    for size in (1.5, 0.2, 1e-4, 3e7):
        kept = moved(kept, size, size)
        np.testing.assert_allclose(kept.scales, 1.25 * size, rtol=1e-6)
        np.testing.assert_allclose(numbers(kept), size, rtol=0.02)


def test_what_is_above_the_bound_is_cut_off_and_the_scale_grows():
    kept = coded(np.ones((1, 256)), False)
    cut = moved(kept, -50.0, 1.0)
    np.testing.assert_allclose(numbers(cut), -np.asarray(kept.scales)[0, 0], rtol=1e-6)
    np.testing.assert_allclose(jax.jit(Blocks.tops)(cut), 2 * np.asarray(kept.scales))


def test_zeros_and_tiny_and_huge_numbers_are_finite_and_nan_stays():
    for positive in (False, True):
        for size in (0.0, 1e-38, 1e-30, 1e30):
            kept = coded(np.full((2, 300), size), positive)
            assert np.all(np.isfinite(numbers(kept)))
            assert np.all(np.asarray(kept.scales) > 0)
        assert np.all(np.asarray(numbers(coded(np.zeros((2, 300)), positive))) == 0)
        assert np.all(np.isnan(numbers(coded(np.full((2, 300), np.nan), positive))))
