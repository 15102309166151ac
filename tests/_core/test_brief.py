"""Tests of short text for results."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.brief import brief, holdings
from lropt_jax.objectives import Bernoulli, Categorical, FullRank, LowRank, MeanField, Mixture, MixtureStatistics
from lropt_jax.optimizers import adam
from lropt_jax.problems import MDP, Dots, Grid, Images, Lines, Points, Problem, Recipe, least_squares, solve, start, vae

LARGE = jnp.arange(1000.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (jnp.ones((64, 10)), "float32[64,10]"),
        (np.ones(3, bool), "bool[3]"),
        (jnp.float32(0.5), "0.5"),
        (jax.ShapeDtypeStruct((2,), jnp.int8), "int8[2]"),
        (jax.random.key(0), "key<fry>[]"),
        ([1, 2], "[1, 2]"),
        ([[1.0, 2.0]] * 10, "list[10,2]"),
        ([1.0, [2.0]], "[1.0, [2.0]]"),
        ((jnp.ones(2),), "(float32[2],)"),
        ((), "()"),
        ({"w": jnp.ones(2), "b": None}, "{'w': float32[2], 'b': None}"),
        (dict.fromkeys(range(10), "x"), "{0: 'x', 1: 'x', 2: 'x', 3: 'x', 4: 'x', 5: 'x', 6: 'x', 7: 'x', ... 2 more}"),
        (adam(1.0).init(jnp.ones(2)), "AdamState(count=0, learning_rate=1.0, rate=(), mu=float32[2], nu=float32[2])"),
        ("a" * 100, "'" + "a" * 76 + "..."),
    ],
    ids=str,
)  # fmt: skip
def test_arrays_are_written_by_dtype_and_shape_and_numbers_as_they_are(value, text):
    assert brief(value) == text


RESULTS = [
    Bernoulli(LARGE),
    Categorical(LARGE),
    MeanField(LARGE, LARGE),
    FullRank(LARGE, LARGE, jnp.ones((1000, 1000))),
    LowRank(LARGE, LARGE, jnp.ones((1000, 3))),
    Mixture(LARGE, LARGE, LARGE),
    MixtureStatistics(LARGE, LARGE, LARGE),
    MDP(np.ones((500, 2)), np.full((500, 2, 500), 1 / 500), 0.9),
    MDP(np.ones((500, 2)).tolist(), np.full((500, 2, 500), 1 / 500).tolist(), 0.9),
    Lines(LARGE, {"found": LARGE}, "x", "y"),
    Dots({"found": LARGE}, "x", "y"),
    Points(jnp.ones((1000, 2)), LARGE),
    Images({"data": jnp.ones((100, 8, 8))}),
    Grid(jnp.ones((100, 100)), list(map(str, range(100))), list(map(str, range(100)))),
    Recipe(),
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_no_result_prints_its_arrays(result):
    text = repr(result)
    assert text.startswith(type(result).__name__)
    assert len(text) < 250
    assert "..., " not in text  # as NumPy shortens


def test_a_solution_and_an_iterate_print_shapes():
    problem, tx = least_squares(), adam(0.1)
    assert "values=float32[50]" in repr(solve(problem, tx, jax.random.key(0), 50))
    assert len(repr(start(problem, tx, jax.random.key(0)))) < 300


def test_what_is_traced_or_no_longer_there_prints_too():
    seen = []
    jax.jit(lambda q: seen.append(repr(q)))(MeanField(LARGE, jnp.float32(0.5)))
    assert seen == ["MeanField(mean=float32[1000], log_scale=float32[])"]
    gone = jnp.ones(())
    gone.delete()
    assert brief(gone) == "float32[]"


def test_a_problem_says_its_name_its_shapes_and_their_size_and_not_its_data():
    data = jnp.ones((500, 20))
    fit = Problem.from_loss(lambda w, x: jnp.mean(x @ w), lambda key: jnp.zeros(20), data, batch_size=2, name="slope")
    assert repr(fit) == (
        "<Problem 'slope': value loss, domain free, chosen by training, 3300 steps, holds float32[500,20] (40 kB)>"
    )
    assert len(repr(vae())) < 300
    streamed = Problem.from_loss(lambda w, x: jnp.mean(x @ w), lambda key: jnp.zeros(20), [data[:2]] * 7)
    assert "7 batches from list" in repr(streamed)
    assert repr(Problem(int, int)) == "<Problem 'problem': value loss, domain free, chosen by training, 3300 steps>"


def test_the_size_of_what_is_held_has_a_unit_that_can_be_read():
    assert holdings(()) == ""
    assert holdings(np.ones(3)) == "float64[3] (24 bytes)"
    assert holdings([np.ones(10**6)] * 9) == "float64[1000000] (8 MB)"  # one array, however often it is named
    assert holdings([np.ones(10**6) for _ in range(9)]) == ", ".join(["float64[1000000]"] * 8) + ", ... 1 more (72 MB)"
