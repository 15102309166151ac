"""Tests of arrays as codes of 8 bits in blocks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.wrappers._blocks import Blocks, blocks_for, tops_of
from lropt_jax.wrappers._chance import words

SOME = words(0, jnp.int32(5))


def coded(leaf, positive, blocks=None, step=5):
    leaf = jnp.asarray(leaf, jnp.float32)
    return Blocks.of(leaf, blocks or blocks_for(leaf, 256), positive, words(0, jnp.int32(step)))


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
    leaf = jax.random.normal(jax.random.key(0), shape)
    kept = coded(leaf, False)
    scales = jnp.repeat(kept.scales, 300, [*kept.scales.shape].index(next(
        b for s, b in zip(shape, kept.scales.shape, strict=True) if s != b)))  # fmt: skip
    assert jnp.max(jnp.abs(kept.numbers() - leaf)) <= jnp.max(scales) / 127
    roots = coded(leaf**2, True)
    gap = jnp.abs(jnp.sqrt(roots.numbers()) - jnp.abs(leaf))
    assert jnp.max(gap) <= jnp.sqrt(jnp.max(roots.scales)) / 255 * 1.001
    np.testing.assert_array_equal(tops_of(leaf, kept.scales.shape) <= kept.scales, True)
    for each in (kept, roots):
        np.testing.assert_allclose(each.tops(), tops_of(each.numbers(), kept.scales.shape), rtol=1e-6)


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
    kept = coded([[1.0, 1e-9, 1e-20, 0.0, 0.3]], True)
    assert kept.codes[0, 1] == kept.codes[0, 2] == 1
    assert kept.codes[0, 3] == 0


def test_a_scale_stays_until_its_block_outgrows_it_or_needs_far_less():
    kept = coded(jnp.full((1, 256), 1.0), False)
    before = kept.scales
    for size in (1.1, 0.6):
        kept = kept.moved(jnp.full((1, 256), size), jnp.full((1, 1), size), SOME)
        np.testing.assert_array_equal(kept.scales, before)
    for size in (1.5, 0.2, 1e-4, 3e7):
        kept = kept.moved(jnp.full((1, 256), size), jnp.full((1, 1), size), SOME)
        np.testing.assert_allclose(kept.scales, 1.25 * size, rtol=1e-6)
        np.testing.assert_allclose(kept.numbers(), size, rtol=0.02)


def test_what_is_above_the_bound_is_cut_off_and_the_scale_grows():
    kept = coded(jnp.full((1, 256), 1.0), False)
    cut = kept.moved(jnp.full((1, 256), -50.0), jnp.ones((1, 1)), SOME)
    np.testing.assert_allclose(cut.numbers(), -kept.scales[0, 0], rtol=1e-6)
    np.testing.assert_allclose(cut.tops(), 2 * kept.scales)


def test_zeros_and_tiny_and_huge_numbers_are_finite_and_nan_stays():
    for positive in (False, True):
        for size in (0.0, 1e-38, 1e-30, 1e30):
            kept = coded(jnp.full((2, 300), size), positive)
            assert np.all(np.isfinite(kept.numbers()))
            assert np.all(kept.scales > 0)
        assert np.all(np.asarray(coded(jnp.zeros((2, 300)), positive).numbers()) == 0)
        assert np.all(np.isnan(coded(jnp.full((2, 300), jnp.nan), positive).numbers()))
