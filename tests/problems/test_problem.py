"""Tests of the contract of problems."""

import dataclasses
import inspect
import typing

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import typing_extensions

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem, solve

X = np.linspace(-1, 1, 12, dtype=np.float32)


def squares(w, batch):
    x, y = batch
    return jnp.mean((w * x - y) ** 2)


def line(**options):
    return Problem.from_loss(squares, lambda key: jnp.zeros(()), (X, 3 * X), **options)


def test_a_loss_and_arrays_make_a_problem():
    problem = line(batch_size=4, validation=(X, 3 * X), test=(X, 2 * X))
    params, state = problem.init(jax.random.key(0))
    gradient, state, value = problem.field(params, state, jax.random.key(1))
    assert gradient.shape == value.shape == ()
    assert problem.name == "squares"
    np.testing.assert_allclose(problem.validate(params, state, jax.random.key(2)), np.mean(9 * X**2), rtol=1e-6)
    np.testing.assert_allclose(problem.test(params, state, jax.random.key(2)), np.mean(4 * X**2), rtol=1e-6)


def test_without_a_batch_size_every_step_sees_all_data():
    problem = line()
    gradient, _, value = problem.field(jnp.zeros(()), (), jax.random.key(0))
    np.testing.assert_allclose([value, gradient], [np.mean(9 * X**2), np.mean(-6 * X**2)], rtol=1e-6)


def test_batches_are_drawn_anew_and_without_bias():
    problem = Problem.from_loss(lambda w, batch: w * jnp.mean(batch), lambda key: jnp.ones(()), X + 2, batch_size=3)
    keys = jax.random.split(jax.random.key(0), 4000)
    means = jax.vmap(lambda key: problem.field(jnp.ones(()), (), key)[2])(keys)
    assert len(np.unique(means)) > 30
    assert abs(np.mean(means) - 2) < 5 * np.std(means) / np.sqrt(4000)


def test_a_loss_may_take_a_key():
    problem = Problem.from_loss(lambda w, batch, key: w * jax.random.normal(key), lambda key: jnp.ones(()), X)
    values = [problem.field(jnp.ones(()), (), jax.random.key(seed))[2] for seed in (0, 1)]
    assert values[0] != values[1]


def test_data_are_leaves_and_functions_are_not():
    problem = line(batch_size=4, validation=(X, X))
    assert len(jax.tree.leaves(problem)) == 4
    again = jax.tree.map(lambda leaf: leaf, problem)
    assert again.name == "squares"
    assert again.field(jnp.zeros(()), (), jax.random.key(0))[2] > 0
    sizes = jax.make_jaxpr(lambda p: p.field(jnp.zeros(()), (), jax.random.key(0)))(problem)
    assert not [const for const in sizes.consts if np.size(const) >= len(X)]


def test_jax_may_put_anything_in_place_of_the_arrays():
    problem = line(batch_size=4, validation=(X, X))
    leaves, tree = jax.tree.flatten(problem)
    emptied = jax.tree.unflatten(tree, [object()] * len(leaves))
    assert jax.tree.structure(emptied) == tree
    assert jax.tree.leaves(jax.tree.unflatten(tree, [None] * len(leaves))) == []


def test_batches_may_stream_from_any_iterable():
    batches = [(X[at : at + 4], 3 * X[at : at + 4]) for at in (0, 4, 8)]
    streamed = Problem.from_loss(squares, lambda key: jnp.zeros(()), batches)
    solution = solve(streamed, sgd(0.1), jax.random.key(0), 100)
    w, values = 0.0, []
    for step in range(100):
        x, y = batches[step % 3]
        values.append(np.mean((w * x - y) ** 2))
        w -= 0.1 * np.mean(2 * x * (w * x - y))
    np.testing.assert_allclose(solution.params, w, rtol=1e-4)
    np.testing.assert_allclose(solution.values, values, rtol=1e-3, atol=1e-6)


def test_a_generator_that_ends_is_told():
    short = Problem.from_loss(squares, lambda key: jnp.zeros(()), ((X, X) for _ in range(3)))
    with pytest.raises(ValueError, match=r"Problem.from_loss: data ended after 3 batches; give more"):
        solve(short, sgd(0.1), jax.random.key(0), 10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number >= 1, got 0"),
        ({"batch_size": 13}, "batch_size must be a whole number from 1 to 12, the number of examples, got 13"),
        ({"batch_size": 8.0}, "batch_size must be a whole number >= 1, got 8.0"),
    ],
)
def test_bad_batch_sizes_are_refused(options, message):
    with pytest.raises(ValueError, match=f"^Problem.from_loss: {message}"):
        line(**options)


def test_bad_data_are_refused():
    start = lambda key: jnp.zeros(())  # noqa: E731
    with pytest.raises(ValueError, match=r"data must have one length along the first axis, got \[11, 12\]"):
        Problem.from_loss(squares, start, (X, X[:-1]))
    with pytest.raises(TypeError, match="data must be arrays or an iterable of batches, got 3"):
        Problem.from_loss(squares, start, 3)
    with pytest.raises(
        ValueError, match="batch_size must be None for batches, got 4; a tuple is data, a list is batches"
    ):
        Problem.from_loss(squares, start, [(X, X)], batch_size=4)
    ragged = Problem.from_loss(squares, start, [(X, X), (X[:3], X[:3])])
    with pytest.raises(ValueError, match="batches of data must have one shape"):
        solve(ragged, sgd(0.1), jax.random.key(0), 4)


def test_a_loss_that_is_no_scalar_is_refused():
    vector = Problem.from_loss(lambda w, batch: w * batch, lambda key: jnp.zeros(()), X)
    with pytest.raises(ValueError, match=r"loss must return a scalar, got shape \(12,\); average over the batch"):
        solve(vector, sgd(0.1), jax.random.key(0), 3)


def test_the_criterion_is_held_out_loss_before_error_before_training_loss():
    plain = line()
    judged = dataclasses.replace(plain, judge=lambda params, state: params)
    assert [plain.criterion, judged.criterion] == ["training", "error"]
    assert line(validation=(X, X)).criterion == "validation"
    assert dataclasses.replace(line(validation=(X, X)), judge=judged.judge).criterion == "validation"
    assert line(test=(X, X)).criterion == "training"


def test_signatures_print_types_by_name():
    printed = str(inspect.signature(Problem))
    assert printed.startswith("(init: Init, field: Field, judge: ")
    assert "Union" not in printed + str(inspect.signature(Problem.from_loss)).replace("Union[Tree,", "")
    for hints in (typing.get_type_hints(Problem), typing_extensions.get_type_hints(Problem, include_extras=True)):
        assert list(hints) == [field.name for field in dataclasses.fields(Problem)]


def test_misspelt_words_are_refused():
    with pytest.raises(ValueError, match="Problem: domain must be one of free, convex, got 'conv'"):
        Problem(lambda key: (0.0, ()), lambda p, s, k: (p, s, p), domain="conv")
