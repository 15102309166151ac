"""The laws of optimizers that estimate the distance `d` to the solution and go at `d` times their learning rate."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import LearningLaws, OptimizerLaws, stacked
from laws.sharing import once, program

from lropt_jax import learning_rate
from lropt_jax.rates import plateau
from lropt_jax.schedules import linear
from lropt_jax.wrappers import master_weights

STEPS = 22


class DistanceLaws(LearningLaws, OptimizerLaws):
    """Laws of a specimen whose `d0` is large enough to see its first steps.

    `pace(before, after)` is what the rate is multiplied by, of the states around an update.
    """

    def pace(self, before: Any, after: Any) -> Any:
        return before.d

    @functools.cached_property
    def plain(self) -> Any:
        """The specimen at a multiplier of 1 without decay."""
        return self.specimen.replace(learning_rate=1.0, weight_decay=None)

    def path(self, tx: Any, params: Any, scales: Any) -> tuple[Any, Any]:
        """Parameters and states after each update, stacked, of gradients that are scaled."""

        def body(carry: Any, given: Any) -> Any:
            (params, state), (place, scale) = carry, given
            grads = jax.tree.map(lambda g: g * scale.astype(g.dtype), self.grads(params, place))
            updates, state = tx.update(grads, state, params)
            after = optax.apply_updates(params, updates), state
            return after, after

        return jax.lax.scan(body, (params, tx.init(params)), (jnp.arange(len(scales)), scales))[1]

    @once
    def walk(self) -> Any:
        """The path of the plain specimen, compiled once; a function of the scales of `STEPS` gradients."""
        walk = program(lambda tx, scales: self.path(tx, self.tree(), scales))
        return lambda scales: jax.tree.map(np.asarray, walk(self.plain, jnp.array(scales)))

    @once
    def free(self) -> Any:
        return self.walk([1.0] * STEPS)

    @once
    def scheduled(self) -> dict[str, Any]:
        """Paths whose learning rate begins at 0, ends at 0 or falls, and those in low precision, in one program."""
        begins = self.plain.replace(learning_rate=lambda step: jnp.clip((step - 2) / 3.0, 0, 1))
        ends, falls = self.plain.replace(learning_rate=linear(1.0, 6)), self.at_rate(linear(1.0, 20))
        halves, ones = {"bf16": jnp.bfloat16, "f16": jnp.float16}, jnp.ones(STEPS)
        return program(
            lambda: (
                {
                    "begins": self.path(begins, self.tree(), ones),
                    "ends": self.path(ends, self.tree(), ones),
                    "falls": (falls.init(self.tree()), self.path(falls, self.tree(), ones)[1]),
                }
                | {
                    name: self.path(master_weights(self.plain), self.tree(half), ones)[0]
                    for name, half in halves.items()
                }
            )
        )()

    def test_the_state_records_the_rate_of_the_last_update(self):
        """It is the rate in effect, the multiplier times the distance; the learning rate alone is known already."""
        schedule = linear(1.0, 20)
        state, path = self.scheduled["falls"]
        assert learning_rate(state) == schedule(0) * self.pace(state, state)
        for step in range(12):
            before, state = state, jax.tree.map(lambda leaf, step=step: np.asarray(leaf)[step], path)
            expected = float(schedule(step)) * self.pace(before, state)
            np.testing.assert_allclose(learning_rate(state), expected, rtol=1e-6)
            assert learning_rate(state).dtype == jnp.float32
        assert state.d > self.specimen.d0

    def test_the_distance_is_recorded_and_never_falls(self):
        d = self.free[1].d
        assert d.dtype == jnp.float32
        assert d.shape == (STEPS,)
        assert np.all(np.diff(d) >= 0)
        assert d[-1] > self.plain.d0

    def test_a_schedule_may_begin_at_0_and_the_distance_grows_from_then_on(self):
        params, state = self.scheduled["begins"]
        self.stays(params, 3, self.tree())
        assert np.all(state.d[:3] == np.float32(self.plain.d0))
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((params, state)))
        assert state.d[-1] > self.plain.d0

    def test_a_schedule_may_end_at_0_where_nothing_moves(self):
        params, state = self.scheduled["ends"]
        self.stays(jax.tree.map(lambda leaf: leaf[6:9], params), 3, jax.tree.map(lambda leaf: leaf[5], params))
        assert np.all(state.d[6:9] == state.d[5])

    def stays(self, path: Any, steps: int, params: Any) -> None:
        """The first so many parameters of a path are these, bit for bit."""
        jax.tree.map(
            lambda leaf, p: np.testing.assert_array_equal(leaf[:steps], np.broadcast_to(p, (steps, *p.shape))),
            path,
            params,
        )

    def test_gradients_may_be_0_at_first(self):
        params, state = self.walk([0.0, 0.0, *[1.0] * (STEPS - 2)])
        self.stays(params, 2, self.tree())
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((params, state)))
        assert state.d[-1] > self.plain.d0

    def test_nan_is_loud(self):
        _, _, state = self.step(self.specimen, 0, jnp.nan, self.tree(), self.specimen.init(self.tree()))
        assert np.isnan(state.d)

    def test_low_precision_parameters_move_as_their_float32_masters_do(self):
        high, _ = self.free
        for half, rtol in (("bf16", 2**-4), ("f16", 2**-6)):
            low = self.scheduled[half]
            assert np.any(low["w"][11] != self.tree(low["w"].dtype)["w"])
            jax.tree.map(
                lambda a, b, rtol=rtol: np.testing.assert_allclose(np.float32(a[4]), b[4], rtol=rtol, atol=rtol),
                low,
                high,
            )

    def test_lanes_with_their_own_d0_are_runs_of_their_own(self):
        several = [self.specimen.replace(d0=d0) for d0 in (1e-3, 1e-2, 1e-1)]
        run = lambda tx: self.run(tx, self.tree(), 8)[0]  # noqa: E731
        together, alone = program(lambda txs: (jax.vmap(run)(stacked(txs)), [run(tx) for tx in txs]))(several)
        for place, params in enumerate(alone):
            self.close(jax.tree.map(lambda leaf, at=place: leaf[at], together), params, 1e-3)

    def test_growth_is_limited_and_capped_and_may_stop(self):
        free = self.free[1].d[:20]
        cap = float(np.sqrt(self.plain.d0 * free[-1]))
        grown = int(np.argmax(free > self.plain.d0)) + 1  # updates up to the first that made `d` grow
        ways = {"d_max": cap, "stop_after": grown, "growth_limit": 1.01}

        def limited(ways: Any) -> Any:
            txs = {name: self.plain.replace(**{name: number}) for name, number in ways.items()}
            return {name: self.path(tx, self.tree(), jnp.ones(20))[1].d for name, tx in txs.items()}

        d = jax.tree.map(np.asarray, program(limited)(ways))
        assert d["d_max"][-1] == np.float32(cap)
        np.testing.assert_array_equal(d["stop_after"], np.minimum(free, free[grown - 1]))
        slow = d["growth_limit"]
        assert np.all(slow[grown:] <= 1.0101 * slow[grown - 1 : -1])
        assert slow[-1] > slow[grown - 1]

    def test_a_rate_that_sets_itself_is_refused(self):
        name = self.specimen.factory.name
        with pytest.raises(TypeError, match=f"{name}: learning_rate must be a number or a schedule, got plateau"):
            self.specimen.replace(learning_rate=plateau(1.0))

    def test_bad_distances_are_refused(self):
        name = self.specimen.factory.name
        for arguments, message in (
            ({"d0": 0.0}, "d0 must be finite and > 0, got 0.0"),
            ({"d_coefficient": -1.0}, "d_coefficient must be finite and > 0, got -1.0"),
            ({"growth_limit": 0.9}, "growth_limit must be finite and >= 1, got 0.9"),
            ({"d_max": 0.0}, "d_max must be finite and > 0, got 0.0"),
            ({"stop_after": 0}, "stop_after must be a whole number >= 1, got 0"),
            ({"weight_decay": -0.1}, "weight_decay must be finite and >= 0, got -0.1"),
        ):
            with pytest.raises(ValueError, match=f"^{name}: {message}"):
                self.specimen.replace(**arguments)
