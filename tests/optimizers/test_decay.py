"""Tests of `decay`: weight decay as a value."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import ValueLaws
from trajectories import START, as_schedule, noisy, trajectory

from lropt_jax import from_config, to_config
from lropt_jax.optimizers import adamw, cocob, decay, lamb, lars, novograd, sgd
from lropt_jax.schedules import cosine, linear
from lropt_jax.wrappers import groups, schedule_free

PARAMS = {"head": {"kernel": jnp.full(2, 2.0), "bias": jnp.full(1, 2.0)}, "norm": jnp.full(3, 2.0)}


class TestLaws(ValueLaws):
    specimen = decay(linear(0.1, 10), goes_with="schedule", peak=0.5, mask=("*kernel", "norm"))


def decayed(tx, params=PARAMS):
    """Which parameters move without a gradient."""
    updates, _ = tx.update(jax.tree.map(jnp.zeros_like, params), tx.init(params), params)
    return jax.tree.map(lambda update: bool(jnp.all(update < 0)), updates)


@pytest.mark.parametrize(
    ("how", "share"),
    [
        ({}, lambda rate: rate * 0.3),
        ({"goes_with": "rate"}, lambda rate: rate * 0.3),
        ({"goes_with": "schedule", "peak": 0.2}, lambda rate: rate / 0.2 * 0.3),
        ({"goes_with": "schedule", "peak": as_schedule(np.linspace(0.2, 0.4, 30))}, None),
        ({"goes_with": "rate squared", "peak": 0.2}, lambda rate: rate**2 / 0.2 * 0.3),
        ({"goes_with": "nothing"}, lambda rate: 0.3),
    ],
)
def test_the_share_that_is_taken_away_goes_with_what_it_says(how, share):
    x, rates, peaks = START.copy(), 0.2 * (1 - np.arange(30) / 30), np.linspace(0.2, 0.4, 30)
    for step, rate in enumerate(rates):
        taken = rate / peaks[step] * 0.3 if share is None else share(rate)
        x = x - rate * noisy(x, step) - taken * x
    tx = sgd(linear(0.2, 30), weight_decay=decay(0.3, **how))
    np.testing.assert_allclose(trajectory(tx, START, noisy, 30)[-1], x, atol=1e-10)


def test_with_the_gradients_it_is_l2():
    x, trace = START.copy(), 0.0
    for step in range(30):
        trace = 0.9 * trace + noisy(x, step) + 0.3 * x
        x = x - 0.05 * trace
    tx = sgd(0.05, momentum=0.9, weight_decay=decay(0.3, goes_with="gradients"))
    np.testing.assert_allclose(trajectory(tx, START, noisy, 30)[-1], x, atol=1e-10)


@pytest.mark.parametrize(
    ("optimizer", "own"),
    [
        (lambda decay: adamw(0.1, weight_decay=decay), "rate"),
        (lambda decay: cocob(weight_decay=decay), "gradients"),
        (lambda decay: novograd(0.1, weight_decay=decay), None),
        (lambda decay: lamb(0.1, weight_decay=decay), None),
        (lambda decay: lars(0.1, weight_decay=decay), None),
    ],
    ids=["adamw", "cocob", "novograd", "lamb", "lars"],
)
def test_a_number_goes_with_what_the_authors_have_it_go_with(optimizer, own):
    number = trajectory(optimizer(0.3), START, noisy, 20)
    np.testing.assert_array_equal(trajectory(optimizer(decay(0.3)), START, noisy, 20), number)
    for other in ("rate", "nothing", "gradients"):
        path = trajectory(optimizer(decay(0.3, goes_with=other)), START, noisy, 20)
        assert np.allclose(path, number, atol=1e-9) == (other == own)


@pytest.mark.slow
def test_with_the_rate_squared_gradients_of_normalised_weights_keep_their_ratio_to_the_weights_as_the_rate_falls():
    """The loss depends on the direction of the weights alone, so that gradients are at right angles to these."""
    noise, floor = np.random.default_rng(0).normal(size=(4000, 50)), 0.02

    def ratio(how):
        def gradient(x, step):
            length = np.linalg.norm(x)
            across = noise[step] - x * (x @ noise[step]) / length**2
            return across / length

        rates = linear(0.2, 2000, floor=floor)
        tx = sgd(rates, weight_decay=decay(0.1, **how))
        path = trajectory(tx, np.ones(50), gradient, 4000)
        return np.mean([np.linalg.norm(gradient(x, i)) / np.linalg.norm(x) for i, x in enumerate(path[3500:-1], 3500)])

    plain, squared = ratio({}), ratio({"goes_with": "rate squared", "peak": 0.2})
    np.testing.assert_allclose(squared, np.sqrt(2 * 0.1 / 0.2), rtol=0.05)
    assert plain > 1.8 * squared


def test_optimizers_with_a_place_of_their_own_decay_there():
    """novograd: inside the momentum; lamb: inside the ratio; lars: inside both."""
    x, mu, still = np.array([3.0, 4.0]), np.zeros(2), lambda x, step: 0 * x
    for _ in range(5):
        mu = 0.9 * mu + 0.5 * x
        x = x - 0.1 * mu
    tx = novograd(0.1, b1=0.9, weight_decay=0.5)
    np.testing.assert_allclose(trajectory(tx, np.array([3.0, 4.0]), still, 5)[-1], x, atol=1e-10)
    expected = np.array([3.0, 4.0]) * 0.9**5  # |update| is the rate times |x|, whatever the strength
    tx = lamb(0.1, weight_decay=0.5)
    np.testing.assert_allclose(trajectory(tx, np.array([3.0, 4.0]), still, 5)[-1], expected, atol=1e-10)
    tx = lars(0.1, momentum=None, trust_coefficient=1.0, weight_decay=0.5)
    np.testing.assert_allclose(trajectory(tx, np.array([3.0, 4.0]), still, 5)[-1], expected, atol=1e-10)


@pytest.mark.parametrize(
    ("mask", "kernel", "bias", "norm"),
    [
        (None, True, True, True),
        ("*", True, True, True),
        ("*kernel", True, False, False),
        (["head/*", "*kernel"], True, True, False),
        (("norm", "*/bias"), False, True, True),
        ({"head": {"kernel": True, "bias": False}, "norm": True}, True, False, True),
        (lambda params: jax.tree.map(lambda p: p.size > 1, params), True, False, True),
        (lambda params: "head/*", True, True, False),
    ],
)
def test_the_mask_says_which_parameters_decay(mask, kernel, bias, norm):
    for optimizer in (adamw, sgd, novograd, lamb, lars):
        tx = optimizer(0.1, weight_decay=decay(0.5, mask=mask))
        assert decayed(tx) == {"head": {"kernel": kernel, "bias": bias}, "norm": norm}


def test_a_mask_of_patterns_works_where_each_group_has_its_own_optimizer():
    with_mask = adamw(0.1, weight_decay=decay(0.5, mask="*kernel"))
    tx = groups({"head/*": with_mask, "*": sgd(0.1)})
    assert decayed(tx) == {"head": {"kernel": True, "bias": False}, "norm": False}


def test_a_pattern_that_matches_nothing_is_refused_with_what_is_near():
    tx = adamw(0.1, weight_decay=decay(0.5, mask=["*kernel", "norms"]))
    with pytest.raises(ValueError, match="adamw: pattern 'norms' must match a parameter, got none; near are 'norm',"):
        tx.update(PARAMS, tx.init(PARAMS), PARAMS)


def test_it_is_traced_and_edited_and_saved_with_its_optimizer():
    tx = adamw(0.1, weight_decay=decay(0.5, mask=["*kernel"]))
    slope = jax.grad(lambda tx: jnp.sum(tx.update(PARAMS, tx.init(PARAMS), PARAMS)[0]["head"]["kernel"]))(tx)
    np.testing.assert_allclose(slope.weight_decay.strength, -0.1 * 4, rtol=1e-6)
    assert tx.replace(weight_decay=tx.weight_decay.replace(strength=0.1)).weight_decay.strength == 0.1
    assert from_config(to_config(tx)) == tx


def test_schedule_free_decays_at_the_parameters_with_what_it_says():
    for how, pull in (("rate", 0.1 * 0.5), ("nothing", 0.5), ("gradients", 0.1 * 0.5)):
        tx = schedule_free(sgd(0.1), b1=0.0, weight_decay=decay(0.5, goes_with=how, mask="*kernel"))
        updates, _ = tx.update(jax.tree.map(jnp.zeros_like, PARAMS), tx.init(PARAMS), PARAMS)
        np.testing.assert_allclose(updates["head"]["kernel"], -pull * 2.0, rtol=1e-6)
        np.testing.assert_array_equal(updates["norm"], 0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: adamw(1e-3, decay_coupling="gradients"),
        lambda: adamw(1e-3).replace(decay_coupling="gradients"),
        lambda: sgd(1e-3, weight_decay=0.1, decay_coupling=0.1),
    ],
)
def test_the_old_word_for_the_coupling_is_refused_with_the_new_spelling(call):
    with pytest.raises(
        TypeError,
        match="(adamw|sgd): decay_coupling must be given as a part of weight_decay, got decay_coupling=...; "
        r'write weight_decay=decay\(0.1, goes_with="gradients"\)',
    ):
        call()


@pytest.mark.parametrize("call", [lambda: lamb(1e-3, mask="*"), lambda: adamw(1e-3).replace(mask={"w": True})])
def test_the_old_place_of_the_mask_is_refused_with_the_new_spelling(call):
    with pytest.raises(TypeError, match=r"mask must be given as a part of weight_decay, .*=decay\(0.1, mask=...\)"):
        call()


def test_bad_arguments_are_refused():
    for bad, message in (
        ({"strength": -0.1}, "decay: strength must be finite and >= 0, got -0.1"),
        (
            {"goes_with": "l2"},
            "decay: goes_with must be one of rate, rate squared, schedule, nothing, gradients, got 'l2'",
        ),
        ({"goes_with": "schedule"}, 'decay: peak must be the largest rate with goes_with="schedule", got None'),
        ({"goes_with": "rate squared"}, 'decay: peak must be the largest rate with goes_with="rate squared", got None'),
        ({"peak": 0.1}, 'decay: peak must be None without goes_with="schedule" or "rate squared", got 0.1'),
        ({"goes_with": "schedule", "peak": 0}, "decay: peak must be finite and > 0, got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            decay(**{"strength": 0.1, **bad})
    with pytest.raises(ValueError, match="adamw: weight_decay must be finite and >= 0, got -0.1"):
        adamw(cosine(1e-3, 10), weight_decay=-0.1)
