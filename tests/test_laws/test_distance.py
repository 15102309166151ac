"""The laws of optimizers that estimate their distance find planted faults, each one wrong way of `dadapt_lion`."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
import pytest
from distance_laws import DistanceLaws
from planted import Fault, assert_found, broken, each, first_lane

from lropt_jax import lift
from lropt_jax._core.kinds import Count, Growth, Limit, PlainRate, WeightDecay
from lropt_jax.optimizers import dadapt_lion
from lropt_jax.schedules import linear


def shifted(learning_rate: Any) -> Any:
    """A schedule that is one step ahead."""
    return (lambda step: learning_rate(step + 1)) if callable(learning_rate) else learning_rate


def after(fault: str, updates: Any, before: Any, state: Any, learning_rate: Any) -> tuple[Any, Any]:
    """What a faulty rule makes of an update and its state."""
    match fault:
        case "records the multiplier":
            rate = learning_rate(before.count) if callable(learning_rate) else learning_rate
            state = state._replace(learning_rate=jnp.asarray(rate, jnp.float32))
        case "forgets half of the distance":
            state = state._replace(d=state.d / 2)
        case "drifts":
            updates = jax.tree.map(lambda u: u - jnp.asarray(1e-2, u.dtype), updates)
        case "hides NaN":
            state = state._replace(d=jnp.nan_to_num(state.d))
    return updates, state


def faulty_of(kinds: bool) -> Any:
    """A factory of faulty rules, with the kinds of its arguments or without any."""

    def faulty(
        learning_rate: PlainRate = 1.0,
        *,
        d0: Limit = 1e-6,
        growth_limit: Growth | None = None,
        d_max: Limit | None = None,
        d_coefficient: Limit = 1.0,
        stop_after: Count | None = None,
        weight_decay: WeightDecay | None = None,
        fault: str = "none",
    ) -> optax.GradientTransformationExtraArgs:
        limits = {"growth_limit": growth_limit, "d_max": d_max, "stop_after": stop_after}
        sound = dadapt_lion.build(
            dadapt_lion(1.0).arguments
            | {"learning_rate": shifted(learning_rate) if fault == "is a step ahead" else learning_rate}
            | {"d0": first_lane(d0) if fault == "takes the first lane for all" else d0, "d_coefficient": d_coefficient}
            | (dict.fromkeys(limits) if fault == "knows no limits" else limits)
            | {"weight_decay": weight_decay}
        )

        def update(grads: Any, state: Any, params: Any = None, **extra: Any) -> tuple[Any, Any]:
            if fault == "stands still at numbers of bf16":  # masters of such parameters begin there
                same = [jnp.all(p == p.astype(jnp.bfloat16).astype(p.dtype)) for p in jax.tree.leaves(params)]
                grads = jax.tree.map(lambda g: jnp.where(jnp.all(jnp.array(same)), 0, g), grads)
            updates, moved = sound.update(grads, state, params, **extra)
            return after(fault, updates, state, moved, learning_rate)

        return optax.GradientTransformationExtraArgs(sound.init, update)

    if not kinds:
        faulty.__annotations__ = {}
    return lift(faulty)


SOUND = faulty_of(kinds=True)(linear(1.0, 50), d0=0.02, growth_limit=1.5, weight_decay=0.05)
UNCHECKED = faulty_of(kinds=False)(linear(1.0, 50), d0=0.02)


def with_fault(fault: str) -> Any:
    return SOUND.replace(fault=fault)


FAULTS = [
    Fault("test_the_state_records_the_rate_of_the_last_update", with_fault("records the multiplier")),
    Fault("test_the_distance_is_recorded_and_never_falls", with_fault("forgets half of the distance")),
    Fault("test_a_schedule_may_begin_at_0_and_the_distance_grows_from_then_on", with_fault("is a step ahead")),
    Fault("test_a_schedule_may_end_at_0_where_nothing_moves", with_fault("drifts")),
    Fault("test_gradients_may_be_0_at_first", with_fault("drifts")),
    Fault("test_nan_is_loud", with_fault("hides NaN")),
    Fault(
        "test_low_precision_parameters_move_as_their_float32_masters_do", with_fault("stands still at numbers of bf16")
    ),
    Fault("test_lanes_with_their_own_d0_are_runs_of_their_own", with_fault("takes the first lane for all")),
    Fault("test_growth_is_limited_and_capped_and_may_stop", with_fault("knows no limits")),
    Fault("test_a_rate_that_sets_itself_is_refused", UNCHECKED, pytest.fail.Exception, "DID NOT RAISE"),
    Fault("test_bad_distances_are_refused", UNCHECKED, pytest.fail.Exception, "DID NOT RAISE"),
]


@each(FAULTS)
def test_a_planted_fault_is_found(fault):
    assert_found(DistanceLaws, fault)


@pytest.mark.parametrize("law", [name for name in vars(DistanceLaws) if name.startswith("test_")])
def test_the_sound_rule_passes(law):
    getattr(broken(DistanceLaws, Fault(law, SOUND)), law)()


def test_every_law_has_a_fault():
    assert {fault.law for fault in FAULTS} == {name for name in vars(DistanceLaws) if name.startswith("test_")}
