"""Tests of where schedules end."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax import lift
from lropt_jax._core.ends import end_of, later_end, with_end
from lropt_jax.schedules import constant, cosine, exponential, sampled, warmup


def test_a_bounded_schedule_ends_where_it_says():
    assert cosine(0.1, 20).end == end_of(cosine(0.1, 20)) == 20
    assert constant(0.1).end == 0


def test_an_unbounded_schedule_has_no_end():
    assert exponential(0.1, 20).end is None
    assert end_of(exponential(0.1, 20)) is None
    assert end_of(warmup(exponential(0.1, 20), 5)) is None


def test_a_number_never_moves_and_of_a_plain_function_nothing_is_known():
    for number in (0.1, np.float32(0.1), jnp.asarray(0.1)):
        assert end_of(number) == 0
    assert end_of(lambda step: 0.1) is None


def test_ends_go_through_combinators():
    assert warmup(cosine(0.1, 20), 5).end == 25
    assert warmup(0.1, 5).end == 5


def test_an_end_may_be_noted_on_any_function():
    def schedule(step):
        return jnp.minimum(step, 7) * 0.1

    assert end_of(with_end(schedule, 7)) == 7
    assert lift(lambda_with_end)(0.1).end == 7


def test_an_end_may_be_found_when_somebody_asks():
    asked = []
    schedule = with_end(lambda step: step, lambda: asked.append(1) or 7)
    assert not asked
    assert end_of(schedule) == 7
    assert later_end(schedule, 5) == 12
    assert later_end(exponential(0.1, 20), 5) is None


def lambda_with_end(peak):
    return with_end(lambda step: peak * jnp.minimum(step, 7), 7)


def test_an_argument_called_end_is_read_as_it_is():
    def until(peak, end):
        return lambda step: jnp.where(step < end, peak, 0.0)

    assert lift(until)(0.1, end=9).end == 9


def test_ends_may_be_traced_and_mapped():
    assert jax.jit(lambda schedule: schedule.end)(warmup(cosine(0.1, 20), 5)) == 25
    ends = jax.vmap(lambda steps: cosine(0.1, steps).end)(jnp.array([10, 20]))
    np.testing.assert_array_equal(ends, [10, 20])
    assert jax.jit(lambda schedule: schedule.end)(sampled(jnp.ones(4))) == 3
