import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from bowls import bowl

from lropt_jax.problems import Problem
from lropt_jax.tuning.studies.fingerprint import fingerprint


def line(slope=3.0, size=8, hidden=1.0, noisy=False):
    x, much = np.arange(8.0), np.full(1000, hidden)
    return Problem.from_loss(
        lambda w, batch: jnp.mean((w * batch[0] - batch[1]) ** 2) + much.sum() * w,
        lambda key: jnp.zeros(()) + noisy * jax.random.normal(key), (x, slope * x), batch_size=size, name="line",
    )  # fmt: skip


def test_the_same_problem_made_again_has_the_same_fingerprint():
    assert fingerprint(line()) == fingerprint(line())
    assert fingerprint(bowl)["criterion"] == "validation"


@pytest.mark.parametrize(
    ("change", "differing"), [({"slope": 4.0}, "data"), ({"size": 4}, "program"), ({"hidden": 2.0}, "program"),
                              ({"noisy": True}, "program")],
)  # fmt: skip
def test_a_difference_is_in_its_place(change, differing):
    mine, theirs = fingerprint(line()), fingerprint(line(**change))
    assert {key for key in mine if mine[key] != theirs[key]} == {differing}


def test_judgements_and_names_count():
    mine, judged = fingerprint(bowl), dataclasses.replace(bowl, test=lambda x, state, key: 3 * (x @ x))
    assert fingerprint(judged)["program"] != mine["program"]
    assert fingerprint(dataclasses.replace(bowl, name="cup")) == {**mine, "problem": "cup"}
