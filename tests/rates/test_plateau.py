"""Tests of `plateau`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from controllers import fed_results
from golden_values import controller_cases
from laws import RateLaws, x64

from lropt_jax import learning_rate
from lropt_jax.optimizers import sgd
from lropt_jax.rates import plateau
from lropt_jax.schedules import linear, warmup


class TestLaws(RateLaws):
    rate = plateau(warmup(linear(0.1, 50), 5), patience=1, every=2, floor=1e-3, stop_after=7)


@pytest.mark.parametrize("name", ["default_flat", "abs", "max_abs", "patience0"])
def test_it_is_torch_reduce_lr_on_plateau(name):
    case = controller_cases("ReduceLROnPlateau")[name]
    with x64():
        found, state = fed_results(plateau(case["base_lr"], **case["params"]), case["metrics"])
    stays = case["lrs"].index(min(case["lrs"]))  # PyTorch leaves out changes below 1e-8
    np.testing.assert_allclose(found[: stays + 1], case["lrs"][: stays + 1], rtol=0, atol=1e-12)
    assert state.best == case["best"][-1]


def test_it_goes_on_falling_where_torch_stops_at_steps_of_1e_8():
    case = controller_cases("ReduceLROnPlateau")["eps_stops"]
    params = {name: value for name, value in case["params"].items() if name != "eps"}
    with x64():
        found, _ = fed_results(plateau(case["base_lr"], **params), case["metrics"])
    stays = case["lrs"].index(min(case["lrs"]))
    np.testing.assert_allclose(found[: stays + 1], case["lrs"][: stays + 1], rtol=1e-12)
    np.testing.assert_allclose(found[stays + 1], case["lrs"][stays] / 2, rtol=1e-12)


def test_negative_results_are_better_when_they_are_lower():
    falling, _ = fed_results(plateau(1.0, patience=1, threshold=0.1), [-10.0, -10.5, -10.9, -10.9])
    np.testing.assert_allclose(falling, [1, 1, 0.1, 0.1])
    elbo, state = fed_results(plateau(1.0, patience=0, mode="max"), [-200.0, -150.0, -120.0, -119.0])
    np.testing.assert_allclose(elbo, 1)
    assert state.best == -119


def test_a_step_without_a_result_changes_nothing():
    tx, x = sgd(plateau(linear(1.0, 10), factor=0.5, patience=0)), jnp.ones(1)
    _, before = tx.update(x, tx.init(x), x, value=1.0)
    _, after = tx.update(x, before, x)
    assert jax.tree.leaves(after.rate) == jax.tree.leaves(before.rate)
    assert learning_rate(after) == linear(1.0, 10)(1)


def test_it_lowers_a_schedule_and_lets_a_warmup_begin_at_zero():
    base = warmup(linear(1.0, 6), 4, start=0.0)
    found, _ = fed_results(plateau(base, factor=0.5, patience=2, floor=0.3), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    given = base(np.arange(8))
    expected = [g if step < 3 else max(g * (0.5 if step < 6 else 0.25), min(0.3, g)) for step, g in enumerate(given)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("none", [jnp.nan, -jnp.inf])
def test_nan_is_no_result_and_neither_is_one_that_cannot_be_beaten(none):
    results = [1.0, none, none, 1.0, none, 0.5, 1.0, 1.0]
    found, state = fed_results(plateau(1.0, factor=0.5, patience=1), results)
    np.testing.assert_allclose(found, [1, 1, 1, 1, 1, 1, 1, 0.5])
    assert (state.best, state.results) == (0.5, 5)
    found, state = fed_results(plateau(1.0, patience=0, mode="max"), [1.0, -none, 2.0])
    np.testing.assert_allclose(found, 1)
    assert (state.best, state.results) == (2, 2)


def test_an_infinite_result_on_the_bad_side_is_bad():
    found, state = fed_results(plateau(1.0, factor=0.5, patience=1), [1.0, jnp.inf, jnp.inf, 0.5])
    np.testing.assert_allclose(found, [1, 1, 0.5, 0.5])
    assert state.best == 0.5


def test_a_scanned_epoch_passes_nan_where_there_is_no_result():
    """One result in 30 steps, each better than the last: the rate stays. In float32 it was 1e-31 after 300 steps."""
    tx, x = sgd(plateau(0.05)), jnp.ones(2)

    def body(carry, step):
        x, state = carry
        result = jax.lax.cond((step + 1) % 30 == 0, lambda: jnp.sum(x**2), lambda: jnp.nan)
        updates, state = tx.update(2 * x, state, x, value=result)
        return (x + updates, state), None

    (x, state), _ = jax.lax.scan(body, (x, tx.init(x)), jnp.arange(300))
    assert learning_rate(state) == np.float32(0.05)
    assert state.rate.results == 10
    np.testing.assert_allclose(x, 0, atol=1e-6)


def test_several_results_are_averaged_into_one():
    means = np.repeat([3.0, 2.0, 2.0, 2.0, 1.0], 4)
    noise = np.tile([1.5, -0.5, -2.0, 1.0], 5)
    alone, _ = fed_results(plateau(1.0, factor=0.5, patience=1), means[::4])
    found, state = fed_results(plateau(1.0, factor=0.5, patience=1, every=4), means + noise)
    np.testing.assert_allclose(found[3::4], alone)
    np.testing.assert_allclose(np.repeat(found[3::4], 4)[:-3], found[3:])  # between means nothing moves
    assert (state.best, state.results, state.gathered, state.total) == (1, 20, 0, 0)


def test_gaps_do_not_count_in_the_mean_and_one_bad_mean_leaves_with_its_results():
    results = [4.0, jnp.nan, 2.0, jnp.inf, 2.0, 1.0, jnp.nan, 1.0]
    found, state = fed_results(plateau(1.0, factor=0.5, patience=0, every=2), results)
    np.testing.assert_allclose(found, [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5])
    assert (state.best, state.results, state.gathered) == (1, 6, 0)


def test_it_averages_as_the_accumulation_size_of_optax():
    """The noisy loss of every step, as NumPyro passes it."""
    results = 2.0 + np.random.default_rng(0).normal(size=600)
    ours = sgd(plateau(1.0, factor=0.5, patience=4, threshold_mode="abs", every=20))
    theirs = optax.contrib.reduce_on_plateau(factor=0.5, patience=5, rtol=0.0, atol=1e-4, accumulation_size=20)

    @jax.jit
    def followed(values):
        def step(states, value):
            states = [tx.update(jnp.ones(1), s, value=value)[1] for tx, s in zip((ours, theirs), states, strict=True)]
            return states, (learning_rate(states[0]), states[1].scale)

        return jax.lax.scan(step, [ours.init(jnp.ones(1)), theirs.init(jnp.ones(1))], values)[1]

    rates, scales = followed(jnp.float32(results))
    np.testing.assert_allclose(rates, scales)
    assert 0.001 < scales[-1] < 1


def test_it_says_when_to_stop():
    stops = [
        fed_results(plateau(1.0, stop_after=3), results)[1].stop for results in ([2.0, 2, 2], [2.0, 2, 2, 2], [2.0] * 9)
    ]
    assert stops == [False, True, True]
    assert not fed_results(plateau(1.0), [2.0] * 50)[1].stop


def test_lanes_with_their_own_patience_share_a_program():
    results = jnp.ones(6)

    def last(rate):
        tx = sgd(rate)
        body = lambda state, value: (tx.update(jnp.ones(1), state, value=value)[1], None)  # noqa: E731
        return jax.lax.scan(body, tx.init(jnp.ones(1)), results)[0].learning_rate

    lanes = jax.tree.map(lambda *leaves: jnp.stack(leaves), *(as_arrays(plateau(1.0, patience=p)) for p in (1, 3, 9)))
    np.testing.assert_allclose(jax.vmap(last)(lanes), [0.01, 0.1, 1.0], rtol=1e-6)


def as_arrays(value):
    return jax.tree.map(jnp.asarray, value)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="plateau: mode must be one of min, max, got 'up'"):
        plateau(0.1, mode="up")
    with pytest.raises(ValueError, match="plateau: factor must be in \\(0, 1\\), got 1.5"):
        plateau(0.1, factor=1.5)
    with pytest.raises(ValueError, match="plateau: base must be finite and >= 0, got -1"):
        plateau(-1)
    with pytest.raises(ValueError, match="plateau: stop_after must be a whole number >= 1, got 0"):
        plateau(0.1, stop_after=0)
    with pytest.raises(ValueError, match="plateau: every must be a whole number >= 1, got 0"):
        plateau(0.1, every=0)
    for count in ("patience", "cooldown"):
        with pytest.raises(ValueError, match=f"plateau: {count} must be a whole number >= 0, got 2.5"):
            plateau(0.1, **{count: 2.5})
