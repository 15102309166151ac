"""Tests of what a row says."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax.diagnostics._measure import Seen, measured, numbers, rate_of, rates_of, still
from lropt_jax.diagnostics.ring import NUMBERS
from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import multiply

PARAMS = {"a": jnp.array([3.0, 4.0]), "b": jnp.ones(1)}


@jax.jit
def of_one(seen):
    return measured(seen, {"a": [0]})


def test_a_gradient_of_0_has_no_cosine_and_a_parameter_of_0_no_ratio():
    nothing = [jnp.zeros(2)]
    facts, by_group = of_one(Seen(nothing, nothing, nothing, nothing, None))
    assert all(np.isnan(facts[name]) for name in ("ratio", "cosine_update", "cosine_grads"))
    assert np.isnan(by_group[0, 0])
    assert by_group[0, 1] == facts["grad_norm"] == 0


def test_complex_gradients_are_measured():
    leaf = [jnp.array([3 + 4j])]
    facts, _ = of_one(Seen(leaf, [-leaf[0]], leaf, None, None))
    np.testing.assert_allclose([facts["grad_norm"], facts["cosine_update"]], [5, 1], rtol=1e-6)


def test_what_is_not_known_is_nan():
    assert np.isnan(numbers(rate=1.0)).sum() == len(NUMBERS) - 1


def test_rates_are_exact_where_the_optimizer_has_one_rate_and_a_scale():
    for tx, exact in (
        (sgd(0.1), True),
        (adam(0.1), True),
        (optax.adam(0.1), False),
        (multiply(sgd(0.1), {"a": 2.0}), False),
    ):
        state = tx.update(PARAMS, tx.init(PARAMS), PARAMS)[1]
        assert (rates_of(tx, state, PARAMS) is not None) == exact
    assert rate_of(multiply(sgd(0.1), {"a": 2.0}).init(PARAMS)) == np.float32(0.2)
    assert np.isnan(rate_of(optax.adam(0.1).init(PARAMS)))
    assert still(None) is None
