"""What holds for all tests."""

import itertools
import os
import tempfile

import pytest

if "JAX_COMPILATION_CACHE_DIR" not in os.environ:  # one for all workers, gone when the run ends
    _programs = tempfile.TemporaryDirectory(prefix="lropt-jax-", ignore_cleanup_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _programs.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

import jax

_files = itertools.count(1)


@pytest.fixture(autouse=True, scope="module")
def _forget_programs_now_and_then():
    """The programs that thousands of tests compile take gigabytes."""
    yield
    if next(_files) % 15 == 0:
        jax.clear_caches()
