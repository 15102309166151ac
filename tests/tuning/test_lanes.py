"""Tests of lanes."""

import json

import jax.numpy as jnp
import numpy as np
import pytest
from bowls import bowl
from spanning import data, started, swept

from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear
from lropt_jax.tuning.lanes import Lane, Work


def work(*txs):
    return Work(bowl, [Lane("sgd", 0.1, 0, tx) for tx in txs], 1)


def test_lanes_of_one_structure_are_one_group():
    assert work(sgd(0.1), sgd(0.2), adam(0.1), sgd(linear(0.1, 5)), sgd(0.3)).groups == [[0, 1, 4], [2], [3]]


def test_a_last_program_is_filled_up():
    tx, seeds = work(sgd(0.1)).side_by_side([0], 3)
    assert seeds.shape == (3,)
    np.testing.assert_allclose(tx.learning_rate, [0.1] * 3)


def test_numbers_written_in_any_way_have_one_dtype():
    whole, array, plain = (work(sgd(rate)).side_by_side([0], 1)[0] for rate in (jnp.float32(1), np.float64(1), 1.0))
    assert whole.learning_rate.dtype == array.learning_rate.dtype == plain.learning_rate.dtype == np.float32


@pytest.mark.slow
def test_a_lane_may_span_two_processes_which_both_find_what_one_process_finds():
    ended = [process.communicate(timeout=200) for process in started()]
    assert all("resume must be None for data that lie on several processes" in errors for _, errors in ended), ended
    told = [json.loads(output.splitlines()[-1]) for output, _ in ended]
    np.testing.assert_equal(*told)
    why, records, curve = told[0]
    alone = swept(data())
    assert why == "lanes span processes: all must run the same programs"
    assert [record["status"] for record in records] == alone.status.tolist()
    ok = alone.status == "ok"
    np.testing.assert_allclose(np.array(curve)[ok], alone.curve[ok], rtol=1e-5, atol=1e-6)  # sums in another order
