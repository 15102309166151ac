"""Parameters that a mesh of devices cuts, for every optimizer, rate and wrapper, in one process of eight devices."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mesh_units import LEFT_OUT, alone
from meshed import units

import lropt_jax

TESTS = Path(__file__).parent


def faults_found(*options):
    """The faults of each unit: what `meshed.py` prints."""
    paths = [str(TESTS), str(Path(lropt_jax.__file__).parents[1])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, TESTS / "meshed.py", *options]
    child = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=900)
    assert child.returncode == 0, child.stderr[-2000:]
    return json.loads(child.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def few_faults():
    """Of one kind of mesh, from an eager state."""
    return faults_found("--quick")


@pytest.fixture(scope="module")
def faults():
    """Of both kinds, from a compiled `init` too, and beside one device."""
    return faults_found()


@pytest.mark.parametrize("name", units())
def test_it_keeps_the_layout_and_compiles_once(name, few_faults):
    assert few_faults[name] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [*units(), *sorted({*alone()} - LEFT_OUT)])
def test_on_both_kinds_of_mesh_it_computes_what_one_device_does(name, faults):
    assert faults[name] == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("counts on one device", "2 programs for one update"),
        ("lays nothing out", "init leaves ['both'] at"),
        ("multiplies what is cut", "Contracting dimensions are sharded"),
    ],
)
def test_a_planted_fault_is_found(name, fault, few_faults):
    assert any(fault in found for found in few_faults[name])
