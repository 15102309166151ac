"""What schedules keep."""

import pickle
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.flatten_util import ravel_pytree

from laws.numbers import as_floats, nudged, stacked, x64
from laws.sharing import Sharing, once, program
from laws.values import ValueLaws

STEPS = np.array([0, 1, 2, 3, 5, 7, 10, 19, 20, 21, 50, 1000], np.int32)
LATE = {"late": np.array([0, 2**24 + 1, 2**31 - 1]), "later": np.array([2**31, 2**33, 2**40])}
COUNTS = np.array(
    [9, 127, 255, 32767, 65535, 2**24 + 1, 2**24 + 3, 2**25 + 9, 10**8 + 1, 2**30 + 1, 2**30 + 2, 2**31 - 2]
)
KINDS = (np.array, np.int16), (np.array, np.uint8), (np.array, np.uint16), (jnp.array, np.int8), (jnp.array, np.uint32)
NO_NUMBERS = ("3", None, 1j, True, np.True_, np.array([1j]), [1, "a"], {}, [[1], [1, 2]])
BETWEEN = 6.5


class PortedScheduleLaws(Sharing, ValueLaws):
    """Laws of schedules; of those of other libraries, which are made of ours, these alone.

    `end` is the step after which the rate stays, None where there is none. `nudges` are the factors by which numbers
    are changed to have several schedules, the first of them 1.
    """

    end: int | None = None
    nudges: tuple[float, ...] = (1.0, 1.1, 0.9)

    @property
    def several(self) -> list[Any]:
        return [nudged(self.specimen, factor) for factor in self.nudges]

    @once
    def traced(self) -> tuple[list[Any], list[Any]]:
        """How often one program of rates was traced, and what it gave for several schedules."""
        traces = []

        @program
        def rates(schedule: Any, steps: dict[str, Any]) -> dict[str, Any]:
            traces.append(schedule)
            return {name: schedule(of) for name, of in (steps | LATE).items()}

        steps = {
            "steps": STEPS,
            "counts": COUNTS.astype(np.int32),
            "grid": STEPS.reshape(3, 4),
            "long": np.arange(3000, dtype=np.int32),
        }
        return traces, [jax.tree.map(np.asarray, rates(schedule, steps)) for schedule in self.several]

    @once
    def high(self) -> dict[str, Any]:
        """The rates in float64."""
        with x64():
            rates = program(lambda schedule, steps: {name: schedule(of) for name, of in steps.items()})
            return jax.tree.map(np.asarray, rates(self.specimen, {"steps": STEPS, "counts": COUNTS}))

    @property
    def rates(self) -> dict[str, Any]:
        return self.traced[1][0]

    def test_jit_equals_eager(self):
        np.testing.assert_allclose(self.rates["steps"], self.specimen(STEPS), rtol=2e-6, atol=1e-9)

    def test_one_trace_serves_many_values(self):
        traces, _ = self.traced
        assert len(traces) == 1

    def test_gradients_by_every_number_are_finite_at_every_step(self):
        jacobian = program(jax.jacobian(lambda schedule: schedule(STEPS)))(as_floats(self.specimen))
        assert jax.tree.leaves(jacobian)
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(jacobian))

    def test_rates_are_in_float32_and_under_x64_in_float64(self):
        low, high = self.rates["steps"], self.high["steps"]
        assert low.dtype == jnp.float32
        assert high.dtype == jnp.float64
        np.testing.assert_allclose(low, high, rtol=1e-5, atol=1e-7)

    def test_no_step_is_lost_beyond_the_whole_numbers_of_float32(self):
        low, high = (np.clip(rates["counts"], 0, 1e38) for rates in (self.rates, self.high))
        np.testing.assert_allclose(low, high, rtol=1e-4, atol=1e-6 * np.max(self.high["steps"]))

    def test_steps_may_be_whole_numbers_of_every_kind(self):
        for array, dtype in KINDS:
            steps = np.minimum(COUNTS, np.iinfo(dtype).max)
            expected = self.rates["counts"][np.searchsorted(COUNTS, steps)]
            np.testing.assert_allclose(self.specimen(array(steps, dtype)), expected, rtol=1e-5, atol=1e-9)

    def test_a_step_below_0_is_step_0(self):
        first = self.rates["steps"][0]
        for steps in (jnp.array([-1, *-STEPS[1:]]), np.array([-0.5, *-STEPS[1:]])):
            np.testing.assert_allclose(self.specimen(steps), first, rtol=2e-6, atol=1e-9)
        assert self.specimen(-3) == self.specimen(-3.5) == self.specimen(0)

    def test_a_step_that_is_no_number_is_refused(self):
        owner = re.escape(self.specimen.factory.name)
        for step in NO_NUMBERS:
            with pytest.raises(TypeError, match=f"{owner}: step must be a number or an array of numbers, got "):
                self.specimen(step)

    def test_it_works_where_dtypes_are_not_promoted(self):
        for on, dtype in ((False, jnp.int32), (True, jnp.float32)):
            with x64(on), jax.numpy_dtype_promotion("strict"):
                jax.eval_shape(lambda schedule, step: schedule(step), self.specimen, jnp.zeros(2, dtype))

    def test_rates_are_finite_and_never_negative(self):
        assert np.all(np.isfinite(self.rates["long"]))
        assert np.all(self.rates["long"] >= 0)

    def test_it_knows_its_end_and_stays_there(self):
        assert self.specimen.end == self.end
        if self.end is not None:
            beyond = self.specimen(self.end + np.r_[0, 1, 10, 10_000, np.full(8, 2**30)].astype(np.int32))
            assert np.all(beyond == beyond[0])

    def test_counters_do_not_turn_over(self):
        for name in LATE:
            assert np.all(self.rates[name] >= 0)  # not so for NaN


class ScheduleLaws(PortedScheduleLaws):
    """Laws of schedules of our own."""

    @once
    def alone(self) -> Any:
        """The rate at one step, compiled once."""
        return program(lambda schedule, step: schedule(step))

    def test_vmap_over_every_number_equals_a_loop(self):
        together = program(jax.vmap(lambda schedule: schedule(STEPS)))(stacked(self.several))
        for expected, rates in zip(self.traced[1], together, strict=True):
            np.testing.assert_allclose(rates, expected["steps"], rtol=2e-5, atol=1e-8)

    def test_gradients_are_the_slopes(self):
        with x64():
            numbers, put_back = ravel_pytree(as_floats(self.specimen))
            aside = 1e-6 * np.eye(numbers.size)

            def rate(numbers: Any) -> Any:
                return put_back(numbers)(BETWEEN)

            slopes, above, below = program(
                lambda x: (jax.grad(rate)(x), jax.vmap(rate)(x + aside), jax.vmap(rate)(x - aside))
            )(numbers)
        assert np.asarray(slopes) == pytest.approx((np.asarray(above) - np.asarray(below)) / 2e-6, rel=1e-4, abs=1e-8)

    def test_an_array_of_steps_gives_the_rates_of_its_steps(self):
        rates = self.rates["grid"]
        assert rates.shape == (3, 4)
        alone = [self.alone(self.specimen, int(step)) for step in STEPS]
        assert all(rate.shape == () for rate in alone)
        np.testing.assert_allclose(np.ravel(rates), np.array(alone), rtol=2e-6, atol=1e-9)

    def test_a_run_resumed_anywhere_has_the_rates_of_one_that_never_stopped(self):
        for step, expected in zip(STEPS, self.rates["steps"], strict=True):
            resumed = pickle.loads(pickle.dumps(self.specimen))
            np.testing.assert_allclose(self.alone(resumed, int(step)), expected, rtol=2e-6, atol=1e-9)

    def test_optax_takes_it_wherever_a_schedule_goes(self):
        params = jnp.ones(3)
        takers = (
            optax.sgd(self.specimen),
            optax.chain(optax.scale_by_schedule(self.specimen), optax.scale(-1)),
            optax.inject_hyperparams(optax.sgd)(learning_rate=self.specimen),
            optax.sgd(optax.join_schedules([self.specimen, optax.constant_schedule(0.1)], [5])),
            optax.adam(self.specimen),
        )
        updates = program(lambda: [tx.update(params, tx.init(params), params)[0] for tx in takers])()
        for update in updates[:4]:
            np.testing.assert_allclose(update, -self.rates["steps"][0] * np.ones(3), rtol=1e-6)
        assert np.all(np.isfinite(updates[4]))
