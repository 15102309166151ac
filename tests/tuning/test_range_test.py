"""Tests of the range test: one rising run, or lanes at constant rates."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from bowls import bowl

from lropt_jax import Refused
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, gaussian_mixture, q_learning, solve
from lropt_jax.schedules import cosine
from lropt_jax.tuning import range_test
from lropt_jax.wrappers import clip_norm

X = np.random.default_rng(0).normal(size=(256, 4)).astype(np.float32)
Y = X @ np.array([1.0, -2.0, 3.0, 0.5], np.float32)


def squares(params, batch):
    return jnp.mean((batch[0] @ params - batch[1]) ** 2)


line = Problem.from_loss(squares, lambda key: jnp.zeros(4), (X, Y), batch_size=32)
whole = Problem.from_loss(squares, lambda key: jnp.zeros(4), (X, Y))


def test_a_rising_run_is_one_with_the_rates_of_a_schedule():
    found = range_test(bowl, sgd, low=1e-4, high=2.0, steps=20, seeds=[3])
    rates = np.geomspace(1e-4, 2.0, 20)
    values = solve(bowl, sgd(lambda step: jnp.asarray(rates)[step]), jax.random.key(3), 20).values
    np.testing.assert_allclose(found.losses[0], values, rtol=1e-4)
    np.testing.assert_array_equal(found.rates, rates)


def test_lanes_are_runs_at_constant_rates_from_the_same_start():
    found = range_test(bowl, sgd, low=1e-2, high=0.9, steps=5, lanes=6, seeds=[3])
    for rate, loss in zip(found.rates, found.losses[0], strict=True):
        x = solve(bowl, sgd(float(rate)), jax.random.key(3), 5).params
        np.testing.assert_allclose(loss, x @ x, rtol=1e-4, atol=1e-6)
    assert found.rate == pytest.approx(0.3, rel=0.2)


@pytest.mark.parametrize("lanes", [None, 12])
def test_it_suggests_a_rate_that_works_and_says_how_sure_it_is(lanes):
    found = range_test(line, lambda rate: sgd(rate, momentum=0.5), steps=60, lanes=lanes, low=1e-4)
    assert 0.003 < found.rate < 1
    assert found.spread < 0.5
    assert found.losses.shape == (3, lanes or 60)


@pytest.mark.parametrize("optimizer", [adam, lambda rate: optax.adam(rate), clip_norm(adam(cosine(7.0, 90)), 1.0)])
def test_any_optimizer_is_taken_and_its_own_schedule_left_out(optimizer):
    found = range_test(whole, optimizer, low=1e-5, steps=60, seeds=1)
    assert 0.05 < found.rate < 2


def test_it_goes_on_from_the_middle_of_a_run_and_changes_nothing():
    tx = adam(cosine(0.1, 90))
    at = solve(line, tx, jax.random.key(0), 45)
    kept = jax.tree.map(np.array, (at.params, at.optimizer_state))
    given = {"params": at.params, "state": at.state, "optimizer_state": at.optimizer_state}
    found = range_test(line, tx, low=1e-5, steps=20, seeds=2, **given)
    assert np.all(found.losses[:, 0] < 0.2 * range_test(line, tx, low=1e-5, steps=20, seeds=2).losses[:, 0])
    jax.tree.map(np.testing.assert_array_equal, kept, (at.params, at.optimizer_state))
    with pytest.raises(Refused, match="range_test: optimizer_state must be one of sgd, got AdamState"):
        range_test(line, sgd, **given)
    with pytest.raises(Refused, match="range_test: params must be given with an optimizer_state, got none"):
        range_test(line, tx, optimizer_state=at.optimizer_state)


def test_a_whole_model_goes_on_too():
    eqx = pytest.importorskip("equinox")

    def loss(model, batch):
        return jnp.mean((jax.vmap(model)(batch[0]) - batch[1]) ** 2)

    net = Problem.from_loss(loss, lambda key: eqx.nn.MLP(4, "scalar", 4, 0, key=key), (X, Y))
    at = solve(net, adam(0.1), jax.random.key(0), 40)
    found = range_test(net, adam, low=1e-5, steps=10, seeds=1, params=at.params, optimizer_state=at.optimizer_state)
    assert found.losses[0, 0] == pytest.approx(float(loss(at.params, (X, Y))), rel=1e-3)


@pytest.mark.parametrize("lanes", [None, 6])
def test_a_stream_is_read_once_a_seed(lanes):
    read = []

    def batches():
        for place in range(0, 4096, 32):
            read.append(place)
            yield X[place % 256 : place % 256 + 32], Y[place % 256 : place % 256 + 32]

    found = range_test(
        Problem.from_loss(squares, lambda key: jnp.zeros(4), batches()), sgd, low=1e-3, steps=40, lanes=lanes, seeds=2
    )
    assert len(read) == 2 * (40 + (lanes is not None))
    assert 0.01 < found.rate < 2


def test_nothing_that_diverges_or_is_flat_is_a_crash():
    still = Problem.from_loss(lambda w, batch: jnp.mean(batch), lambda key: jnp.zeros(()), X)
    lost = Problem.from_loss(lambda w, batch: w + jnp.nan, lambda key: jnp.zeros(()), X)
    for problem, reason in ((still, "the loss stays"), (lost, "the loss is not finite")):
        for lanes in (None, 5):
            found = range_test(problem, sgd, steps=10, lanes=lanes, seeds=1)
            assert found.rate is None
            assert found.reason.startswith(reason)


def test_on_a_convex_domain_no_rate_leaves_it():
    assert range_test(gaussian_mixture(), sgd, low=1e-4, steps=20, seeds=1).rates[-1] == 1


def test_what_cannot_be_tested_is_refused():
    for wrong, said in (
        ({"low": 1.0, "high": 0.1}, "high must be > low, got 1 to 0.1"),
        ({"steps": 4}, "steps must be a whole number >= 5, got 4"),
        ({"lanes": 2}, "lanes must be a whole number >= 5, got 2"),
        ({"rule": "best"}, "rule must be one of middle, steepest, valley, minimum, lowest, got 'best'"),
        ({"smoothing": -1}, "smoothing must be finite and >= 0, got -1"),
    ):
        with pytest.raises(Refused, match=f"range_test: {said}"):
            range_test(bowl, sgd, **wrong)
    with pytest.raises(Refused, match="range_test: problem must have a loss as its value, got a monitor"):
        range_test(q_learning(), sgd)
    with pytest.raises(Refused, match="range_test: optimizer must be one, got sgd, adam"):
        range_test(bowl, [sgd, adam])
    ragged = Problem.from_loss(squares, lambda key: jnp.zeros(4), iter([(X[:3], Y[:3]), (X[:2], Y[:2])] * 9))
    with pytest.raises(Refused, match="range_test: batches of data must have one shape"):
        range_test(ragged, sgd, steps=5, seeds=1)
