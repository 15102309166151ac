"""The laws of schedules find planted faults."""

import jax
import jax.numpy as jnp
import optax
import pytest
from laws import PortedScheduleLaws, ScheduleLaws, ValueLaws
from planted import Fault, assert_found, broken, each, first_lane, is_traced, laws_of, of_each_number, of_kind

from lropt_jax import lift
from lropt_jax._core.ends import with_end
from lropt_jax._core.values import Schedule, restore
from lropt_jax.schedules import linear

SOUND = linear(0.1, 20)
USES: list[float] = []


def share(step, steps):
    return jnp.asarray(step, jnp.result_type(float)) / steps


@lift
def forks_in_python(peak, steps):
    return lambda step: peak if step < steps else 0.0 * peak


@lift
def another_when_traced(peak, steps):
    return lambda step: linear(peak, steps)(step) * (2 if is_traced(step) else 1)


@lift
def infinite_slope(peak, steps):
    return lambda step: peak * jnp.sqrt(1 - jnp.clip(share(step, steps), 0, 1))


@lift
def rounds_to_half_the_width(peak, steps):
    half = {4: jnp.bfloat16, 8: jnp.float32}[jnp.result_type(float).itemsize]
    return lambda step: linear(peak, steps)(step).astype(half)


@lift
def goes_below_zero(peak, steps):
    return lambda step: peak * (1 - share(step, steps))


@lift
def goes_on_after_its_end(peak, steps):
    return with_end(lambda step: peak / (1 + share(step, steps)), steps)


@lift
def counts_in_int32(peak, steps):
    return lambda step: peak / jnp.sqrt((step + 1) / steps)


@lift
def takes_the_first_lane_for_all(peak, steps):
    return lambda step: linear(first_lane(peak), steps)(step)


@lift
def hides_a_slope(peak, steps):
    return linear(jax.lax.stop_gradient(peak), steps)


@lift
def looks_at_other_steps(peak, steps):
    return lambda step: linear(peak, steps)(step) + 0 * step + jnp.min(step)


@lift
def remembers_its_uses(peak, steps):
    USES.append(peak)
    return lambda step: peak / len(USES) + 0.0 * step


@lift
def doubles_for_one_step(peak, steps):
    return lambda step: linear(peak, steps)(step) * (1 if jnp.ndim(step) else 2)


class OfEachPeak(Schedule):
    """A kind for this fault alone."""


class TakesStepsAsTheyCome(Schedule):
    """A kind that does not look at its steps."""

    def host_rate(self, step):
        return self.build()(jnp.asarray(step))


TAKES_ANY = of_kind(TakesStepsAsTheyCome, SOUND)


def unseen(schedule):
    """The schedule as one of this kind."""
    return restore(TakesStepsAsTheyCome, (schedule.factory, tuple(schedule._sealed)), tuple(schedule._sealed.values()))


@lift
def counts_in_reals(peak, steps):
    return lambda step: peak * (jnp.asarray(step, jnp.result_type(float)) % steps)


@lift
def promotes(peak, steps):
    return lambda step: jnp.asarray(step) * jnp.asarray(peak, jnp.result_type(float)) / steps


FAULTS = [
    Fault("test_jit_equals_eager", another_when_traced(0.1, 20)),
    Fault("test_jit_equals_eager", forks_in_python(0.1, 20), ValueError, "truth value"),
    Fault("test_one_trace_serves_many_values", of_each_number(OfEachPeak, SOUND)),
    Fault("test_gradients_by_every_number_are_finite_at_every_step", infinite_slope(0.1, 20)),
    Fault("test_rates_are_in_float32_and_under_x64_in_float64", rounds_to_half_the_width(0.1, 20)),
    Fault("test_rates_are_finite_and_never_negative", goes_below_zero(0.1, 20)),
    Fault("test_it_knows_its_end_and_stays_there", goes_below_zero(0.1, 20)),
    Fault("test_it_knows_its_end_and_stays_there", goes_on_after_its_end(0.1, 20)),
    Fault("test_counters_do_not_turn_over", counts_in_int32(0.1, 20)),
    Fault("test_no_step_is_lost_beyond_the_whole_numbers_of_float32", counts_in_reals(0.1, 20)),
    Fault("test_steps_may_be_whole_numbers_of_every_kind", unseen(counts_in_int32(0.1, 20))),
    Fault("test_a_step_below_0_is_step_0", unseen(goes_below_zero(0.1, 20))),
    Fault("test_a_step_that_is_no_number_is_refused", TAKES_ANY, AssertionError, "Regex"),
    Fault("test_it_works_where_dtypes_are_not_promoted", promotes(0.1, 20), ValueError, "dtype promotion"),
    Fault("test_vmap_over_every_number_equals_a_loop", takes_the_first_lane_for_all(0.1, 20)),
    Fault("test_gradients_are_the_slopes", hides_a_slope(0.1, 20)),
    Fault("test_an_array_of_steps_gives_the_rates_of_its_steps", looks_at_other_steps(0.1, 20)),
    Fault("test_a_run_resumed_anywhere_has_the_rates_of_one_that_never_stopped", remembers_its_uses(0.1, 20)),
    Fault("test_optax_takes_it_wherever_a_schedule_goes", doubles_for_one_step(0.1, 20)),
]


@each(FAULTS)
def test_a_planted_fault_is_found(fault):
    assert_found(ScheduleLaws, fault, end=20)


@pytest.mark.parametrize("law", sorted(laws_of(ScheduleLaws)))
def test_the_sound_schedule_passes(law):
    getattr(broken(ScheduleLaws, Fault(law, SOUND), end=20), law)()


def test_a_schedule_of_optax_is_no_value():
    theirs = Fault("test_it_prints_as_a_call_that_can_be_read_back", optax.linear_schedule(0.1, 0.0, 20), ValueError)
    assert_found(ScheduleLaws, theirs)


def test_every_law_has_a_fault():
    assert {fault.law for fault in FAULTS} == laws_of(PortedScheduleLaws, ScheduleLaws) - laws_of(ValueLaws)
