"""Tests of Optax's relatives of Adam whose moments move differently."""

import jax
import jax.numpy as jnp
import pytest
from laws import ValueLaws
from optax_paths import assert_same_paths

from lropt_jax.compat.optax import adabelief, ademamix, adopt
from lropt_jax.schedules import linear


class TestValueOfAdaBelief(ValueLaws):
    specimen = adabelief(0.1, eps_root=1e-8)


class TestValueOfAdopt(ValueLaws):
    specimen = adopt(0.1, clip_value_fn=linear(1.0, 10))


class TestValueOfAdEMAMix(ValueLaws):
    specimen = ademamix(0.1, b3=linear(0.9, 10), alpha=2.0)


def test_adabelief_is_optaxs():
    assert_same_paths("adabelief", b1=(0.5, 0.95))  # what is divided by goes to 0 with b1


def test_yogi_is_optaxs_but_for_the_start_of_its_first_moment():
    assert_same_paths(
        "yogi", begin=lambda state: (state[0]._replace(mu=jax.tree.map(jnp.zeros_like, state[0].mu)), *state[1:])
    )


@pytest.mark.parametrize("fixed", [{}, {"use_clipping": False}, {"clip_value_fn": linear(2.0, 50)}], ids=str)
def test_adopt_is_optaxs(fixed):
    assert_same_paths("adopt", fixed)


def test_ademamix_is_optaxs():
    assert_same_paths("ademamix")


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="optax.ademamix: alpha must be finite and >= 0, got -1.0"):
        ademamix(0.1, alpha=-1.0)
    with pytest.raises(TypeError, match="optax.adopt: got an unexpected keyword argument 'nesterov'"):
        adopt(0.1, nesterov=True)
