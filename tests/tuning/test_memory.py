"""Tests of how much memory lanes take."""

import jax
import jax.numpy as jnp
import pytest
from bowls import bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning import memory
from lropt_jax.tuning.lanes import Lane, Work


def test_the_largest_structure_counts_and_nothing_is_allocated():
    huge = Problem(lambda key: (jnp.ones(10**12), ()), lambda x, state, key: (x, state, x @ x))
    work = Work(huge, [Lane("sgd", 0.1, 0, sgd(0.1)), Lane("adam", 0.1, 0, adam(0.1))], 10)
    assert memory.lane_bytes(work) == pytest.approx(5 * 4e12)


def test_as_many_lanes_as_fill_the_share_and_at_least_one(monkeypatch):
    work = Work(bowl, [Lane("sgd", 0.1, 0, sgd(0.1))], 10)
    for bytes_there, many in ((40 * memory.lane_bytes(work), 10), (1, 1), (None, None)):
        monkeypatch.setattr(memory, "device_memory", lambda there=bytes_there: there)
        assert memory.lanes_at_once(work) == many


def test_the_memory_is_what_is_free_on_an_accelerator_and_what_a_container_may_take(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_CGROUP", tmp_path / "memory.max")
    whole = memory.device_memory()
    assert whole is None or whole > 10**8
    memory._CGROUP.write_text("1000000\n")
    assert memory.device_memory() == 1_000_000
    memory._CGROUP.write_text("max\n")
    assert memory.device_memory() == whole

    class Accelerator:
        def memory_stats(self):
            return {"bytes_limit": 100, "bytes_in_use": 30}

    monkeypatch.setattr(jax, "devices", lambda: [Accelerator()])
    assert memory.device_memory() == 70
