"""Tests of populations on streams, and of those that are killed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.tuning import kept, population, sealed

KEY = jax.random.key(3)
HOW = {"steps": 45, "key": KEY, "rates": [1e-3, 1e-2, 0.03, 0.1, 1e9], "every": 5}


def batches(many):
    x = np.random.default_rng(0).normal(size=(many, 8)).astype(np.float32)
    return [(each, 3 * each + 0.1) for each in x]


def fit(data, **held):
    return Problem.from_loss(lambda w, batch: jnp.mean((w * batch[0] - batch[1]) ** 2),
                             lambda key: jax.random.normal(key), data, **held)  # fmt: skip


def test_a_stream_is_read_once_and_the_schedule_trains_the_same_model_on_it():
    found = population(fit(iter(batches(45))), adam, **HOW)
    again = solve(fit(batches(45)), found.tx, KEY, 45)
    np.testing.assert_allclose(again.params, found.solution.params, rtol=1e-4)
    np.testing.assert_allclose(again.values, found.solution.values, rtol=1e-4)
    assert found.chosen_by == "training"
    with pytest.raises(ValueError, match="population: data ended after 40 batches"):
        population(fit(iter(batches(40))), adam, **HOW)


class Crash(Exception):
    """What ends a run in its middle."""


@pytest.mark.slow
def test_a_population_that_was_killed_goes_on_and_ends_with_the_same_bits(tmp_path, monkeypatch):
    data = batches(64)
    whole, write, writes = population(fit(data), sgd, **HOW), sealed.write, []
    monkeypatch.setattr(kept, "_EVERY", 0)
    monkeypatch.setattr(kept, "_SHARE", 0)

    def counted(*arguments):
        writes.append(arguments)
        if len(writes) == 8:
            raise Crash
        write(*arguments)

    monkeypatch.setattr(sealed, "write", counted)
    with pytest.raises(Crash):
        population(fit(data), sgd, resume=tmp_path, **HOW)
    again = population(fit(data), sgd, resume=tmp_path, **HOW)
    assert len(writes) == 8 + 2 * (9 - 3)  # it goes on after the third round: two records each
    for name in ("rates", "losses", "parents"):
        np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))
    np.testing.assert_array_equal(again.solution.params, whole.solution.params)
    other = population(fit(data), sgd, resume=tmp_path, **{**HOW, "key": jax.random.key(0)})
    assert other.losses[0, 0] != whole.losses[0, 0]
