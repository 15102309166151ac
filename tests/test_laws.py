"""The laws fail where they should: each on a planted fault."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
import pytest
from laws import OptimizerLaws, ScheduleLaws

from lropt_jax import lift
from lropt_jax.optimizers import Direction, adam, descent
from lropt_jax.schedules import linear


@lift
def forks_in_python(peak, steps):
    return lambda step: peak if step < steps else 0.0 * peak


@lift
def rounds_to_bf16(peak, steps):
    return lambda step: (linear(peak, steps)(step)).astype(jnp.bfloat16)


@lift
def goes_below_zero(peak, steps):
    return lambda step: peak * (1 - jnp.asarray(step, jnp.result_type(float)) / steps)


@lift
def infinite_slope(peak, steps):
    return lambda step: peak * jnp.sqrt(1 - jnp.clip(jnp.asarray(step, jnp.result_type(float)) / steps, 0, 1))


@lift
def reads_its_number_once(peak, steps):
    return lambda step: jnp.full(jnp.shape(step), float(peak))


@lift
def counts_in_int32(peak, steps):
    return lambda step: peak / jnp.sqrt((step + 1) / steps)


@lift
def remembers_its_uses(peak, steps):
    USES.append(peak)
    return lambda step: peak / len(USES) + 0.0 * step


USES: list[float] = []


class SlotState(NamedTuple):
    count: Any
    learning_rate: Any
    rate: Any
    slot: Any


def planted(init, apply):
    @lift
    def faulty(learning_rate):
        return descent("faulty", Direction(SlotState, lambda params: {"slot": init(params)}, apply), learning_rate)

    return faulty(0.1)


def keep(grads, state, params):
    return jax.tree.map(lambda g: g.astype(jnp.promote_types(g.dtype, jnp.float32)), grads), state


def drift(grads, state, params):
    return keep(grads, state._replace(slot=jax.tree.map(lambda s: s.astype(jnp.float32), state.slot)), params)


def divide_by_norm(grads, state, params):
    wide, state = keep(grads, state, params)
    return jax.tree.map(lambda g: g / optax.tree_utils.tree_norm(wide), wide), state


@lift
def infinite_slope_at_zero(learning_rate, scale):
    """By its scale, where a gradient is 0."""

    def root(grads, state, params):
        wide, state = keep(grads, state, params)
        return jax.tree.map(lambda g: jnp.sqrt(scale * g * g), wide), state

    return descent("faulty", Direction(SlotState, lambda params: {"slot": ()}, root), learning_rate)


FAULTS = [
    (ScheduleLaws, forks_in_python(0.1, 20), "test_jit_equals_eager"),
    (ScheduleLaws, forks_in_python(0.1, 20), "test_an_array_of_steps_gives_the_rates_of_its_steps"),
    (ScheduleLaws, rounds_to_bf16(0.1, 20), "test_rates_are_in_float32_and_under_x64_in_float64"),
    (ScheduleLaws, goes_below_zero(0.1, 20), "test_rates_are_finite_and_never_negative"),
    (ScheduleLaws, goes_below_zero(0.1, 20), "test_it_knows_its_end_and_stays_there"),
    (ScheduleLaws, counts_in_int32(0.1, 20), "test_counters_do_not_turn_over"),
    (ScheduleLaws, remembers_its_uses(0.1, 20), "test_a_run_resumed_anywhere_has_the_rates_of_one_that_never_stopped"),
    (ScheduleLaws, infinite_slope(0.1, 20), "test_gradients_by_every_number_are_finite_at_every_step"),
    (ScheduleLaws, reads_its_number_once(0.1, 20), "test_vmap_over_every_number_equals_a_loop"),
    (ScheduleLaws, reads_its_number_once(0.1, 20), "test_one_trace_serves_many_values"),
    (ScheduleLaws, optax.linear_schedule(0.1, 0.0, 20), "test_it_prints_as_a_call_that_can_be_read_back"),
    (ScheduleLaws, optax.linear_schedule(0.1, 0.0, 20), "test_pickle_gives_back_an_equal_value"),
    (OptimizerLaws, planted(lambda p: p, keep), "test_parameters_and_state_can_be_donated"),
    (
        OptimizerLaws,
        planted(lambda p: jax.tree.map(lambda leaf: jnp.zeros_like(leaf, jnp.bfloat16), p), drift),
        "test_the_state_is_a_fixed_point_of_shape_and_dtype",
    ),
    (OptimizerLaws, planted(lambda p: jnp.bfloat16(0), keep), "test_updates_keep_structure_shapes_and_dtype"),
    (OptimizerLaws, planted(lambda p: (), divide_by_norm), "test_zero_gradients_move_nothing_but_what_decays"),
    (
        OptimizerLaws,
        infinite_slope_at_zero(0.1, 0.5),
        "test_gradients_through_a_run_are_finite_for_every_number",
    ),
    (
        OptimizerLaws,
        planted(lambda p: jax.tree.leaves(p)[0], keep),
        "test_init_survives_eval_shape_an_empty_tree_and_none_leaves",
    ),
]


@pytest.mark.parametrize(
    ("laws", "specimen", "law"), FAULTS, ids=[f"{fault[2]}-{at}" for at, fault in enumerate(FAULTS)]
)
def test_a_planted_fault_is_found(laws, specimen, law):
    broken = type("Broken", (laws,), {"specimen": specimen, "end": 20})()
    with pytest.raises(Exception):  # noqa: B017, PT011
        getattr(broken, law)()


@pytest.mark.parametrize("law", sorted({fault[2] for fault in FAULTS if fault[0] is OptimizerLaws}))
def test_the_sound_optimizer_passes_the_same_laws(law):
    getattr(type("Sound", (OptimizerLaws,), {"specimen": adam(0.1)})(), law)()


@pytest.mark.parametrize("law", sorted({fault[2] for fault in FAULTS if fault[0] is ScheduleLaws}))
def test_the_sound_schedule_passes_the_same_laws(law):
    getattr(type("Sound", (ScheduleLaws,), {"specimen": linear(0.1, 20), "end": 20})(), law)()


def test_optax_fails_the_law_of_low_precision():
    broken = type("Broken", (OptimizerLaws,), {"specimen": lift(optax.adam)(1e-3)})()
    with pytest.raises(AssertionError):
        broken.test_low_precision_gives_the_float32_update_rounded_once()
