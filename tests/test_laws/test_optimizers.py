"""The laws of optimizers find planted faults."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
import pytest
from laws import OptimizerLaws, TransformLaws
from planted import Fault, assert_found, broken, each, keep, laws_of

from lropt_jax import lift
from lropt_jax.optimizers import Direction, adam, descent

SOUND = adam(0.1)


class State(NamedTuple):
    count: Any
    learning_rate: Any
    rate: Any


def steps(learning_rate: Any, scale: Any = 1.0) -> Any:
    """A sound optimizer."""
    direction = Direction(State, lambda params: {}, lambda grads, *rest: keep(plain(scale, 0), grads, *rest))
    return descent(direction, learning_rate)


def plain(learning_rate: Any, count: Any) -> Any:
    return learning_rate(count) if callable(learning_rate) else jnp.asarray(learning_rate)


@lift
def records_the_first_rate(learning_rate):
    def update(grads, state, params=None, **extra):
        updates, after = steps(learning_rate).update(grads, state, params)
        return updates, after._replace(learning_rate=state.learning_rate)

    return optax.GradientTransformationExtraArgs(steps(learning_rate).init, update)


@lift
def counts_for_schedules_alone(learning_rate):
    def init(params):
        return jnp.zeros((), jnp.int32) if callable(learning_rate) else ()

    def update(grads, state, params=None, **extra):
        return jax.tree.map(lambda g: -plain(learning_rate, 0) * g, grads), state

    return optax.GradientTransformationExtraArgs(init, update)


@lift
def doubles_what_follows_a_schedule(learning_rate, scale):
    return steps(learning_rate, 2 * scale(0) if callable(scale) else scale)


@lift
def squares_the_rate(learning_rate):
    return steps(lambda step: plain(learning_rate, step) ** 2)


@lift
def doubles_arrays(learning_rate, scale):
    return steps(learning_rate, 2 * scale if isinstance(scale, jax.Array) and not scale.weak_type else scale)


@lift
def takes_any_rate(learning_rate):
    return steps(lambda step: jnp.abs(plain(learning_rate, step)))


FAULTS = [
    Fault("test_the_state_records_the_rate_of_the_last_update", records_the_first_rate(0.1)),
    Fault("test_a_number_and_a_schedule_have_the_same_state", counts_for_schedules_alone(0.1)),
    Fault("test_every_number_may_follow_a_schedule", doubles_what_follows_a_schedule(0.1, 0.5)),
    Fault("test_the_update_is_proportional_to_the_rate", squares_the_rate(0.1)),
    Fault("test_inject_hyperparams_takes_its_factory", doubles_arrays(0.1, 0.5)),
    Fault("test_negative_rates_are_refused", takes_any_rate(0.1), pytest.fail.Exception, "DID NOT RAISE"),
]


@each(FAULTS)
def test_a_planted_fault_is_found(fault):
    assert_found(OptimizerLaws, fault)


@pytest.mark.parametrize("law", sorted(laws_of(OptimizerLaws) - laws_of(TransformLaws)))
def test_the_sound_optimizer_passes(law):
    getattr(broken(OptimizerLaws, Fault(law, SOUND)), law)()


def test_every_law_has_a_fault():
    assert {fault.law for fault in FAULTS} == laws_of(OptimizerLaws) - laws_of(TransformLaws)
