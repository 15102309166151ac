"""Tests of `descent`: the one place that multiplies by the rate."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import OptimizerLaws

from lropt_jax import lift
from lropt_jax._core.accumulators import wide
from lropt_jax._core.kinds import LearningRate, WeightDecay
from lropt_jax.optimizers import Direction, descent, sgd
from lropt_jax.rates import Rate, plateau


class SignState(NamedTuple):
    count: Any
    learning_rate: Any
    rate: Any


@lift
def sign_descent(learning_rate: LearningRate, *, weight_decay: WeightDecay | None = None):
    def apply(grads, state, params):
        return jax.tree.map(lambda g: jnp.sign(wide(g)), grads), state

    direction = Direction(SignState, lambda params: {}, apply)
    return descent(direction, learning_rate, weight_decay=weight_decay)


class TestLawsOfAUsersOwn(OptimizerLaws):
    specimen = sign_descent(0.1)

    def test_it_prints_as_a_call_that_can_be_read_back(self):
        assert repr(self.specimen) == "sign_descent(learning_rate=0.1)"

    def test_a_config_goes_through_json_and_back(self):
        from lropt_jax import from_config, to_config

        names = {"sign": sign_descent}
        assert from_config(to_config(self.specimen, names=names), names=names) == self.specimen


def test_a_rate_reads_everything_and_carries_its_state():
    def init(params):
        return 7.0, jnp.zeros(())

    def next_rate(state, reading):
        assert reading.params is not None
        return reading.value * reading.count, state + jnp.sum(reading.grads * reading.direction)

    tx = sign_descent(Rate(init, next_rate))
    params = jnp.array([1.0, -2.0])
    state = tx.init(params)
    assert state.learning_rate == 7.0
    for count in range(3):
        updates, state = tx.update(params, state, params, value=0.5)
        np.testing.assert_allclose(updates, -0.5 * count * jnp.sign(params))
    assert state.rate == 9.0
    assert state.learning_rate == 1.0


def test_a_rate_that_changes_its_mind_revises_the_steps_made_so_far():
    """The rate is the number of the update, and applies to all directions so far: x0 - t * (d_1 + ... + d_t)."""

    def next_rate(state, reading):
        return reading.count + 1.0, (reading.count + 1.0, state[1] + reading.direction)

    def revise(before, after):
        return -(after[0] - before[0]) * before[1]

    tx = sign_descent(Rate(lambda params: (1.0, (jnp.zeros(()), jnp.zeros(1))), next_rate, revise))
    x = jnp.zeros(1)
    state = tx.init(x)
    for step, sign in enumerate([1.0, 1.0, -1.0]):
        updates, state = tx.update(jnp.array([sign]), state, x)
        x = x + updates
        assert x == -(step + 1) * [1, 2, 1][step]


def test_a_rate_that_goes_elsewhere_makes_that_update_and_no_step_and_no_decay():
    def instead(before, after, params):
        return after[0] == 2, -params

    rate = Rate(lambda params: (1.0, (jnp.zeros(()),)), lambda state, reading: (1.0, (state[0] + 1,)), None, instead)
    tx, x = sign_descent(rate), jnp.array([3.0])
    state, path = tx.init(x), []
    for _ in range(3):
        updates, state = tx.update(jnp.ones(1), state, x)
        x = x + updates
        path.append(float(x[0]))
    assert path == [2, 0, -1]


def test_a_direction_may_set_the_pace():
    def apply(grads, state, params):
        return grads, state._replace(distance=2 * state.distance)

    class PacedState(NamedTuple):
        count: Any
        learning_rate: Any
        rate: Any
        distance: Any

    direction = Direction(
        PacedState, lambda params: {"distance": jnp.array(3.0)}, apply, lambda before, after: before.distance
    )
    tx, x = descent(direction, 0.5), jnp.ones(2)
    state = tx.init(x)
    assert state.learning_rate == 1.5
    for pace in (3.0, 6.0):
        updates, state = tx.update(x, state, x)
        assert state.learning_rate == 0.5 * pace
        np.testing.assert_array_equal(updates, -0.5 * pace * x)


def test_the_count_saturates():
    tx, params = sign_descent(0.1), jnp.ones(2)
    last = tx.init(params)._replace(count=jnp.array(2**31 - 1, jnp.int32))
    assert tx.update(params, last, params)[1].count == 2**31 - 1


def test_a_product_that_bf16_cannot_hold_is_made_in_float32():
    params = jnp.array([256.0], jnp.bfloat16)
    tx = sign_descent(1.0, weight_decay=1.01 / 256)
    updates, _ = tx.update(params, tx.init(params), params)
    np.testing.assert_array_equal(updates, jnp.array([-2.01], jnp.bfloat16))


def test_params_are_needed_for_decay_alone():
    params = jnp.ones(2)
    tx = sign_descent(0.1)
    assert tx.update(params, tx.init(params))[0].shape == (2,)
    tx = sign_descent(0.1, weight_decay=0.1)
    with pytest.raises(ValueError, match="sign_descent: update needs params for weight_decay"):
        tx.update(params, tx.init(params))


def test_values_that_are_no_scalars_are_refused():
    tx = sgd(plateau(0.1))
    with pytest.raises(ValueError, match=r"sgd: value must have the shape \(\), got \(1,\)"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)), jnp.ones(2), value=jnp.ones(1))


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"value": "a"}, "value must be a number, got 'a'"),
        ({"value": (1.0, {})}, r"value must be a number, got \(1.0, {}\)"),
        ({"value": jnp.sum}, "value must be a number, got <"),
        ({"value": 1.0, "value_fn": 1.0}, "value_fn must be a function of the parameters, got 1.0"),
    ],
)
def test_what_a_rate_cannot_read_is_refused(extra, message):
    tx = sgd(plateau(0.1))
    with pytest.raises(TypeError, match=f"^sgd: {message}"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)), jnp.ones(2), **extra)
