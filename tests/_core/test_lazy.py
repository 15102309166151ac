"""Tests of names that are imported on first use."""

import subprocess
import sys

import pytest

from lropt_jax import optimizers


def fresh(program: str) -> str:
    """What a new Python prints."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_a_room_imports_what_is_asked_for_and_nothing_else():
    program = """
import sys, lropt_jax
before = sorted(name for name in sys.modules if name.startswith("lropt_jax."))
lropt_jax.optimizers.adam
loaded = {name.rpartition(".")[2] for name in sys.modules if name.startswith("lropt_jax.optimizers.")}
print(before, "adam" in loaded, loaded & {"sgd", "lion", "muon"})
"""
    assert fresh(program) == "['lropt_jax._core', 'lropt_jax._core.lazy'] True set()"


def test_a_function_with_the_name_of_its_file_is_the_function_whoever_came_first():
    program = """
import lropt_jax.optimizers.adamax  # imports the file adam
from lropt_jax.optimizers import adam
from lropt_jax import optimizers
print(type(adam).__name__, adam is optimizers.adam)
"""
    assert fresh(program) == "Factory True"


def test_names_are_listed_before_they_are_loaded_and_others_are_refused():
    assert fresh("import lropt_jax.optimizers as o; print('muon' in dir(o), 'muon' in o.__all__)") == "True True"
    with pytest.raises(AttributeError, match=r"module 'lropt_jax\.optimizers' has no attribute 'adamm'"):
        optimizers.adamm  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'adamm'"):
        from lropt_jax.optimizers import adamm  # noqa: F401
