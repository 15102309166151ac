"""Tests of what the libraries make of NaN."""

import jax.numpy as jnp
import numpy as np
import pytest
from controllers import fed_results

from lropt_jax import compat
from lropt_jax.compat._results import nan_is_bad
from lropt_jax.rates import Rate, Reading

RULES = {
    "torch": compat.torch.ReduceLROnPlateau(1.0, factor=0.5, patience=1),
    "keras": compat.keras.ReduceLROnPlateau(1.0, factor=0.5, patience=2),
    "timm": compat.timm.PlateauLRScheduler(1.0, decay_rate=0.5, patience_t=1, mode="min"),
    "transformers": compat.transformers.GreedyLR(1.0, factor=0.5, patience=1, max_lr=1.5),
}


@pytest.mark.parametrize("mode", ["min", "max"])
def test_nan_becomes_the_worst_result_and_other_results_stay(mode):
    seen = nan_is_bad(Rate(None, lambda state, reading: (reading.value, state)), mode)
    worst = jnp.inf if mode == "min" else -jnp.inf
    for given, expected in (
        (jnp.nan, worst),
        (2.0, 2.0),
        (worst, worst),
        (-worst, -np.sign(worst) * np.finfo(np.float32).max),
        (None, None),
    ):
        assert seen.next((), Reading(value=given))[0] == expected


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_nan_is_a_bad_result_in_other_libraries_and_never_the_best(rule):
    found, state = fed_results(rule, [1.0, jnp.nan, jnp.nan, 0.5])
    np.testing.assert_allclose(found, [1, 1, 0.5, 0.5])
    assert getattr(state, "plateau", state).best == 0.5


def test_a_window_of_transformers_is_bad_while_nan_is_in_it():
    rule = compat.transformers.GreedyLR(0.1, factor=0.5, patience=0, smooth=True, window_size=2)
    found, state = fed_results(rule, [4.0, 2.0, np.nan, 1.0, 1.0, 0.5])
    np.testing.assert_allclose(found, [0.2, 0.4, 0.2, 0.1, 0.2, 0.4], rtol=1e-6)
    assert state.best == 0.75
