"""Tests of the rate found and the model trained in one call."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from bowls import bowl

from lropt_jax import Refused
from lropt_jax.optimizers import adam, chain, lion, sgd
from lropt_jax.problems import Problem, gaussian_mixture, q_learning, solve
from lropt_jax.schedules import constant, cosine, linear, warmup
from lropt_jax.tuning import auto
from lropt_jax.wrappers import clip_norm

KEY = jax.random.key(0)
X = np.random.default_rng(0).normal(size=(256, 4)).astype(np.float32)
Y = X @ np.array([1.0, -2.0, 3.0, 0.5], np.float32)


def squares(params, batch):
    return jnp.mean((batch[0] @ params - batch[1]) ** 2)


line = Problem.from_loss(squares, lambda key: jnp.zeros(4), (X, Y), batch_size=32, validation=(X, Y))


@pytest.mark.parametrize("optimizer", [sgd, adam, lion, lambda rate: clip_norm(sgd(rate, momentum=0.9), 1.0)])
def test_it_ends_with_a_trained_model(optimizer):
    done = auto(line, optimizer, steps=600, key=KEY)
    assert squares(done.solution.params, (X, Y)) < 0.02
    assert done.solution.values.shape == (600,)
    assert 1 < done.cost < 1.17
    assert not any("rose" in flag for flag in done.flags)


def test_the_run_is_that_of_solve_and_its_rate_is_that_of_the_equation():
    done = auto(line, sgd, steps=500, key=KEY)
    best, length, exponent = done.found
    assert exponent == -0.15
    assert done.rate == pytest.approx(best * (500 / length) ** -0.15)
    assert done.tx == sgd(linear(done.rate, 500))
    np.testing.assert_array_equal(done.solution.params, solve(line, done.tx, KEY, 500).params)
    assert f"rate {done.rate:.3g} = {best:.3g} at {length} steps x (500/{length})^-0.15" in repr(done)


def test_an_exponent_is_declared_by_the_optimizer_or_given():
    assert auto(bowl, lion, steps=500, key=KEY).found.exponent == -1
    assert auto(bowl, clip_norm(chain(lion(1e-3)), 1.0), steps=500, key=KEY).found.exponent == -1
    assert auto(bowl, lambda rate: optax.sgd(rate), steps=500, key=KEY).found.exponent == -0.15
    assert auto(bowl, adam, steps=500, key=KEY, exponent=0).found.exponent == 0
    with pytest.raises(ValueError, match=r"auto: exponent must be in \[-2, 2\], got 3"):
        auto(bowl, adam, steps=500, key=KEY, exponent=3)


def test_a_schedule_is_kept_with_another_peak():
    own = auto(line, sgd(warmup(cosine(7.0, 450), 50)), steps=500, key=KEY)
    steps = np.arange(500)
    np.testing.assert_allclose(own.tx.learning_rate(steps), warmup(cosine(own.rate, 450), 50)(steps), rtol=1e-5)
    assert own.rate < 1
    given = auto(line, sgd, steps=500, key=KEY, schedule=lambda rate, steps: constant(rate))
    assert given.tx == sgd(constant(given.rate))


def test_a_whole_model_is_given_back():
    eqx = pytest.importorskip("equinox")
    whole = Problem.from_loss(
        lambda model, batch: jnp.mean((jax.vmap(model)(batch[0]) - batch[1]) ** 2),
        lambda key: eqx.nn.MLP(4, "scalar", 4, 0, activation=jax.nn.relu, key=key), (X, Y),
    )  # fmt: skip
    assert np.isfinite(auto(whole, sgd, steps=40, key=KEY).solution.params(X[0]))


def test_a_stream_is_trained_too():
    batches = [(X[place : place + 32], Y[place : place + 32]) for place in range(0, 256, 32)]
    done = auto(Problem.from_loss(squares, lambda key: jnp.zeros(4), batches), sgd, steps=500, key=KEY)
    assert squares(done.solution.params, (X, Y)) < 0.02


def test_progress_names_its_stages():
    told = []
    auto(line, sgd, steps=500, key=KEY, on_progress=lambda stage, now: told.append((stage, now.done / now.total)))
    assert list(dict.fromkeys(stage for stage, _ in told)) == ["find", "train"]
    assert told == sorted(told)
    assert told[-1] == ("train", 1.0)


def test_a_run_that_rises_is_flagged():
    done = auto(line, sgd, steps=500, key=KEY, exponent=1)  # eight times too large
    assert any(flag.startswith("the loss rose above its start") for flag in done.flags)
    assert squares(done.solution.params, (X, Y)) < 0.1


def test_a_short_run_is_flagged_and_the_notebook_shows_it():
    done = auto(line, sgd, steps=40, key=KEY)
    assert done.flags[0] == "the run is short: below 500 steps the probes tell little"
    assert done._repr_html_().count("<tr>") == 1 + len(done.probes)


def test_on_a_convex_domain_no_rate_leaves_it():
    done = auto(gaussian_mixture(), sgd, steps=60, key=KEY)
    assert 0 < done.rate <= 1


def test_what_cannot_be_tuned_is_refused():
    with pytest.raises(Refused, match="auto: problem must have a loss as its value, got a monitor"):
        auto(q_learning(), sgd, steps=500, key=KEY)
    with pytest.raises(TypeError, match="auto: problem must be a Problem"):
        auto(squares, sgd, steps=500, key=KEY)
    with pytest.raises(Refused, match="auto: optimizer must be one, got sgd, adam"):
        auto(bowl, [sgd, adam], steps=500, key=KEY)
    with pytest.raises(ValueError, match="auto: steps must be a whole number >= 1, got 0"):
        auto(bowl, sgd, steps=0, key=KEY)
