"""Small problems with known answers, for the tests of tuning."""

import jax

from lropt_jax.problems import Problem

TRACES = []


def _field(x, state, key):
    TRACES.append(x)
    return 2 * x, state, x @ x


bowl = Problem(
    init=lambda key: (1 + jax.random.uniform(key, (3,)), ()),
    field=_field,
    validate=lambda x, state, key: x @ x,
    test=lambda x, state, key: 2 * (x @ x),
    name="bowl",
    score="height",
)
"""Gradient descent at a constant rate shrinks x by 1 - 2 rate a step: best at 0.5, diverged above 1."""


def _distance(x, batch):
    loss = ((x - batch) ** 2).mean()
    return loss, {"distance": loss**0.5, "rate": x.mean()}


def measured(**held):
    """A loss with metrics. One is called like a column of a sweep."""
    data = jax.numpy.ones((8, 3))
    return Problem.from_loss(
        _distance, lambda key: 1 + jax.random.uniform(key, (3,)), data, batch_size=4, has_aux=True, **held
    )
