"""Tests of numbers whose squares leave their dtype."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax._core.magnitudes import added, held, lengths, rms
from lropt_jax._core.vectors import dot, norm, product_and_unit
from lropt_jax.optimizers import adagrad, adam, sgd
from lropt_jax.rates import barzilai_borwein, dog, ngn, polyak
from lropt_jax.wrappers import clip_adaptive, clip_norm

SIZES = [1e-37, 1e-25, 1e-20, 1e-12, 1.0, 1e12, 1e18, 1e20, 1e30, 5e37]


@pytest.mark.parametrize("size", SIZES)
def test_a_norm_is_right_over_the_whole_range(size):
    tree = {"a": jnp.array([3.0, 0.0]) * size, "b": jnp.array([[4.0]]) * size, "none": jnp.zeros((0, 2))}
    length, slope = jax.jit(jax.value_and_grad(norm))(tree)
    np.testing.assert_allclose(length, 5 * size, rtol=1e-6)
    np.testing.assert_allclose(slope["b"], 0.8, rtol=1e-6)
    np.testing.assert_allclose(lengths(jnp.array([[3.0], [4.0]]) * size, 0), [[5 * size]], rtol=1e-6)


def test_a_norm_of_nothing_of_nan_and_of_infinity():
    assert norm({}) == norm(jnp.zeros(3)) == 0
    assert norm(jnp.array([1.0, jnp.inf])) == jnp.inf
    assert np.isnan(norm(jnp.array([1.0, jnp.nan])))


def test_lanes_of_any_size_have_their_own_unit():
    lanes = jnp.array(SIZES)[:, None] * jnp.array([3.0, 4.0])
    np.testing.assert_allclose(jax.vmap(norm)(lanes), 5 * np.array(SIZES), rtol=1e-6)
    assert np.all(np.isfinite(jax.vmap(jax.grad(norm))(lanes)))


def test_leaves_of_two_precisions_are_measured_also_where_nothing_is_promoted():
    with x64(), jax.numpy_dtype_promotion("strict"):
        assert norm({"a": jnp.full(4, 1.5, jnp.float32), "b": jnp.full(4, 2.0, jnp.float64)}) == 5


def test_products_are_held_and_large_ones_that_cancel_are_0():
    assert dot(jnp.array([1e30]), jnp.array([1e30])) == 2.0**127
    assert dot(jnp.array([1e15, 1e15]), jnp.array([1.0, -1.0])) == 0
    assert dot(jnp.array([1e38]), jnp.array([0.0])) == 0
    product, unit = product_and_unit(jnp.array([1e25]), jnp.array([1e25]))
    np.testing.assert_allclose(np.float64(product) / np.float64(unit) ** 2, 1e50, rtol=1e-6)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.float16, jnp.complex64])
def test_gradients_are_held_where_their_squares_end_and_nowhere_else(dtype):
    ordinary = jnp.array([1e-7, -3.0, 6e4, 0.0], dtype)
    np.testing.assert_array_equal(held(ordinary), ordinary)
    assert held(ordinary).dtype == dtype
    huge = jnp.array([3e38, -3e38, jnp.inf, jnp.nan], dtype)
    if dtype != jnp.float16:
        assert np.isfinite(np.sum(np.abs(np.asarray(held(huge)[:2], np.complex64)) ** 2))
        assert np.real(held(huge)[1]) < 0
    assert np.isinf(held(huge)[2])
    assert np.isnan(held(huge)[3])


def test_a_sum_is_held_at_the_largest_number():
    assert added(jnp.float32(2.0**127), jnp.float32(2.0**127)) == 2.0**127
    tx, state = adagrad(0.1), adagrad(0.1).init(jnp.ones(2))
    for _ in range(3):
        updates, state = tx.update(jnp.full(2, 1e30), state)
    assert np.all(np.isfinite(state.sum_of_squares))
    assert np.all(updates < 0)


@pytest.mark.parametrize("size", SIZES)
def test_gradients_of_any_size_are_clipped_to_the_length(size):
    grads, params = jnp.array([3.0, 4.0]) * size, jnp.array([3.0, 4.0])
    for tx in (clip_norm(sgd(1.0), 2.5), clip_adaptive(sgd(1.0), 0.5)):
        updates, _ = tx.update(grads, tx.init(params), params)
        np.testing.assert_allclose(updates, -params * min(size, 0.5), rtol=1e-6)


def test_one_huge_gradient_is_forgotten_as_the_memory_decays():
    tx, x = adam(0.1, b2=0.9), jnp.ones(2)
    state = tx.init(x)
    for place in range(900):
        updates, state = tx.update(jnp.array([1e20 if place == 3 else 1.0, 1.0]), state, x)
    np.testing.assert_allclose(updates, -0.1, rtol=1e-3)


def test_rates_see_gradients_and_losses_as_they_are():
    x = jnp.zeros(1)
    for rate, value, right in ((polyak(), 1e30, 1e-10), (ngn(1.0), 1e30, 2e-10), (dog(r_eps=1.0), 0.0, 1e-20)):
        tx = sgd(rate)
        _, state = tx.update(jnp.array([1e20]), tx.init(x), x, value=value)
        np.testing.assert_allclose(state.learning_rate, right, rtol=1e-5)


@pytest.mark.parametrize("direction", [adam, sgd, lambda rate: sgd(rate, momentum=0.9)])
@pytest.mark.parametrize("step", ["long", "short"])
def test_barzilai_borwein_descends_a_bowl_along_every_direction(direction, step):
    tx, curvatures, start = (
        direction(barzilai_borwein(0.01, step=step)),
        jnp.geomspace(1, 10, 5),
        jnp.linspace(1, -1, 5),
    )

    def body(carry, _):
        x, state = carry
        updates, state = tx.update(curvatures * x, state, x)
        return (x + updates, state), jnp.max(jnp.abs(x))

    (x, _), path = jax.lax.scan(body, (start, tx.init(start)), None, 200)
    assert np.max(path) < 10
    assert np.max(np.abs(x)) < 1e-3


def test_the_root_mean_square_is_right_where_squares_leave_the_dtype():
    for scale in (1e-30, 1.0, 1e30):
        np.testing.assert_allclose(rms(scale * jnp.array([3.0, 4.0, 0.0, 0.0])), 2.5 * scale, rtol=1e-6)
    assert rms(jnp.zeros(3)) < 1e-18
