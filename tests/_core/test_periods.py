"""Tests of periods one after another."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax._core.periods import geometric, period, share_of, turned, whole_periods


def test_every_period_begins_on_its_step():
    for first, ratio in ((5, 3), (10, 3), (7, 2), (3, 5), (100, 1), (4, 1.5)):
        begins = np.array([sum(first * ratio**earlier for earlier in range(index)) for index in range(7)])
        begins = begins[begins == np.floor(begins)].astype(int)
        index, over, left = period(begins, first, ratio, 100)
        np.testing.assert_array_equal(index, np.arange(len(begins)))
        np.testing.assert_array_equal(over, 0)
        np.testing.assert_array_equal(left, 1)
        lengths = first * float(ratio) ** np.arange(len(begins) - 1)
        index, over, left = period(begins[1:] - 1, first, ratio, 100)
        np.testing.assert_array_equal(index, np.arange(len(begins) - 1))
        np.testing.assert_allclose(left, 1 / lengths, rtol=2e-7)
        np.testing.assert_allclose(over, 1 - 1 / lengths, rtol=2e-7)


def test_even_periods_lose_no_step_beyond_the_whole_numbers_of_float32():
    first = 2**24 + 3
    index, over, left = period(np.array([first - 1, first, 2 * first + 1]), first, 1.0, 5)
    np.testing.assert_array_equal(index, [0, 1, 2])
    np.testing.assert_allclose(over, [1, 0, 1 / first], rtol=2e-7)
    np.testing.assert_allclose(left, [1 / first, 1, 1], rtol=2e-7)


def test_fractions_fit_as_often_in_float32_as_in_float64():
    steps = np.arange(2000)
    for stretch in (2.4, 7.3, 0.7, 2.5, 12.0):
        np.testing.assert_array_equal(whole_periods(steps, stretch)[0], steps // stretch)
        with x64():
            np.testing.assert_array_equal(whole_periods(steps, stretch)[0], steps // stretch)
    np.testing.assert_array_equal(whole_periods(2**31 - 1, 2**30)[0], 1)
    np.testing.assert_array_equal(whole_periods(np.array([10_000_000 - 1, 10_000_000]), 1e7)[0], [0, 1])


def test_the_steps_since_are_whole_beyond_the_whole_numbers_of_float32():
    assert whole_periods(2**30 + 1, 10) == (2**30 // 10, 2**30 % 10 + 1)
    np.testing.assert_allclose(whole_periods(np.array([12, 13]), 2.4), [[5, 5], [0, 1]], atol=1e-6)


@pytest.mark.parametrize("length", [0.5, 2.5, 7.75, 2**20 + 0.5, 3e7])
def test_no_whole_step_is_lost_of_what_length_ever_the_periods_are(length):
    steps = np.array([0, 1, 12, 2**24 + 1, 10**8 + 3, 2**29 + 1])
    for given in (steps, jnp.asarray(steps)):
        whole, since = whole_periods(given, length)
        np.testing.assert_array_equal(whole, steps // length)
        np.testing.assert_allclose(since, steps % length, atol=0 if length < 1e6 else 2)
    slope = jax.grad(lambda length: whole_periods(2**24 + 1, length)[1])(2.5)
    assert slope == -np.float32((2**24 + 1) // 2.5)


def test_shares_of_whole_numbers_are_exact_though_products_do_not_fit():
    draw = np.random.default_rng(0)
    step, part = draw.integers(0, 2**31, (2, 500))
    steps = np.maximum(draw.integers(1, 2**31, 500), step // 2 + 1)
    expected = divmod(step * part, steps)
    fits = expected[0] < 2**31
    for given in (np.int32, jnp.int32):
        whole, rest = share_of(*(given(number) for number in (step, part, steps)))
        np.testing.assert_array_equal(np.asarray(whole)[fits], expected[0][fits])
        np.testing.assert_array_equal(rest, expected[1])


@pytest.mark.parametrize("turns", [0.5, 1.5, 2.0, 3.25, 100.125])
def test_turns_end_where_they_do_however_often_they_are_made(turns):
    times = np.array([0, 1, 5, -7, 2**24 + 1, 2**30 + 1])
    np.testing.assert_array_equal(turned(turns, jnp.asarray(times)), turns * times % 1)
    assert jax.grad(turned)(turns, jnp.int32(7)) == 7


def test_periods_are_the_same_on_host_and_device():
    steps = np.arange(300)
    for first, ratio in ((7, 1), (7, 1.5), (2.5, 1.0), (3, 2), (10.0, 1.0001)):
        device = period(jnp.asarray(steps), first, ratio)
        for mine, other in zip(period(steps, first, ratio), device, strict=True):
            assert isinstance(mine, np.ndarray)
            np.testing.assert_allclose(mine, other, rtol=2e-6, atol=300 * 2**-24 / first)  # steps have 24 bits


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.0 + 1e-5, 1.5, 3.0])
def test_sums_powers_and_their_slopes_are_those_of_the_series(ratio):
    with x64():
        for terms in (0.0, 1.0, 2.0, 5.0, 30.0):

            def written_out(ratio, terms=int(terms)):
                return sum((ratio**term for term in range(terms)), 0.0 * ratio), ratio**terms

            np.testing.assert_allclose(geometric(jnp.asarray(ratio), jnp.array(terms)), written_out(ratio), rtol=1e-12)
            found = jax.jacobian(geometric)(jnp.asarray(ratio), jnp.array(terms))
            np.testing.assert_allclose(found, jax.jacobian(written_out)(jnp.asarray(ratio)), rtol=1e-6, atol=1e-12)
