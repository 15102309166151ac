"""Tests of Optax's Muon."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import ValueLaws
from optax_paths import assert_same_paths

from lropt_jax import learning_rate
from lropt_jax.compat.optax import adamw, muon, nadamw

PARAMS = {"kernel": jnp.eye(2, 3), "bias": jnp.array([1.0, -2.0]), "stack": jnp.ones((2, 2, 2))}


class TestValue(ValueLaws):
    specimen = muon(0.1, consistent_rms=0.2, adam_learning_rate=0.01)


@pytest.mark.parametrize(
    "fixed",
    [
        {"ns_coeffs": ((3.4445, -4.775, 2.0315), (2.0, -1.5, 0.5), (1.5, -0.5, 0.0)), "ns_steps": 3},
        {"nesterov": False, "consistent_rms": 0.3, "adam_learning_rate": None},
    ],
    ids=["triples", "consistent"],
)
def test_its_matrices_are_optaxs(fixed):
    assert_same_paths("muon", fixed, atol=1e-9)


@pytest.mark.parametrize(("nesterov", "factory"), [(True, nadamw), (False, adamw)])
def test_everything_else_is_adams(nesterov, factory):
    grads = jax.tree.map(jnp.cos, PARAMS)
    tx = muon(
        0.1, nesterov=nesterov, weight_decay=0.7, adam_b1=0.8, adam_b2=0.9, adam_weight_decay=0.3,
        adam_learning_rate=0.01,
    )  # fmt: skip
    alone = factory(0.01, b1=0.8, b2=0.9, weight_decay=0.3)
    ours, expected = (rule.update(grads, rule.init(PARAMS), PARAMS)[0] for rule in (tx, alone))
    for name in ("bias", "stack"):
        np.testing.assert_allclose(ours[name], expected[name], rtol=1e-6)


def test_the_mask_says_which_matrices_decay_at_the_rate_whatever_their_scale():
    for mask, share in ((None, 0.05), ({"kernel": False, "bias": True, "stack": True}, 0.0)):
        tx = muon(0.1, weight_decay=0.5, weight_decay_mask=mask, consistent_rms=0.4)
        updates, state = tx.update(jax.tree.map(jnp.zeros_like, PARAMS), tx.init(PARAMS), PARAMS)
        np.testing.assert_allclose(updates["kernel"], -share * PARAMS["kernel"], rtol=1e-6)
        np.testing.assert_array_equal(updates["bias"], 0)
    assert sorted(float(rate) for rate in learning_rate(state).values()) == pytest.approx([0.1, 0.2])


def test_sets_of_coefficients_have_names():
    tx, named = muon(0.1), muon(0.1, "standard")
    update = tx.update(PARAMS, tx.init(PARAMS), PARAMS)[0]["kernel"]
    np.testing.assert_array_equal(named.update(PARAMS, named.init(PARAMS), PARAMS)[0]["kernel"], update)
    dion, value = muon(0.1, "dion"), 1 / np.sqrt(2)
    for a, b, c in (
        (4.0848, -6.8946, 2.927), (3.9505, -6.3029, 2.6377), (3.7418, -5.5913, 2.3037), (2.8769, -3.1427, 1.2046),
        (2.8366, -3.0525, 1.2012),
    ):  # fmt: skip
        value = a * value + b * value**3 + c * value**5
    update = dion.update(PARAMS, dion.init(PARAMS), PARAMS)[0]["kernel"]
    np.testing.assert_allclose(update, -0.1 * np.sqrt(1.5) * value * PARAMS["kernel"], rtol=1e-4)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: muon(-0.1): "learning_rate must be finite and >= 0, got -0.1",
        lambda: muon(0.1, "best"): "ns_coeffs must be one of standard, dion, got 'best'",
        lambda: muon(0.1, "dion", 3): "ns_coeffs must be three numbers, or three for each of 3 steps, got",
        lambda: muon(0.1, (1.0, 2.0)): "ns_coeffs must be three numbers, or three for each of 5 steps, got",
        lambda: muon(0.1, ns_steps=0): "ns_steps must be finite and > 0, got 0",
        lambda: muon(0.1, beta=1.0): r"beta must be in \[0, 1\), got 1.0",
        lambda: muon(0.1, consistent_rms=0.0): "consistent_rms must be finite and > 0, got 0.0",
    }.items():
        with pytest.raises(ValueError, match=f"^optax.muon: {message}"):
            call()
