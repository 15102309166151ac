"""What holds for all tests."""

import gc
import itertools
import os
import subprocess
import sys
import tempfile

import pytest

# Most programs run once: XLA spends half of the suite on making them quick. An XLA that knows a flag no more ends the
# process, so it is asked first, in one of its own. Set XLA_FLAGS, to "" too, to test what users run.
QUICK_TO_COMPILE = (
    "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=0 --xla_cpu_parallel_codegen_split_count=1"
)
if "XLA_FLAGS" not in os.environ:
    _asked = subprocess.run(
        [sys.executable, "-c", "import jax; jax.devices()"],
        env=os.environ | {"XLA_FLAGS": QUICK_TO_COMPILE},
        capture_output=True,
        check=False,
    )
    os.environ["XLA_FLAGS"] = "" if _asked.returncode else QUICK_TO_COMPILE
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:  # one for all workers, gone when the run ends
    _programs = tempfile.TemporaryDirectory(prefix="lropt-jax-", ignore_cleanup_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _programs.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

import jax  # noqa: E402  # it reads what is set above

_files = itertools.count(1)


def pytest_collection_finish():
    """Tracing makes millions of objects that die by themselves. Looking for cycles as usual costs 4 to 10 percent."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


@pytest.fixture(autouse=True, scope="module")
def _forget_programs_now_and_then():
    """The programs that thousands of tests compile take gigabytes."""
    yield
    if next(_files) % 40 == 0:
        jax.clear_caches()
