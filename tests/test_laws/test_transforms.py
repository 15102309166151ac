"""The laws of transformations find planted faults."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
import pytest
from laws import TransformLaws, ValueLaws
from planted import (
    Fault,
    SlotState,
    assert_found,
    broken,
    each,
    first_lane,
    is_traced,
    keep,
    laws_of,
    of_each_number,
    planted,
)

from lropt_jax import lift
from lropt_jax._core.values import Optimizer
from lropt_jax.optimizers import Direction, adam, descent, sgd

SOUND = adam(0.1)


class OfEachRate(Optimizer):
    """A kind for this fault alone."""


def no_slot(params):
    return ()


def another_when_traced(scale, grads, state, params):
    return keep(2 if is_traced(state.count) else 1, grads, state, params)


def takes_the_first_lane_for_all(scale, grads, state, params):
    return keep(first_lane(jax.lax.stop_gradient(scale)), grads, state, params)


def turns_over(scale, grads, state, params):
    return keep(scale, grads, state._replace(slot=state.slot + 1), params)


def promotes(scale, grads, state, params):
    return jax.tree.map(lambda g: g * jnp.asarray(scale, jnp.float32), grads), state


def infinite_slope_at_0(scale, grads, state, params):
    return jax.tree.map(lambda g: jnp.sqrt(scale * g * g), grads), state


def halves(params):
    return jax.tree.map(lambda leaf: jnp.zeros_like(leaf, jnp.bfloat16), params)


def drifts_to_float32(scale, grads, state, params):
    slot = jax.tree.map(lambda s: s.astype(jnp.float32), state.slot)
    return keep(scale, grads, state._replace(slot=slot), params)


def divides_by_the_norm(scale, grads, state, params):
    grads, state = keep(scale, grads, state, params)
    return jax.tree.map(lambda g: g / optax.tree_utils.tree_norm(grads), grads), state


def takes_the_largest_of_all(scale, grads, state, params):
    grads, state = keep(scale, grads, state, params)
    largest = jnp.max(jnp.array([jnp.max(jnp.abs(leaf)) for leaf in jax.tree.leaves(grads)]))
    return jax.tree.map(lambda g: g / (1 + largest), grads), state


@jax.tree_util.register_pytree_with_keys_class
class Twins(tuple):
    """Two arrays under one name."""

    def tree_flatten_with_keys(self):
        return [(jax.tree_util.GetAttrKey("twin"), leaf) for leaf in self], None

    @classmethod
    def tree_unflatten(cls, _, leaves):
        return cls(leaves)


def twins(params):
    return Twins([jnp.zeros(()), jnp.ones(())])


def never_mind(update: Any) -> Any:
    """A transformation with a state of nothing."""
    return optax.GradientTransformationExtraArgs(lambda params: (), update)


def knows_no_more_arguments(grads, state, params=None):
    return grads, state


def gives_float16(grads, state, params=None, **extra):
    return jax.tree.map(lambda g: g.astype(jnp.float16), grads), state


@lift
def unheld(learning_rate):
    """RMSprop whose second moment becomes infinite: it never moves again."""

    def apply(grads, state, params):
        slot = jax.tree.map(lambda v, g: 0.9 * v + 0.1 * jnp.square(g), state.slot, grads)
        return jax.tree.map(lambda g, v: g / (jnp.sqrt(v) + 1e-8), grads, slot), state._replace(slot=slot)

    direction = Direction(SlotState, lambda params: {"slot": jax.tree.map(jnp.zeros_like, params)}, apply, exact=True)
    return descent(direction, learning_rate)


FAULTS = [
    Fault("test_it_is_an_optax_transformation_that_unpacks", optax.GradientTransformation(*sgd(0.1))),
    Fault("test_counters_stay_at_the_largest_number", planted(lambda params: jnp.zeros((), jnp.int32), turns_over)),
    Fault("test_it_works_where_dtypes_are_not_promoted", planted(no_slot, promotes), ValueError, "dtype promotion"),
    Fault("test_jit_equals_eager", planted(no_slot, another_when_traced)),
    Fault("test_vmap_over_every_number_equals_a_loop", planted(no_slot, takes_the_first_lane_for_all)),
    Fault("test_one_trace_serves_many_values", of_each_number(OfEachRate, SOUND)),
    Fault("test_gradients_through_a_run_are_finite_for_every_number", planted(no_slot, infinite_slope_at_0)),
    Fault("test_the_state_is_a_fixed_point_of_shape_and_dtype", planted(halves, drifts_to_float32)),
    Fault("test_updates_keep_structure_shapes_and_dtype", planted(lambda params: jnp.bfloat16(0), keep)),
    Fault("test_low_precision_gives_the_float32_update_rounded_once", lift(optax.adam)(1e-3)),
    Fault("test_parameters_and_state_can_be_donated", planted(lambda params: params, keep)),
    Fault("test_a_state_from_a_file_is_restated_to_what_it_was", planted(twins, keep)),
    Fault(
        "test_init_survives_eval_shape_an_empty_tree_and_none_leaves",
        planted(lambda params: jax.tree.leaves(params)[0], keep),
        IndexError,
        "list index out of range",
    ),
    Fault(
        "test_init_takes_shapes_in_the_place_of_parameters",
        optax.GradientTransformationExtraArgs(lambda params: jax.tree.map(jnp.array, params), gives_float16),
        TypeError,
        "ShapeDtypeStruct",
    ),
    Fault("test_unknown_extra_arguments_pass", never_mind(knows_no_more_arguments), TypeError, "unexpected keyword"),
    Fault("test_zero_gradients_move_nothing_but_what_decays", planted(no_slot, divides_by_the_norm)),
    Fault("test_one_gradient_of_1e20_leaves_everything_finite_and_the_rule_moves_again", unheld(0.1)),
    Fault("test_it_works_inside_optax_wrappers", planted(no_slot, takes_the_largest_of_all)),
    Fault("test_apply_if_finite_skips_a_bad_step_and_moves_nothing", never_mind(gives_float16), TypeError, "cond"),
]


@each(FAULTS)
def test_a_planted_fault_is_found(fault):
    assert_found(TransformLaws, fault)


@pytest.mark.parametrize("law", sorted(laws_of(TransformLaws)))
def test_the_sound_optimizer_passes(law):
    getattr(broken(TransformLaws, Fault(law, SOUND)), law)()


def test_every_law_has_a_fault():
    assert {fault.law for fault in FAULTS} == laws_of(TransformLaws) - laws_of(ValueLaws)
