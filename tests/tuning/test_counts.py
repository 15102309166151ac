"""Tests of counts and seeds."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.tuning.counts import different, seeds_of, whole


def test_whole_numbers_of_any_library_are_counts():
    for given in (3, np.int64(3), np.uint8(3)):
        assert whole("sweep", steps=given) == 3
        assert type(whole("sweep", steps=given)) is int


@pytest.mark.parametrize(
    "given", [0, -1, 2.0, np.float64(2), True, np.bool_(True), "3", None, np.array(3), jnp.int32(3)]
)
def test_what_is_no_count_is_refused(given):
    with pytest.raises(ValueError, match=r"sweep: steps must be a whole number >= 1, got"):
        whole("sweep", steps=given)


def test_seeds_are_so_many_or_these():
    assert seeds_of("sweep", 3) == seeds_of("sweep", np.int64(3)) == [0, 1, 2]
    assert seeds_of("sweep", (seed for seed in (5, 7))) == seeds_of("sweep", np.array([5, 7])) == [5, 7]
    assert seeds_of("sweep", [2**32 - 1]) == [2**32 - 1]


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        (0, "seeds must be a whole number >= 1, got 0"),
        ([], "seeds must be at least one, got none"),
        (-1, "seeds must be a whole number >= 1, got -1"),
        ([-1], "seeds must be a whole number from 0 to 4294967295, got -1"),
        ([2**32], "seeds must be a whole number from 0 to 4294967295, got 4294967296"),
        ([0.5], "seeds must be a whole number from 0 to 4294967295, got 0.5"),
        (1.5, "seeds must be a whole number >= 1, got 1.5"),
        (jnp.int32(2), "seeds must be a whole number >= 1, got Array"),
        ([4, 0, 4], "seeds must be different, got 4 twice"),
    ],
)
def test_what_is_no_seed_is_refused(seeds, message):
    with pytest.raises(ValueError, match=f"sweep: {message}"):
        seeds_of("sweep", seeds)


def test_what_is_given_twice_is_refused():
    assert different("sweep", rates=[0.1, 0.2]) == [0.1, 0.2]
    with pytest.raises(ValueError, match=r"sweep: rates must be different, got 0.1 twice."):
        different("sweep", rates=[0.1, 0.2, 0.1])
