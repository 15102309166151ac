"""Tests of arguments by their paths."""

import pytest

from lropt_jax import chain
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import cosine, stretch, warmup
from lropt_jax.tuning.places import placed

WARM = adam(warmup(cosine(0.1, 90), 10))


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        (adam(0.1), {"b2": 0.9}, adam(0.1, b2=0.9)),
        (sgd(0.1), {"momentum": 0.9, "nesterov": True}, sgd(0.1, momentum=0.9, nesterov=True)),  # checked together
        (chain(sgd(0.1), adam(0.1)), {"b2": 0.9}, chain(sgd(0.1), adam(0.1, b2=0.9))),
        (chain(adam(0.1), adam(0.1)), {"1.b2": 0.9}, chain(adam(0.1), adam(0.1, b2=0.9))),
        (WARM, {"learning_rate.peak": 0.2}, adam(warmup(cosine(0.2, 90), 10))),
        (WARM, {"learning_rate.steps": 5}, adam(warmup(cosine(0.1, 90), 5))),  # the nearest one
        (WARM, {"learning_rate.schedule.steps": 50}, adam(warmup(cosine(0.1, 50), 10))),
        (WARM, {"learning_rate": cosine(0.1, 9), "learning_rate.peak": 0.2, "b1": 0.5}, adam(cosine(0.2, 9), b1=0.5)),
        (
            adam(stretch(cosine(0.1, 9), 0.5)),
            {"learning_rate.floor": 0.01},
            adam(stretch(cosine(0.1, 9, floor=0.01), 0.5)),
        ),
    ],
)
def test_a_path_leads_to_an_argument(before, values, after):
    assert placed(before, values) == after


@pytest.mark.parametrize(
    ("optimizer", "path", "message"),
    [
        (adam(0.1), "b3", "space must hold arguments of adam, got 'b3'; there are learning_rate, b1"),
        (adam(0.1), "beta2", "space must hold arguments of adam, got 'beta2'; did you mean b2"),
        (WARM, "learning_rate.flor", "space must hold arguments of warmup, got 'learning_rate.flor'"),
        (adam(0.1), "learning_rate.peak", "space must hold arguments, got 'learning_rate.peak'; 0.1 has no peak"),
        (chain(adam(0.1), adam(0.1)), "b2", "got 'b2', which is transforms.0.b2 and transforms.1.b2; write one"),
        (chain(adam(0.1)), "transforms.0", "space must hold arguments, got 'transforms.0'"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(optimizer, path, message):
    with pytest.raises(ValueError, match=message):
        placed(optimizer, {path: 0.5})
