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


@pytest.fixture(scope="module")
def faults():
    """The faults of each unit: what `meshed.py` prints."""
    paths = [str(TESTS), str(Path(lropt_jax.__file__).parents[1])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "JAX_PLATFORMS": "cpu"}
    child = subprocess.run(
        [sys.executable, TESTS / "meshed.py"], env=environment, capture_output=True, text=True, check=False, timeout=900
    )
    assert child.returncode == 0, child.stderr[-2000:]
    return json.loads(child.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", [*units(), *sorted({*alone()} - LEFT_OUT)])
def test_it_keeps_the_layout_compiles_once_and_computes_the_same(name, faults):
    assert faults[name] == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("counts on one device", "2 programs for one update"),
        ("lays nothing out", "init leaves ['both'] at"),
        ("multiplies what is cut", "Contracting dimensions are sharded"),
    ],
)
def test_a_planted_fault_is_found(name, fault, faults):
    assert any(fault in found for found in faults[name])
