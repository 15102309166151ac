"""Tests of effects under observations: the IDC algorithm."""

import itertools

import jax
import numpy as np
import pytest

from lropt_jax.objectives import Hedge, identify

COMPILED = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *_, **__: COMPILED.append(event) if event.endswith("backend_compile_duration") else None
)


def test_fifteen_binary_variables_compile_nothing():
    rng, names, asked = np.random.default_rng(0), [f"v{place:02}" for place in range(15)], 0
    table = rng.dirichlet(np.ones(2**15)).reshape([2] * 15)
    identify(names, x="v04", y="v14", given="v09")(table)  # numbers of the shapes of the table and of the answer
    while asked < 5:
        pairs = list(itertools.combinations(names, 2))
        arrows = [pair for pair in pairs if rng.random() < 0.3]
        arcs = [(a, "<->", b) for a, b in pairs if rng.random() < 0.08]
        COMPILED.clear()
        try:
            found = identify([*names, *arrows, *arcs], x="v04", y="v14", given="v09")(table)
        except Hedge:
            continue
        assert not COMPILED
        np.testing.assert_allclose(found.sum(2), 1, rtol=1e-6)
        asked += 1


def test_what_is_observed_may_be_as_good_as_set():
    table = np.random.default_rng(0).dirichlet(np.ones(8)).reshape(2, 2, 2)  # x, z, y
    effect = identify("x -> z -> y, x <-> z", x="x", y="y", given="z")
    assert repr(effect) == "P(y | do(x), z) as a function of a table of x, z, y"
    observed = table.sum(0) / table.sum((0, 2))[:, None]
    np.testing.assert_allclose(effect(table), np.broadcast_to(observed, (2, 2, 2)), rtol=1e-6)
    np.testing.assert_allclose(jax.jit(effect)(table), effect(table), rtol=1e-5)
    with pytest.raises(Hedge, match=r"^identify: P\(z \| do\(x\)\) must be identifiable"):
        identify("x -> z -> y, x <-> z", x="x", y="z")
    with pytest.raises(
        Hedge, match=r"^identify: P\(y \| do\(x\), z\) must be identifiable, got the hedge {x, z, y} over"
    ):
        identify("x -> z -> y, x <-> z, z <-> y", x="x", y="y", given="z")


def test_axes_are_those_of_x_of_given_and_of_y_in_the_order_given():
    table = np.random.default_rng(0).dirichlet(np.ones(24)).reshape(2, 3, 4)
    effect = identify("a, b, c, c -> a -> b", x="c", y="b", given="a")
    assert effect.axes == ("c", "a", "b")
    np.testing.assert_allclose(effect(table), np.broadcast_to(conditional(table.sum(2)), (4, 2, 3)), rtol=1e-5)


def conditional(joint):
    return joint / joint.sum(1, keepdims=True)
