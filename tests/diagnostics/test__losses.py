"""Tests of the losses between two rows."""

import jax.numpy as jnp
import numpy as np

from lropt_jax.diagnostics._losses import begun, gathered, number, of_losses


def test_mean_and_spread_are_right_for_losses_far_from_0():
    losses = gathered(begun(jnp.zeros(4), jnp.float32(1000.0), jnp.array(True)), jnp.float32(1000.0))
    assert losses.tolist() == [0, 0, 0, 1000]
    values = 1000 + 0.01 * np.random.default_rng(0).normal(size=50).astype(np.float32)
    for value in values:
        losses = gathered(begun(losses, number(value), jnp.array(False)), number(value))
    found = of_losses(losses, None)
    np.testing.assert_allclose(found["value_mean"], values.mean(dtype=float), rtol=1e-7)
    np.testing.assert_allclose(found["value_std"], values.std(ddof=1, dtype=float), rtol=1e-2)


def test_without_losses_nothing_is_known_and_one_has_no_spread():
    assert gathered(jnp.zeros(4), None).tolist() == [0, 0, 0, 0]
    assert np.isnan(list(of_losses(jnp.zeros(4), None).values())).all()
    one = of_losses(gathered(jnp.zeros(4), number(2.0)), number(2.0))
    assert (one["value"], one["value_mean"], np.isnan(one["value_std"])) == (2, 2, True)


def test_what_is_only_watched_is_no_loss():
    from lropt_jax.problems.domain import Monitor

    assert number(Monitor("td")) is None
    assert number(None) is None
