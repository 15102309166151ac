"""Tests of the sharpness on the rows of a record."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics._curve import Curve, check_loss, known, limit_of
from lropt_jax.optimizers import lion, sgd
from lropt_jax.wrappers import per_leaf


def test_the_sharpness_is_measured_where_it_is_due():
    tx, x = sgd(0.1), jnp.ones(2)
    curve = Curve(lambda x: 3 * x @ x, 2, 10)
    for row, go, expected in ((0, True, 6), (1, True, np.nan), (0, False, np.nan)):
        found, _ = curve.measured(curve.given, tx, tx.init(x), x, jnp.zeros(2), jnp.array(row), jnp.array(go))
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_what_an_optimizer_cannot_say_is_unknown():
    params = {"a": jnp.ones(2), "b": jnp.ones(1)}
    np.testing.assert_allclose(limit_of(sgd(0.1), sgd(0.1).init(params)), 20)
    assert np.isnan(limit_of(lion(0.1), lion(0.1).init(params)))
    assert np.isnan(limit_of(per_leaf(sgd(0.1)), per_leaf(sgd(0.1)).init(params)))
    assert known(int, 3) == 3


def test_only_functions_of_the_parameters_and_true_are_losses():
    check_loss(None), check_loss(True), check_loss(lambda params: 0.0)
    for wrong in (False, 1.0, lambda: 0.0):
        with pytest.raises(TypeError, match="sharpness must be a function of the parameters"):
            check_loss(wrong)
