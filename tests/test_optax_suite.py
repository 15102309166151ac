"""What Optax's own tests check of its optimizers, checked of all of ours: they solve small problems, real and complex.

The laws have the rest: dtypes, a fixed point, `MultiSteps`, extra arguments, shapes. `test_meshes` has the meshes.
"""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from arguments import FACTORIES
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from lropt_jax import learning_rate, optimizers
from lropt_jax.schedules import linear

RATES = 10.0 ** np.arange(-4, 1.5, 0.5)
STEPS = 2000
NAMES = [name for name in optimizers.__all__ if "learning_rate" in getattr(FACTORIES.get(name), "roles", ())]


def squared(z):
    return jnp.real(z * jnp.conj(z))


def parabola(dtype):
    """Where it starts, where it ends, and the height: of a vector and a matrix."""
    turn = 1 + 1j if jnp.issubdtype(dtype, jnp.complexfloating) else 1
    ends = {"v": turn * jnp.array([1.0, -1.0, 1.0], dtype), "m": jnp.array([[3.0, -2.0], [1.0, 4.0]], dtype)}
    start = {"v": jnp.array([-1.0, 10.0, 1.0], dtype), "m": jnp.zeros((2, 2), dtype)}
    return start, lambda p: sum(jnp.sum(squared(p[name] - ends[name])) for name in ends)


def rosenbrock(dtype):
    a = 1 + 1j if jnp.issubdtype(dtype, jnp.complexfloating) else 1
    return jnp.full(2, 0.1, dtype), lambda p: squared(a - p[0]) + 100 * squared(p[1] - p[0] ** 2)


def solved(factory, problem, dtype, rate):
    """The height at the start and at the end, under a rate that falls to 0."""
    start, height = problem(dtype)
    tx = factory(linear(rate, STEPS))

    def body(carry, _):
        params, state = carry
        value, grads = jax.value_and_grad(height)(params)
        grads = jax.tree.map(jnp.conj, grads)  # what JAX gives for complex parameters points the other way
        updates, state = tx.update(grads, state, params, value=value)
        return (optax.apply_updates(params, updates), state), None

    (params, _), _ = jax.lax.scan(body, (start, tx.init(start)), length=STEPS)
    assert jax.tree.map(lambda p: (p.shape, p.dtype), params) == jax.tree.map(lambda p: (p.shape, p.dtype), start)
    return height(start), height(params)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_solves_small_problems_real_and_complex_at_one_of_the_usual_rates(name):
    @jax.jit
    @jax.vmap
    def heights(rate):
        cases = itertools.product((parabola, rosenbrock), (jnp.float32, jnp.complex64))
        return {
            (problem.__name__, dtype.__name__): solved(FACTORIES[name], problem, dtype, rate)
            for problem, dtype in cases
        }

    for case, (before, after) in heights(jnp.asarray(RATES, jnp.float32)).items():
        assert np.nanmin(after) < (1e-3 if "parabola" in case else 0.1) * before[0], case


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_inject_hyperparams_passes_a_schedule_on(name):
    falling = optax.linear_schedule(0.1, 0.0, 4)
    tx = optax.inject_hyperparams(FACTORIES[name], static_args=FACTORIES[name].static)(learning_rate=falling)
    ours, params = FACTORIES[name](linear(0.1, 4)), {"v": jnp.array([1.0, -2.0]), "m": jnp.ones((2, 2))}
    states, seen = [tx.init(params), ours.init(params)], []
    for _ in range(3):
        (updates, states[0]), (expected, states[1]) = (
            each.update(params, state, params, value=1.0) for each, state in zip((tx, ours), states, strict=True)
        )
        jax.tree.map(functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-7), updates, expected)
        seen.append(float(states[0].hyperparams["learning_rate"]))
    np.testing.assert_allclose(seen, [0.1, 0.075, 0.05], rtol=1e-6)
    assert learning_rate(states[1]).shape == ()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(optax, "microbatching"), reason="this Optax has no microbatching")
@pytest.mark.skipif(not hasattr(jax, "reshard"), reason="Optax's microbatching of explicit meshes needs JAX 0.8.1")
@pytest.mark.parametrize("name", NAMES)
def test_it_takes_the_gradients_of_micro_batches_on_an_explicit_mesh(name):
    mesh = jax.make_mesh((1,), ("x",), axis_types=(AxisType.Explicit,))
    data, params = jax.device_put((jnp.arange(16.0).reshape(8, 2), jnp.ones(2)), NamedSharding(mesh, PartitionSpec()))
    tx = FACTORIES[name](0.1)
    grads = jax.grad(lambda params, data: jnp.sum((data * params) ** 2))
    small = optax.microbatching.microbatch(
        grads, argnums=1, microbatch_size=4, accumulator=optax.microbatching.AccumulationType.SUM
    )
    with jax.set_mesh(mesh):
        np.testing.assert_allclose(small(params, data), grads(params, data), rtol=1e-6)
        updates, state = jax.eval_shape(lambda given: tx.update(small(given, data), tx.init(given), given), params)
        assert (updates.shape, updates.sharding.spec) == ((2,), PartitionSpec(None))
        assert jax.tree.structure(state) == jax.tree.structure(tx.init(params))
