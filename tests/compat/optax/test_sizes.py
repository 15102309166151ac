"""Tests of Optax's optimizers that look at the length of whole arrays."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import ValueLaws
from optax_paths import assert_same_paths

from lropt_jax.compat.optax import lamb, lars, novograd


class TestValueOfLARS(ValueLaws):
    specimen = lars(0.1, weight_decay=0.1, trust_ratio_mask={"w": True, "b": False})


class TestValueOfLAMB(ValueLaws):
    specimen = lamb(0.1, weight_decay=0.1)


class TestValueOfNovoGrad(ValueLaws):
    specimen = novograd(0.1, weight_decay=0.1)


@pytest.mark.parametrize("name", ["lars", "lamb", "novograd"])
def test_it_is_optaxs(name):
    assert_same_paths(name)


def test_lars_is_optaxs_with_nesterov():
    assert_same_paths("lars", {"nesterov": True})


def test_a_first_gradient_of_0_is_no_length_for_novograd():
    grads, params = jnp.array([3.0, -4.0]), jnp.zeros(2)
    lengths = []
    for tx in (novograd(1.0), optax.novograd(1.0)):
        _, state = tx.update(jnp.zeros(2), tx.init(params), params)
        lengths.append(jnp.linalg.norm(tx.update(grads, state, params)[0]))
    np.testing.assert_allclose(lengths, [1, 1 / np.sqrt(0.75)], rtol=1e-5)
