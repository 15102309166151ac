"""What holds for all tests."""

import itertools

import jax
import pytest

_files = itertools.count(1)


@pytest.fixture(autouse=True, scope="module")
def _forget_programs_now_and_then():
    """The programs that thousands of tests compile take gigabytes."""
    yield
    if next(_files) % 15 == 0:
        jax.clear_caches()
