"""Tests of `plateau`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from controllers import fed_results
from golden_values import controller_cases
from laws import RateLaws, TransformLaws, x64

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import plateau
from lropt_jax.schedules import linear, warmup


class TestLaws(RateLaws):
    rate = plateau(warmup(linear(0.1, 50), 5), patience=3, floor=1e-3, stop_after=7)


class TestLawsInAdam(TransformLaws):
    specimen = adam(plateau(0.1, factor=0.5, patience=1))


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


def test_nan_is_a_bad_result_and_is_never_the_best():
    found, state = fed_results(plateau(1.0, factor=0.5, patience=1), [1.0, jnp.nan, jnp.nan, 0.5])
    np.testing.assert_allclose(found, [1, 1, 0.5, 0.5])
    assert state.best == 0.5


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
    for count in ("patience", "cooldown"):
        with pytest.raises(ValueError, match=f"plateau: {count} must be a whole number >= 0, got 2.5"):
            plateau(0.1, **{count: 2.5})
