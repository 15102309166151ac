"""What everything keeps that is a gradient transformation."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from laws.counters import CounterLaws
from laws.magnitudes import MagnitudeLaws
from laws.numbers import DTYPES, as_floats, nudged, stacked, x64
from laws.shapes import ShapeLaws
from laws.sharing import once, program
from laws.values import ValueLaws
from lropt_jax import chain, learning_rate, restate
from lropt_jax._core.parts import children


class TransformLaws(CounterLaws, MagnitudeLaws, ShapeLaws, ValueLaws):
    """Laws of transformations.

    `apart`: whether groups of parameters can be updated apart with the same result. `lanes`: how many run side by side.
    `copies`: fields of the state with parameters as they are, in their own dtypes.
    """

    apart = True
    lanes = 3
    copies: tuple[str, ...] = ()

    def first_update(self, params: Any, **extra: Any) -> tuple[Any, Any]:
        """The state before the first update, and what that gives."""
        state = self.specimen.init(params)
        return state, self.specimen.update(self.grads(params, 0), state, params, **extra)

    @once
    def shapes(self) -> dict[tuple[bool, Any], Any]:
        """The first update's shapes and dtypes, without and with x64, for parameters of each dtype."""
        found = {}
        for on in (False, True):
            with x64(on):
                for dtype in DTYPES if on else DTYPES[:3]:
                    found[on, dtype] = self.tree(dtype), *jax.eval_shape(self.first_update, self.tree(dtype))
        return found

    @once
    def wrapped(self) -> tuple[Any, Any]:
        """A run inside Optax's wrappers and our `chain`, all around one another, whose last gradients are NaN.

        The parameters and the state of `apply_if_finite` after each update.
        """
        params = self.tree()
        labels = {name: jax.tree.map(lambda _, name=name: name, part) for name, part in params.items()}
        inside = optax.masked(self.specimen, lambda params: jax.tree.map(lambda _: True, params))
        inside = optax.partition({"w": inside, "b": inside}, labels) if self.apart else inside
        inside = chain(optax.identity(), optax.MultiSteps(inside, 1).gradient_transformation())
        tx = optax.chain(optax.identity(), optax.apply_if_finite(inside, 3))

        def body(carry: Any, given: Any) -> Any:
            (params, state), (place, scale) = carry, given
            updates, state = tx.update(jax.tree.map(lambda g: scale * g, self.grads(params, place)), state, params)
            after = optax.apply_updates(params, updates), state
            return after, after

        scales = jnp.array([1.0, 1.0, 1.0, 1.0, 1.0, jnp.nan])
        path = program(lambda: jax.lax.scan(body, (params, tx.init(params)), (jnp.arange(6), scales))[1])()
        return jax.tree.map(np.asarray, path)

    @once
    def lanes_and_slopes(self) -> tuple[Any, Any]:
        """The parameters after runs side by side, and how those of the specimen itself change with its numbers."""

        def run(tx: Any) -> tuple[Any, Any]:
            params = self.run(tx, self.tree())[0]
            (leaf,) = jax.tree.leaves(params["w"])
            return jnp.sum(jnp.arange(6.0).reshape(2, 3) * leaf), params

        slopes, params = program(jax.vmap(jax.grad(run, has_aux=True)))(as_floats(stacked(self.several)))
        of_the_specimen = jax.tree.map(lambda leaf: np.asarray(leaf)[0], slopes)  # a nudged number may be out of range
        return jax.tree.map(np.asarray, params), of_the_specimen

    @property
    def several(self) -> list[Any]:
        return [nudged(self.specimen, factor) for factor in np.linspace(1.0, 0.9, self.lanes).tolist()]

    def test_it_is_an_optax_transformation_that_unpacks(self):
        specimen = self.specimen
        assert isinstance(specimen, optax.GradientTransformationExtraArgs)
        init, update = specimen
        assert init is specimen.init
        assert update is specimen.update

    def test_jit_equals_eager(self):
        params = self.tree()
        state, updates_and_state = self.first_update(params)
        eager = jax.tree.map(np.asarray, updates_and_state)  # some of it may be what is given away below
        updates, _, after = self.step(self.specimen, 0, 1.0, params, state)
        self.close((updates, after), eager)

    def test_vmap_over_every_number_equals_a_loop(self):
        together, _ = self.lanes_and_slopes
        for place, tx in enumerate(self.several):
            self.close(jax.tree.map(lambda leaf, at=place: leaf[at], together), self.trained(tx), 1e-4)
        whole = jax.eval_shape(jax.vmap(lambda tx: self.run(tx, self.tree())[0]), stacked(self.several))
        assert jax.tree.map(jnp.shape, whole) == jax.tree.map(jnp.shape, together)

    def test_one_trace_serves_many_values(self):
        traces = []

        @program
        def step(tx: Any, params: Any) -> Any:
            traces.append(tx)
            return tx.update(params, tx.init(params), params)

        for factor in (1.0, 0.95, 0.9):
            step.jitted.trace(nudged(self.specimen, factor), self.tree())
        assert len(traces) == 1

    def test_gradients_through_a_run_are_finite_for_every_number(self):
        slopes = jax.tree.leaves(self.lanes_and_slopes[1])
        assert all(np.all(np.isfinite(leaf)) for leaf in slopes)
        assert any(np.any(leaf != 0) for leaf in slopes)

    def test_the_state_is_a_fixed_point_of_shape_and_dtype(self):
        for _, before, (_, after) in self.shapes.values():
            kinds = [jax.tree.map(lambda a: (a.shape, a.dtype, a.weak_type), s) for s in (before, after)]
            assert kinds[0] == kinds[1]

    def test_updates_keep_structure_shapes_and_dtype(self):
        for (on, _), (params, _, (updates, state)) in self.shapes.items():
            assert jax.tree.map(lambda u: (u.shape, u.dtype), updates) == jax.tree.map(
                lambda p: (p.shape, p.dtype), params
            )
            state = state._replace(**dict.fromkeys(self.copies)) if self.copies else state
            wide = [a.dtype for a in jax.tree.leaves(state) if jnp.issubdtype(a.dtype, jnp.inexact)]
            assert all(jnp.finfo(kind).bits >= 32 for kind in wide), on

    def test_low_precision_gives_the_float32_update_rounded_once(self):
        """Of numbers that bf16 and f16 both have; one operation at a time, for what is compiled may round less."""
        low = self.tree(jnp.bfloat16)
        grads = self.grads(low, 0)

        def update(dtype: Any) -> Any:
            params, given = (jax.tree.map(lambda leaf: leaf.astype(dtype), tree) for tree in (low, grads))
            return self.specimen.update(given, self.specimen.init(params), params)[0]

        exact = update(jnp.float32)
        for dtype in (jnp.bfloat16, jnp.float16):
            jax.tree.map(lambda a, b: np.testing.assert_array_equal(a, b.astype(a.dtype)), update(dtype), exact)

    def test_parameters_and_state_can_be_donated(self):
        params = self.tree()
        state = self.specimen.init(params)
        pointers = [leaf.unsafe_buffer_pointer() for leaf in jax.tree.leaves((params, state))]
        assert len(set(pointers)) == len(pointers)
        traced = jax.make_jaxpr(lambda params, tx: tx.init(params))(params, self.specimen).jaxpr
        given, made = traced.invars[: len(jax.tree.leaves(params))], [v for v in traced.outvars if hasattr(v, "count")]
        assert len({*given, *made}) == len(given) + len(made)
        for place in range(5):
            _, params, state = self.step(self.specimen, place, 1.0, params, state)
        self.close(params, self.trained(self.specimen))

    def test_a_state_from_a_file_is_restated_to_what_it_was(self):
        """Of arrays on the host, and of dicts by names in the place of named tuples and tuples."""
        _, params, state = self.step(self.specimen, 0, 1.0, self.tree(), self.specimen.init(self.tree()))
        again = restate(self.specimen, by_names(jax.device_get(state)), params)
        assert jax.tree.structure(again) == jax.tree.structure(state)
        jax.tree.map(np.testing.assert_array_equal, again, state)

    def test_unknown_extra_arguments_pass(self):
        jax.eval_shape(lambda params: self.first_update(params, value=1.0, unheard_of="of"), self.tree())

    def test_it_works_inside_optax_wrappers(self):
        path, state = self.wrapped
        self.close(jax.tree.map(lambda leaf: leaf[4], path), self.trained(self.specimen))
        assert learning_rate(state) is not None

    def test_apply_if_finite_skips_a_bad_step_and_moves_nothing(self):
        path, (_, state) = self.wrapped
        assert np.all(state.total_notfinite == [0, 0, 0, 0, 0, 1])
        for leaf in jax.tree.leaves((path, state.inner_state)):
            np.testing.assert_array_equal(leaf[5], leaf[4])


def by_names(node: Any) -> Any:
    """A state as files have it that know dicts alone."""
    held = children(node)
    return node if held is None else {name: by_names(child) for name, child in held}
