"""Tests of parameters that are brought up to date before they are read."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import sgd
from lropt_jax.wrappers import Rows, caught_up, rows

TX = rows(sgd(1.0, momentum=0.5), mode="exact")


def run(params, *batches):
    state = TX.init(params)
    for ids in batches:
        updates, state = TX.update({"table": Rows(ids, jnp.ones(len(ids)))}, state, params)
        params = {"table": params["table"] + updates["table"]}
    return params, state


def test_rows_that_are_asked_for_make_their_missed_updates():
    params, state = run({"table": jnp.zeros(4)}, [0, 3], [1], [1])
    some, after = caught_up(TX, state, params, {"table": [[0], [0]]})
    np.testing.assert_allclose(some["table"], [-1.75, -2.5, 0, -1])
    assert after.updated["table"].tolist() == [3, 3, 0, 1]
    every, _ = caught_up(TX, after, some)
    np.testing.assert_allclose(every["table"], [-1.75, -2.5, 0, -1.75])


def test_a_second_time_it_changes_nothing():
    once = caught_up(TX, *run({"table": jnp.zeros(4)}, [0, 3], [1], [1])[::-1])
    twice = caught_up(TX, once[1], once[0])
    jax.tree.map(np.testing.assert_array_equal, once, twice)


def test_parameters_keep_their_dtype():
    params, state = run({"table": jnp.zeros(4, jnp.bfloat16)}, [0], [1])
    assert caught_up(TX, state, params)[0]["table"].dtype == jnp.bfloat16
    assert caught_up(TX, state, params, {"table": jnp.array([0])})[0]["table"].dtype == jnp.bfloat16


def test_lazy_rows_have_missed_nothing():
    lazy, params = rows(sgd(0.1)), {"table": jnp.zeros(4)}
    state = lazy.init(params)
    assert caught_up(lazy, state, params, {"table": jnp.array([0])}) == (params, state)


@pytest.mark.parametrize(
    ("tx", "ids", "message"),
    [
        (sgd(0.1), None, r"caught_up: tx must be rows\(...\), got sgd\(learning_rate=0.1"),
        (TX, jnp.array([0]), "caught_up: ids must be a dict from paths of tables, got "),
        (TX, {"table": [0.5]}, "caught_up: ids must be whole numbers, got float64."),
        (TX, {"word": [0]}, r"caught_up: ids must have paths of parameters with rows, got 'word'; there are \['table'"),
    ],
)
def test_what_it_cannot_read_is_refused(tx, ids, message):
    params = {"table": jnp.zeros(4)}
    with pytest.raises(ValueError, match=message):
        caught_up(tx, TX.init(params), params, ids)
