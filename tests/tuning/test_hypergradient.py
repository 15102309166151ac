"""Tests of derivatives of a run's result by the numbers of its optimizer."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from bowls import TRACES, bowl
from laws import x64

from lropt_jax import lift
from lropt_jax.optimizers import adam, adamw, lion, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.schedules import cosine, linear, sampled, warmup
from lropt_jax.tuning import hypergradient
from lropt_jax.tuning.hypergradient import _segment, differentiated
from lropt_jax.wrappers import clip_norm

X = np.random.default_rng(0).normal(size=(64, 3))
Y = X @ np.array([1.0, -2.0, 0.5]) + 0.3 * np.random.default_rng(1).normal(size=64)


def logistic():
    """Noisy, and with a loss that no rate solves."""
    labels = np.where(Y > 0, 1.0, -1.0)
    labels[:9] *= -1
    return Problem.from_loss(
        lambda w, batch: jnp.mean(jax.nn.softplus(-batch[1] * (batch[0] @ w))),
        lambda key: jnp.ones(3), (X, labels), batch_size=8, validation=(X, labels),
    )  # fmt: skip


def by_differences(problem, tx, steps, key, size=1e-5):
    """Central differences by every number, one after another."""
    leaves, tree = jax.tree.flatten(jax.tree.map(lambda leaf: jnp.asarray(leaf, float), tx))
    result = jax.jit(lambda tx: problem.validate(solve(problem, tx, key, steps).params, (), key))
    slopes = []
    for place, leaf in enumerate(leaves):
        flat = []
        for entry in range(leaf.size):
            h = size * max(1.0, abs(float(leaf.ravel()[entry])))
            ends = [
                result(tree.unflatten([*leaves[:place], leaf.ravel().at[entry].add(way * h).reshape(leaf.shape),
                                       *leaves[place + 1 :]]))
                for way in (1, -1)
            ]  # fmt: skip
            flat.append((ends[0] - ends[1]) / (2 * h))
        slopes.append(np.reshape(flat, leaf.shape))
    return slopes


@pytest.mark.slow
@pytest.mark.parametrize(
    "tx",
    [
        clip_norm(sgd(warmup(cosine(0.5, 17.3), 4.4), momentum=0.9), 0.4),
        adamw(linear(0.1, 30, floor=0.01), weight_decay=0.1),
        sgd(sampled(np.linspace(0.6, 0.1, 5))),
    ],
    ids=["clipped momentum", "adamw", "table"],
)
def test_every_number_has_its_central_difference(tx):
    with x64():
        problem, key = logistic(), jax.random.key(5)
        expected = by_differences(problem, tx, 23, key)
        for mode in ("forward", "reverse"):
            found = hypergradient(problem, tx, steps=23, key=key, mode=mode)
            assert jax.tree.structure(found.gradient) == jax.tree.structure(tx)
            for mine, theirs in zip(jax.tree.leaves(found.gradient), expected, strict=True):
                np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-8)
            end = problem.validate(solve(problem, tx, key, 23).params, (), key)
            np.testing.assert_allclose(found.value, end, rtol=1e-12)


def test_it_is_the_derivative_that_calculus_gives():
    start = bowl.init(jax.random.split(jax.random.key(0))[0])[0]
    found = hypergradient(bowl, sgd(0.01), steps=20, key=jax.random.key(0))
    assert float(found.value) == pytest.approx(float(0.98**40 * start @ start), rel=1e-4)
    assert float(found.gradient.learning_rate) == pytest.approx(float(-80 * 0.98**39 * start @ start), rel=1e-4)


def test_runs_are_averaged():
    keys = jax.random.split(jax.random.key(1), 3)
    alone = [hypergradient(bowl, adam(0.1), steps=9, key=key) for key in keys]
    together = hypergradient(bowl, adam(0.1), steps=9, key=jax.random.key(1), runs=3)
    np.testing.assert_allclose(together.value, np.mean([run.value for run in alone]), rtol=1e-5)
    slopes = np.mean([run.gradient.b1 for run in alone])
    np.testing.assert_allclose(together.gradient.b1, slopes, rtol=1e-3, atol=1e-6)


def test_reverse_mode_keeps_a_square_root_of_the_steps():
    """The residuals of all 900 steps, each with the parameters, would be more than 900 x 4000 bytes."""
    wide = dataclasses.replace(bowl, init=lambda key: (jnp.ones(1000), ()), field=lambda x, s, k: (x**3, s, x @ x))
    tx = sgd(linear(jnp.array(0.1), jnp.array(900.0), floor=jnp.array(0.0)))
    compiled = differentiated.lower(wide, tx, jax.random.key(0)[None], 900, False).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < 200 * 4000


@pytest.mark.parametrize(("steps", "length"), [(1, 1), (900, 30), (300, 15), (30, 5), (1009, 31)])
def test_a_segment_is_about_the_square_root_and_divides_the_steps_where_it_can(steps, length):
    assert _segment(steps) == length


def test_other_numbers_compile_nothing_new():
    fresh = dataclasses.replace(bowl, init=lambda key: bowl.init(key))  # another function: another program
    TRACES.clear()
    hypergradient(fresh, sgd(linear(0.1, 10)), steps=10, key=jax.random.key(0))
    many = len(TRACES)
    hypergradient(fresh, sgd(linear(jnp.array(0.2), 7)), steps=10, key=jax.random.key(2))
    assert len(TRACES) == many


def test_what_has_no_derivative_is_refused():
    how = {"steps": 5, "key": jax.random.key(0)}
    with pytest.raises(TypeError, match="hypergradient: tx must be an optimizer of this library, or under `lift`"):
        hypergradient(bowl, optax.sgd(0.1), **how)
    assert np.isfinite(hypergradient(bowl, lift(optax.sgd)(0.1), **how).gradient.learning_rate)
    with pytest.raises(ValueError, match="hypergradient: tx must hold a number to differentiate by"):
        hypergradient(bowl, lift(_fixed)(), **how)
    with pytest.raises(ValueError, match="hypergradient: mode must be one of auto, forward, reverse"):
        hypergradient(bowl, lion(0.1), mode="backward", **how)
    with pytest.raises(ValueError, match="hypergradient: steps must be a whole number >= 1"):
        hypergradient(bowl, sgd(0.1), steps=0, key=jax.random.key(0))


def _fixed():
    return optax.sgd(0.1)
