"""The laws that every schedule and optimizer keeps; a test file runs them by one line, a subclass with a specimen."""

import contextlib
import copy
import functools
import json
import pickle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import chain, from_config, learning_rate, lift, parse, to_config
from lropt_jax._core.accumulators import wide
from lropt_jax.optimizers import adam, lion, sgd
from lropt_jax.schedules import constant, linear, product
from lropt_jax.wrappers import master_weights, skip_nonfinite

DTYPES = (jnp.bfloat16, jnp.float16, jnp.float32, jnp.float64)


def x64(on: bool = True) -> contextlib.AbstractContextManager:
    """64-bit mode for a while, under the name that this JAX has for it."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(on)
    from jax.experimental import enable_x64

    return enable_x64(on)


def nudged(value: Any, factor: float) -> Any:
    """The value with every number changed a little; whole numbers stay whole."""

    def nudge(leaf: Any) -> Any:
        return leaf + round(10 * (factor - 1)) if isinstance(leaf, int) else leaf * factor

    return jax.tree.map(nudge, value)


def stacked(values: list[Any]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.stack([jnp.asarray(leaf) for leaf in leaves]), *values)


def as_floats(value: Any) -> Any:
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, float), value)


@jax.jit
def rates_of(schedule: Any, steps: Any) -> Any:
    """The schedule's rates, compiled once for all laws."""
    return schedule(steps)


class ValueLaws:
    """What a value keeps, schedule or optimizer."""

    specimen: Any

    def test_it_prints_as_a_call_that_can_be_read_back(self):
        assert parse(repr(self.specimen)) == self.specimen

    def test_copies_are_equal_and_hash_alike_and_changed_ones_differ(self):
        assert copy.deepcopy(self.specimen) == self.specimen
        assert hash(copy.copy(self.specimen)) == hash(self.specimen)
        assert nudged(self.specimen, 1.1) != self.specimen
        assert len({self.specimen, copy.copy(self.specimen), nudged(self.specimen, 1.1)}) == 2

    def test_pickle_gives_back_an_equal_value(self):
        assert pickle.loads(pickle.dumps(self.specimen)) == self.specimen

    def test_a_config_goes_through_json_and_back(self):
        assert from_config(json.loads(json.dumps(to_config(self.specimen)))) == self.specimen

    def test_jax_may_put_anything_in_place_of_the_numbers(self):
        leaves, tree = jax.tree.flatten(self.specimen)
        for placeholder in (None, object(), "leaf"):
            jax.tree.unflatten(tree, [placeholder] * len(leaves))
        assert jax.tree.unflatten(tree, leaves) == self.specimen

    def test_paths_of_the_leaves_name_the_arguments(self):
        paths, _ = jax.tree.flatten_with_path(self.specimen)
        assert all(path[0].name in self.specimen.arguments for path, _ in paths)


class PortedScheduleLaws(ValueLaws):
    """Laws of schedules; of those of other libraries, which are made of ours, these alone.

    `end` is the step after which the rate stays, None where there is none. `nudges` are the factors by which numbers
    are changed to have several schedules.
    """

    end: int | None = None
    nudges: tuple[float, ...] = (1.0, 1.1, 0.9)

    @property
    def steps(self) -> np.ndarray:
        return np.array([0, 1, 2, 3, 5, 7, 10, 19, 20, 21, 50, 1000], np.int32)

    def test_jit_equals_eager(self):
        jitted, eager = rates_of(self.specimen, self.steps), self.specimen(self.steps)
        np.testing.assert_allclose(jitted, eager, rtol=2e-6, atol=1e-9)

    def test_one_trace_serves_many_values(self):
        traces = []
        rate = jax.jit(lambda schedule, step: (traces.append(step), schedule(step))[1])
        for factor in self.nudges:
            rate(nudged(self.specimen, factor), 3)
        assert len(traces) == 1

    def test_gradients_by_every_number_are_finite_at_every_step(self):
        jacobian = jax.jit(jax.jacobian(lambda schedule: schedule(self.steps)))(as_floats(self.specimen))
        assert jax.tree.leaves(jacobian)
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(jacobian))

    def test_rates_are_in_float32_and_under_x64_in_float64(self):
        low = rates_of(self.specimen, self.steps)
        assert low.dtype == jnp.float32
        with x64():
            high = rates_of(self.specimen, self.steps)
            assert high.dtype == jnp.float64
            np.testing.assert_allclose(low, high, rtol=1e-5, atol=1e-7)

    def test_rates_are_finite_and_never_negative(self):
        rates = rates_of(self.specimen, np.arange(3000, dtype=np.int32))
        assert np.all(np.isfinite(rates))
        assert np.all(rates >= 0)

    def test_it_knows_its_end_and_stays_there(self):
        assert self.specimen.end == self.end
        if self.end is not None:
            beyond = self.specimen(self.end + np.array([0, 1, 10, 10_000, 2**30], np.int32))
            assert np.all(beyond == beyond[0])

    def test_counters_do_not_turn_over(self):
        for steps in ([0, 2**24 + 1, 2**31 - 1], [2**31, 2**33, 2**40]):
            rates = jax.jit(lambda schedule, steps=steps: schedule(np.array(steps)))(self.specimen)
            assert np.all(rates >= 0)  # not so for NaN


class ScheduleLaws(PortedScheduleLaws):
    """Laws of schedules of our own."""

    def test_vmap_over_every_number_equals_a_loop(self):
        several = [nudged(self.specimen, factor) for factor in self.nudges]
        together = jax.jit(jax.vmap(lambda schedule: schedule(self.steps)))(stacked(several))
        for schedule, rates in zip(several, together, strict=True):
            np.testing.assert_allclose(rates, rates_of(schedule, self.steps), rtol=2e-5, atol=1e-8)

    def test_gradients_are_the_slopes(self):
        with x64():
            floats, at = as_floats(self.specimen), 6.5
            leaves, tree = jax.tree.flatten(floats)
            gradient = jax.tree.leaves(jax.jit(jax.grad(lambda schedule: schedule(at)))(floats))
            for place, slope in enumerate(gradient):
                for leaf_index in np.ndindex(np.shape(leaves[place])):
                    ends = []
                    for sign in (1, -1):
                        moved = [jnp.array(leaf) for leaf in leaves]
                        moved[place] = moved[place].at[leaf_index].add(sign * 1e-6)
                        ends.append(float(rates_of(jax.tree.unflatten(tree, moved), at)))
                    assert np.asarray(slope)[leaf_index] == pytest.approx(
                        (ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-8
                    )

    def test_an_array_of_steps_gives_the_rates_of_its_steps(self):
        rates = rates_of(self.specimen, self.steps.reshape(3, 4))
        assert rates.shape == (3, 4)
        alone = [rates_of(self.specimen, int(step)) for step in self.steps]
        assert all(rate.shape == () for rate in alone)
        np.testing.assert_allclose(rates.ravel(), np.array(alone), rtol=2e-6, atol=1e-9)

    def test_a_run_resumed_anywhere_has_the_rates_of_one_that_never_stopped(self):
        steps = np.array([0, 1, 7, 20, 23], np.int32)
        never_stopped = rates_of(self.specimen, steps)
        for step, expected in zip(steps, never_stopped, strict=True):
            resumed = pickle.loads(pickle.dumps(self.specimen))
            np.testing.assert_allclose(rates_of(resumed, int(step)), expected, rtol=2e-6, atol=1e-9)

    def test_optax_takes_it_wherever_a_schedule_goes(self):
        params = jnp.ones(3)
        takers = (
            optax.sgd(self.specimen),
            optax.chain(optax.scale_by_schedule(self.specimen), optax.scale(-1)),
            optax.inject_hyperparams(optax.sgd)(learning_rate=self.specimen),
            optax.sgd(optax.join_schedules([self.specimen, optax.constant_schedule(0.1)], [5])),
            optax.adam(self.specimen),
        )
        updates = jax.jit(lambda: [tx.update(params, tx.init(params), params)[0] for tx in takers])()
        for update in updates[:4]:
            np.testing.assert_allclose(update, -float(self.specimen(0)) * params, rtol=1e-6)
        assert np.all(np.isfinite(updates[4]))


class TransformLaws(ValueLaws):
    """Laws of everything that is a gradient transformation.

    `apart`: whether groups of parameters can be updated apart with the same result. `lanes`: how many run side by side.
    """

    apart = True
    lanes = 3

    def tree(self, dtype: Any = jnp.float32) -> Any:
        params = {"w": [[0.5, -0.25, 1.0], [-1.5, 0.75, 0.1]], "b": [0.3, -0.2, 0.0]}
        return {name: jnp.array(leaf, dtype) for name, leaf in params.items()} | {"none": None}

    def grads(self, params: Any, step: Any) -> Any:
        """Gradients of a tilted bowl that swings; one coordinate's gradient is exactly 0 throughout."""

        def of(leaf: Any) -> Any:
            swing = jnp.sin(0.7 * step + jnp.arange(leaf.size).reshape(leaf.shape)).astype(leaf.dtype)
            return (leaf + swing).at[..., -1].set(0)

        return jax.tree.map(of, params)

    def run(self, tx: Any, params: Any, steps: int = 5, **extra: Any) -> tuple[Any, Any]:
        def body(carry: Any, step: Any) -> Any:
            params, state = carry
            updates, state = tx.update(self.grads(params, step), state, params, **extra)
            return (optax.apply_updates(params, updates), state), None

        return jax.lax.scan(body, (params, tx.init(params)), jnp.arange(steps))[0]

    @classmethod
    @functools.cache
    def trained(cls) -> Any:
        """A function of an optimizer, the parameters after its run, compiled once for all laws of a specimen."""
        return jax.jit(lambda tx: cls().run(tx, cls().tree())[0])

    def first_update(self, params: Any) -> tuple[Any, Any]:
        """The state before the first update, and what that gives."""
        state = self.specimen.init(params)
        return state, self.specimen.update(self.grads(params, 0), state, params)

    def close(self, left: Any, right: Any, rtol: float = 2e-5) -> None:
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-7), left, right)

    def test_it_is_an_optax_transformation_that_unpacks(self):
        assert isinstance(self.specimen, optax.GradientTransformationExtraArgs)
        init, update = self.specimen
        params = self.tree()
        updates, _ = update(self.grads(params, 0), init(params), params)
        self.close(updates, self.specimen.update(self.grads(params, 0), self.specimen.init(params), params)[0])

    def test_jit_equals_eager(self):
        params = self.tree()
        state = self.specimen.init(params)
        eager = self.specimen.update(self.grads(params, 0), state, params)
        self.close(jax.jit(self.specimen.update)(self.grads(params, 0), state, params), eager)

    def test_vmap_over_every_number_equals_a_loop(self):
        several = [nudged(self.specimen, factor) for factor in np.linspace(1.0, 0.9, self.lanes)]
        together = jax.jit(jax.vmap(lambda tx: self.run(tx, self.tree())[0]))(stacked(several))
        for place, tx in enumerate(several):
            self.close(jax.tree.map(lambda leaf, at=place: leaf[at], together), self.trained()(tx), 1e-4)

    def test_one_trace_serves_many_values(self):
        traces = []

        @jax.jit
        def step(tx: Any) -> Any:
            traces.append(tx)
            return tx.update(self.grads(self.tree(), 0), tx.init(self.tree()), self.tree())

        for factor in (1.0, 0.95, 0.9):
            step(nudged(self.specimen, factor))
        assert len(traces) == 1

    def test_gradients_through_a_run_are_finite_for_every_number(self):
        weights = jnp.arange(6.0).reshape(2, 3)
        loss = lambda tx: jnp.sum(weights * self.run(tx, self.tree())[0]["w"])  # noqa: E731
        gradient = jax.tree.leaves(jax.jit(jax.grad(loss))(as_floats(self.specimen)))
        assert all(np.all(np.isfinite(leaf)) for leaf in gradient)
        assert any(np.any(leaf != 0) for leaf in gradient)

    def test_the_state_is_a_fixed_point_of_shape_and_dtype(self):
        for on in (False, True):
            with x64(on):
                for dtype in DTYPES if on else DTYPES[:3]:
                    before, (_, after) = jax.eval_shape(self.first_update, self.tree(dtype))
                    kinds = [jax.tree.map(lambda a: (a.shape, a.dtype, a.weak_type), s) for s in (before, after)]
                    assert kinds[0] == kinds[1]

    def test_updates_keep_structure_shapes_and_dtype(self):
        with x64():
            for dtype in DTYPES:
                params = self.tree(dtype)
                _, (updates, state) = jax.eval_shape(self.first_update, params)
                assert jax.tree.map(lambda u: (u.shape, u.dtype), updates) == jax.tree.map(
                    lambda p: (p.shape, p.dtype), params
                )
                wide = [a.dtype for a in jax.tree.leaves(state) if jnp.issubdtype(a.dtype, jnp.inexact)]
                assert all(jnp.finfo(kind).bits >= 32 for kind in wide)

    def test_low_precision_gives_the_float32_update_rounded_once(self):
        for dtype in (jnp.bfloat16, jnp.float16):
            low = self.tree(dtype)
            high = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), low)
            grads = self.grads(low, 0)
            rounded, _ = self.specimen.update(grads, self.specimen.init(low), low)
            exact, _ = self.specimen.update(
                jax.tree.map(lambda g: g.astype(jnp.float32), grads), self.specimen.init(high), high
            )
            jax.tree.map(lambda a, b: np.testing.assert_array_equal(a, b.astype(a.dtype)), rounded, exact)

    def test_parameters_and_state_can_be_donated(self):
        step = jax.jit(lambda tx, p, s: self.specimen_step(tx, p, s), donate_argnums=(1, 2))
        params = self.tree()
        state = self.specimen.init(params)
        for start in (
            state,
            jax.jit(self.specimen.init)(params),
            jax.jit(lambda tx, p: tx.init(p))(self.specimen, params),
        ):
            pointers = [leaf.unsafe_buffer_pointer() for leaf in jax.tree.leaves((params, start))]
            assert len(set(pointers)) == len(pointers)
        for _ in range(5):
            params, state = step(self.specimen, params, state)
        self.close(params, self.trained()(self.specimen))

    def specimen_step(self, tx: Any, params: Any, state: Any) -> tuple[Any, Any]:
        updates, state_after = tx.update(self.grads(params, self.count(state)), state, params)
        return optax.apply_updates(params, updates), state_after

    def count(self, state: Any) -> Any:
        return optax.tree_utils.tree_get_all_with_path(state, "count")[0][1]

    def test_init_survives_eval_shape_an_empty_tree_and_none_leaves(self):
        shapes = jax.eval_shape(self.specimen.init, self.tree())
        assert jax.tree.structure(shapes) == jax.tree.structure(self.specimen.init(self.tree()))
        for empty in ({}, (), {"a": None}):
            updates, _ = jax.jit(self.specimen.update)(empty, self.specimen.init(empty), empty)
            assert updates == empty

    def test_unknown_extra_arguments_pass(self):
        params = self.tree()
        self.specimen.update(self.grads(params, 0), self.specimen.init(params), params, value=1.0, unheard_of="of")

    def test_zero_gradients_move_nothing_but_what_decays(self):
        params = self.tree()
        zeros = jax.tree.map(jnp.zeros_like, params)
        state = self.specimen.init(params)
        for _ in range(3):
            updates, state = self.specimen.update(zeros, state, params)
            assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(updates))
        decay = self.specimen.arguments.get("weight_decay")
        if not decay:
            assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(updates))

    def test_it_works_inside_optax_wrappers(self):
        params, labels = self.tree(), {"w": "a", "b": "b", "none": None}
        takers = [
            optax.chain(optax.identity(), self.specimen),
            optax.MultiSteps(self.specimen, 1).gradient_transformation(),
            optax.masked(self.specimen, {"w": True, "b": True, "none": None}),
            optax.apply_if_finite(self.specimen, 3),
            chain(optax.identity(), self.specimen),
            *([optax.partition({"a": self.specimen, "b": self.specimen}, labels)] if self.apart else []),
        ]
        inside = jax.jit(lambda: [self.run(tx, params)[0] for tx in takers])()
        for tx, result in zip(takers, inside, strict=True):
            self.close(result, self.trained()(self.specimen))
            assert learning_rate(tx.init(params)) is not None

    def test_apply_if_finite_skips_a_bad_step_and_moves_nothing(self):
        tx, params = optax.apply_if_finite(self.specimen, 3), self.tree()
        state = tx.init(params)
        bad = jax.tree.map(lambda leaf: leaf * jnp.nan, params)
        updates, skipped = tx.update(bad, state, params)
        assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(updates))
        jax.tree.map(np.testing.assert_array_equal, skipped.inner_state, state.inner_state)


class OptimizerLaws(TransformLaws):
    """Laws of optimizers, which have a learning rate."""

    @property
    def numbers(self) -> dict[str, Any]:
        """The arguments that are data and plain numbers."""
        static = self.specimen.factory.static
        return {
            name: number
            for name, number in self.specimen.arguments.items()
            if type(number) in (int, float) and name not in static
        }

    def test_the_state_records_the_rate_of_the_last_update(self):
        schedule = linear(0.1, 4)
        tx = self.specimen.replace(learning_rate=schedule)
        params = self.tree()
        state = tx.init(params)
        assert learning_rate(state) == schedule(0)
        for step in range(6):
            _, state = tx.update(self.grads(params, step), state, params)
            assert learning_rate(state) == schedule(step)
            assert learning_rate(state).dtype == jnp.float32

    def test_a_number_and_a_schedule_have_the_same_state(self):
        params = self.tree()
        fixed = self.specimen.replace(learning_rate=0.1).init(params)
        falling = self.specimen.replace(learning_rate=linear(0.1, 10)).init(params)
        assert jax.tree.structure(fixed) == jax.tree.structure(falling)

    def test_every_number_may_follow_a_schedule(self):
        following = self.specimen.replace(**{name: constant(number) for name, number in self.numbers.items()})
        self.close(self.run(following, self.tree())[0], self.trained()(self.specimen))

    def test_the_update_is_proportional_to_the_rate(self):
        params = self.tree()
        one, two = (self.specimen.replace(learning_rate=rate) for rate in (0.1, 0.2))
        grads = self.grads(params, 0)
        updates = [tx.update(grads, tx.init(params), params)[0] for tx in (one, two)]
        self.close(jax.tree.map(lambda u: 2 * u, updates[0]), updates[1], 1e-6)

    def test_inject_hyperparams_takes_its_factory(self):
        injected = optax.inject_hyperparams(self.specimen.factory, static_args=self.specimen.factory.static)(
            **self.specimen.arguments
        )
        self.close(self.run(injected, self.tree())[0], self.trained()(self.specimen), 1e-4)

    def test_negative_rates_are_refused(self):
        with pytest.raises(ValueError, match="learning_rate must be finite and >= 0, got -0.1"):
            self.specimen.replace(learning_rate=-0.1)


@lift
def fed(optimizer: Any) -> Any:
    """An optimizer that is given everything that a rate may read, of a bowl with a loss above 0."""

    def loss(params: Any) -> Any:
        return 1 + sum((jnp.sum(jnp.square(wide(leaf))) for leaf in jax.tree.leaves(params)), start=0.0) / 2

    def update(grads: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        reads = {"value": loss(params), "value_fn": loss, "grad": grads, "measured": loss(params)}
        return optimizer.update(grads, state, params, **(extra | reads))

    return optax.GradientTransformationExtraArgs(optimizer.init, update)


class LearningLaws:
    """Laws of what learns its rate in a run, beside those of its kind. `apart`: it looks at all parameters at once."""

    apart = False
    lanes = 64

    def test_one_step_that_is_not_finite_is_skipped_and_leaves_nothing(self):
        tx, params = skip_nonfinite(self.specimen), self.tree()
        _, state = tx.update(self.grads(params, 0), tx.init(params), params)
        bad = jax.tree.map(lambda leaf: leaf.at[..., 0].set(jnp.nan), params)
        updates, after = tx.update(bad, state, params)
        assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(updates))
        jax.tree.map(np.testing.assert_array_equal, after.inner, state.inner)

    def test_a_run_resumed_from_a_file_is_the_run_that_never_stopped_bit_for_bit(self):
        def go(params: Any, state: Any, steps: range) -> Any:
            for step in steps:
                updates, state = update(self.grads(params, step), state, params)
                params = optax.apply_updates(params, updates)
            return params, state

        update, start = jax.jit(self.specimen.update), self.tree()
        whole = go(start, self.specimen.init(start), range(8))
        half = pickle.loads(pickle.dumps(jax.tree.map(np.asarray, go(start, self.specimen.init(start), range(4)))))
        jax.tree.map(np.testing.assert_array_equal, go(*half, range(4, 8)), whole)


class RateLaws(LearningLaws, TransformLaws):
    """Laws of rates that set themselves; a subclass gives one as `rate`."""

    @property
    def specimen(self) -> Any:
        return fed(sgd(self.rate))

    def test_it_prints_as_a_call_that_can_be_read_back(self):
        assert parse(repr(self.rate)) == self.rate

    def test_a_config_goes_through_json_and_back(self):
        assert from_config(json.loads(json.dumps(to_config(self.rate)))) == self.rate

    def test_the_rate_is_recorded_and_never_negative(self):
        params = self.tree()
        state = self.specimen.init(params)
        for step in range(5):
            assert learning_rate(state) >= 0
            assert learning_rate(state).dtype == jnp.float32
            _, state = self.specimen.update(self.grads(params, step), state, params)

    def test_it_goes_with_every_direction(self):
        for tx in (adam(self.rate), lion(self.rate), sgd(self.rate, momentum=0.9)):
            params, _ = jax.jit(lambda tx: self.run(tx, self.tree()))(fed(tx))
            assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(params))

    def test_a_warmup_may_begin_at_zero(self):
        if self.rate.revise is not None:
            rate = self.rate.replace(base=linear(0.0, 3, floor=1.0))
        else:
            rate = product(self.rate, lambda step: jnp.minimum(step / 3, 1.0))
        params, state = jax.jit(lambda: self.run(fed(sgd(rate)), self.tree(), 8))()
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((params, learning_rate(state))))
        assert np.any(params["w"] != self.tree()["w"])

    def test_low_precision_parameters_move_as_their_float32_masters_do(self):
        low, high = self.tree(jnp.bfloat16), self.tree()
        run = jax.jit(lambda tx, params: self.run(tx, params, 20)[0])
        moved, exact = run(master_weights(self.specimen), low), run(self.specimen, high)
        assert any(np.any(a != b) for a, b in zip(jax.tree.leaves(moved), jax.tree.leaves(low), strict=True)) or all(
            np.allclose(a, b, rtol=2**-9) for a, b in zip(jax.tree.leaves(exact), jax.tree.leaves(high), strict=True)
        )


class WrapperLaws(TransformLaws):
    """Laws of wrappers around an optimizer."""

    def test_it_works_around_optimizers_of_optax_and_is_still_a_value(self):
        tx = self.specimen.replace(optimizer=optax.sgd(0.1, momentum=0.9))
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(self.run(tx, self.tree())[0]))
        assert tx == self.specimen.replace(optimizer=tx.optimizer)
        ours = self.specimen.replace(optimizer=sgd(0.1, momentum=0.9))
        self.close(self.run(tx, self.tree())[0], self.run(ours, self.tree())[0], 1e-5)

    def test_the_rate_inside_can_be_read(self):
        params = self.tree()
        tx = self.specimen.replace(optimizer=sgd(linear(0.1, 10)))
        _, state = tx.update(self.grads(params, 0), tx.init(params), params)
        assert learning_rate(state) == pytest.approx(0.1)

    def test_what_is_no_optimizer_is_refused(self):
        owner = self.specimen.factory.__name__
        with pytest.raises(TypeError, match=f"{owner}: optimizer must be a gradient transformation, got 0.1"):
            self.specimen.replace(optimizer=0.1)
