"""The laws of optimizers that estimate the distance `d` to the solution and go at `d` times their learning rate."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import LearningLaws, OptimizerLaws, stacked

from lropt_jax import learning_rate
from lropt_jax.rates import plateau
from lropt_jax.schedules import linear
from lropt_jax.wrappers import master_weights


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

    def path(self, tx: Any, params: Any, scales: Any) -> list[tuple[Any, Any]]:
        """Parameters and states after each update, whose gradients are scaled."""
        update, state, found = jax.jit(tx.update), tx.init(params), []
        for step, scale in enumerate(scales):
            grads = jax.tree.map(lambda g, scale=scale: scale * g, self.grads(params, step))
            updates, state = update(grads, state, params)
            params = optax.apply_updates(params, updates)
            found.append((params, state))
        return found

    def test_the_state_records_the_rate_of_the_last_update(self):
        """It is the rate in effect, the multiplier times the distance; the learning rate alone is known already."""
        schedule, params = linear(1.0, 20), self.tree()
        tx = self.specimen.replace(learning_rate=schedule)
        state, update = tx.init(params), jax.jit(tx.update)
        assert learning_rate(state) == schedule(0) * self.pace(state, state)
        for step in range(12):
            before, (updates, state) = state, update(self.grads(params, step), state, params)
            params = optax.apply_updates(params, updates)
            np.testing.assert_allclose(learning_rate(state), schedule(step) * self.pace(before, state), rtol=1e-6)
            assert learning_rate(state).dtype == jnp.float32
        assert state.d > tx.d0

    def test_the_distance_is_recorded_and_never_falls(self):
        seen = [state.d for _, state in self.path(self.plain, self.tree(), [1.0] * 20)]
        assert all(d.dtype == jnp.float32 and d.shape == () for d in seen)
        assert np.all(np.diff(np.array(seen)) >= 0)
        assert seen[-1] > self.plain.d0

    def test_a_schedule_may_begin_at_0_and_the_distance_grows_from_then_on(self):
        tx = self.plain.replace(learning_rate=lambda step: jnp.clip((step - 2) / 3.0, 0, 1))
        path = self.path(tx, self.tree(), [1.0] * 20)
        for params, state in path[:3]:
            jax.tree.map(np.testing.assert_array_equal, params, self.tree())
            assert state.d == np.float32(tx.d0)
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(path))
        assert path[-1][1].d > tx.d0

    def test_a_schedule_may_end_at_0_where_nothing_moves(self):
        path = self.path(self.plain.replace(learning_rate=linear(1.0, 6)), self.tree(), [1.0] * 9)
        for params, state in path[6:]:
            jax.tree.map(np.testing.assert_array_equal, params, path[5][0])
            assert state.d == path[5][1].d

    def test_gradients_may_be_0_at_first(self):
        path = self.path(self.plain, self.tree(), [0.0, 0.0, *[1.0] * 20])
        jax.tree.map(np.testing.assert_array_equal, path[1][0], self.tree())
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(path))
        assert path[-1][1].d > self.plain.d0

    def test_nan_is_loud(self):
        (_, state), *_ = self.path(self.specimen, self.tree(), [jnp.nan])
        assert np.isnan(state.d)

    def test_low_precision_parameters_move_as_their_float32_masters_do(self):
        for dtype, rtol in ((jnp.bfloat16, 2**-4), (jnp.float16, 2**-6)):
            low = self.path(master_weights(self.plain), self.tree(dtype), [1.0] * 12)
            high = self.path(self.plain, self.tree(), [1.0] * 12)
            assert np.any(low[-1][0]["w"] != low[0][0]["w"])
            jax.tree.map(
                lambda a, b, rtol=rtol: np.testing.assert_allclose(np.float32(a), b, rtol=rtol, atol=rtol),
                low[4][0],
                high[4][0],
            )

    def test_lanes_with_their_own_d0_are_runs_of_their_own(self):
        several = [self.specimen.replace(d0=d0) for d0 in (1e-3, 1e-2, 1e-1)]
        together, _ = jax.jit(jax.vmap(lambda tx: self.run(tx, self.tree(), 8)))(stacked(several))
        for place, tx in enumerate(several):
            alone, _ = jax.jit(lambda tx: self.run(tx, self.tree(), 8))(tx)
            self.close(jax.tree.map(lambda leaf, at=place: leaf[at], together), alone, 1e-3)

    def test_growth_is_limited_and_capped_and_may_stop(self):
        free = np.array([state.d for _, state in self.path(self.plain, self.tree(), [1.0] * 20)])
        cap = float(np.sqrt(self.plain.d0 * free[-1]))
        capped = np.array([s.d for _, s in self.path(self.plain.replace(d_max=cap), self.tree(), [1.0] * 20)])
        assert capped[-1] == np.float32(cap)
        grown = int(np.argmax(free > self.plain.d0)) + 1  # updates up to the first that made `d` grow
        path = self.path(self.plain.replace(stop_after=grown), self.tree(), [1.0] * 20)
        np.testing.assert_array_equal([s.d for _, s in path], np.minimum(free, free[grown - 1]))
        path = self.path(self.plain.replace(growth_limit=1.01), self.tree(), [1.0] * 20)
        slow = np.array([s.d for _, s in path])
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
