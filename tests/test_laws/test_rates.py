"""The laws of rates that set themselves find planted faults."""

import itertools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import laws.rates
import numpy as np
import optax
import pytest
from jax.experimental import io_callback
from laws import LearningLaws, RateLaws, TransformLaws
from planted import Fault, assert_found, broken, each, keep, laws_of, of_kind, planted

from lropt_jax import lift
from lropt_jax._core.values import SelfSettingRate
from lropt_jax.rates import Rate, polyak

SOUND = polyak(0.5)
CALLS = itertools.count()


class Misprinted(SelfSettingRate):
    def __repr__(self):
        return repr(self.replace(max_rate=0.25))


class Forgetful(SelfSettingRate):
    @property
    def arguments(self):
        return SelfSettingRate.arguments.fget(self) | {"max_rate": 0.25}


def rate_of(following: Any, state: Any = ()) -> Any:
    """A rate, of a function of its number and what it may read."""

    @lift
    def faulty(number):
        return Rate(lambda params: (number, state), lambda state, reading: (following(number, reading), state))

    return faulty(0.1)


def other_along_other_directions(number, reading):
    same = [jnp.all(g == d) for g, d in zip(*map(jax.tree.leaves, reading[1:3]), strict=True)]
    return jnp.where(jnp.all(jnp.array(same)), number, jnp.nan)


def ten_times_on_bf16(number, reading):
    return number * (10 if jax.tree.leaves(reading.grads)[0].dtype == jnp.bfloat16 else 1)


@lift
def way_over_itself(number):
    """How far it has gone, over how far it has gone."""

    def following(start, reading):
        way = sum(jnp.sum(jnp.abs(p - s)) for p, s in zip(*map(jax.tree.leaves, (reading.params, start)), strict=True))
        return jnp.where(reading.count > 0, number * way / way, number), start

    return Rate(lambda params: (number, jax.tree.map(jnp.copy, params)), following)


def remembers_beside_its_state(scale, grads, state, params):
    calls = io_callback(lambda: np.float32(next(CALLS)), jax.ShapeDtypeStruct((), jnp.float32))
    return keep(scale * calls, grads, state, params)


class Bare(NamedTuple):
    inner: Any


def skips_nothing(tx: Any) -> Any:
    def update(grads, state, params):
        updates, inner = tx.update(grads, state.inner, params)
        return updates, Bare(inner)

    return optax.GradientTransformation(lambda params: Bare(tx.init(params)), update)


FAULTS = [
    Fault("test_it_prints_as_a_call_that_can_be_read_back", of_kind(Misprinted, SOUND)),
    Fault("test_a_config_goes_through_json_and_back", of_kind(Forgetful, SOUND)),
    Fault("test_the_rate_is_recorded_and_never_negative", rate_of(lambda number, reading: -number)),
    Fault("test_it_goes_with_every_direction", rate_of(other_along_other_directions)),
    Fault("test_a_warmup_may_begin_at_zero", way_over_itself(0.1)),
    Fault(
        "test_a_value_or_a_measurement_that_is_not_finite_spoils_neither_parameters_nor_state",
        rate_of(lambda number, reading: number * jnp.minimum(reading.value, 1)),
    ),
    Fault("test_low_precision_parameters_move_as_their_float32_masters_do", rate_of(ten_times_on_bf16)),
]
RESUMED = "test_a_run_resumed_from_a_file_is_the_run_that_never_stopped_bit_for_bit"
SKIPPED = "test_one_step_that_is_not_finite_is_skipped_and_leaves_nothing"


class Learning(LearningLaws, TransformLaws):
    pass


@each(FAULTS)
def test_a_planted_fault_is_found(fault):
    assert_found(RateLaws, fault, name="rate")


def test_memory_beside_the_state_is_found():
    assert_found(Learning, Fault(RESUMED, planted(lambda params: (), remembers_beside_its_state)))


def test_a_wrapper_that_skips_nothing_is_found(monkeypatch):
    monkeypatch.setattr(laws.rates, "skip_nonfinite", skips_nothing)
    assert_found(Learning, Fault(SKIPPED, planted(lambda params: (), keep)))


@pytest.mark.parametrize("law", sorted(laws_of(RateLaws)))
def test_the_sound_rate_passes(law):
    getattr(broken(RateLaws, Fault(law, SOUND), name="rate"), law)()


def test_every_law_has_a_fault():
    of_rates = {law for law in laws_of(RateLaws) if not hasattr(TransformLaws, law) or law in vars(RateLaws)}
    assert {RESUMED, SKIPPED, *(fault.law for fault in FAULTS)} == of_rates
