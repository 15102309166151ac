"""The laws of wrappers find planted faults."""

from typing import Any

import optax
import pytest
from jax.flatten_util import ravel_pytree
from laws import TransformLaws, WrapperLaws
from planted import Fault, assert_found, broken, each, laws_of

from lropt_jax import lift
from lropt_jax._core.values import Value
from lropt_jax.optimizers import sgd
from lropt_jax.wrappers import clip_norm

SOUND = clip_norm(sgd(0.1), 1.0)


@lift
def doubles_optimizers_of_optax(optimizer):
    return optimizer if isinstance(optimizer, Value) else optax.chain(optimizer, optax.scale(2.0))


@lift
def hides_the_state(optimizer):
    """In one flat vector."""

    def init(params):
        return ravel_pytree(optimizer.init(params))[0]

    def update(grads, state, params=None, **extra: Any):
        _, put_back = ravel_pytree(optimizer.init(params))
        updates, state = optimizer.update(grads, put_back(state), params)
        return updates, ravel_pytree(state)[0]

    return optax.GradientTransformationExtraArgs(init, update)


@lift
def takes_anything(optimizer):
    return sgd(optimizer) if isinstance(optimizer, float) else optimizer


FAULTS = [
    Fault("test_it_works_around_optimizers_of_optax_and_is_still_a_value", doubles_optimizers_of_optax(sgd(0.1))),
    Fault("test_the_rate_inside_can_be_read", hides_the_state(sgd(0.1)), ValueError, "learning_rate"),
    Fault("test_what_is_no_optimizer_is_refused", takes_anything(sgd(0.1)), pytest.fail.Exception, "DID NOT RAISE"),
]


@each(FAULTS)
def test_a_planted_fault_is_found(fault):
    assert_found(WrapperLaws, fault)


@pytest.mark.parametrize("law", sorted(laws_of(WrapperLaws) - laws_of(TransformLaws)))
def test_the_sound_wrapper_passes(law):
    getattr(broken(WrapperLaws, Fault(law, SOUND)), law)()


def test_every_law_has_a_fault():
    assert {fault.law for fault in FAULTS} == laws_of(WrapperLaws) - laws_of(TransformLaws)
