"""Tests of `ema`."""

import jax.numpy as jnp
import numpy as np
import pytest
from laws import WrapperLaws
from trajectories import averages

from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear
from lropt_jax.wrappers import averaged, ema


class TestLaws(WrapperLaws):
    specimen = ema(adam(0.1), decay=0.9)


@pytest.mark.parametrize("decay", [0.9, linear(0.95, 40)])
def test_the_moving_average_is_its_recursion(decay):
    path, kept = averages(ema(sgd(0.3), decay, start=3), 50)
    mean = path[2]
    for step, x in enumerate(path[3:], start=3):
        keep = decay if isinstance(decay, float) else 0.95 * max(1 - step / 40, 0)
        mean = keep * mean + (1 - keep) * x
    np.testing.assert_allclose(kept[-1], mean, atol=1e-9)


def test_the_average_is_kept_in_float32_where_parameters_are_bf16():
    tx, params = ema(sgd(1e-3), decay=0.5), jnp.ones(3, jnp.bfloat16)
    _, state = tx.update(params, tx.init(params), params)
    np.testing.assert_allclose(averaged(state), 1 - 0.5e-3, rtol=1e-5)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="ema: decay must be in \\[0, 1\\), got 1.0"):
        ema(sgd(0.1), decay=1.0)
    tx = ema(sgd(0.1))
    with pytest.raises(ValueError, match="ema: update needs params; call tx.update"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
