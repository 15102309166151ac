"""Tests of `shampoo`."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import OptimizerLaws
from osc_peer import assert_osc
from two_sided import START, end, first_updates, gradients, in_every_step, product, unfolded

from lropt_jax.optimizers import adagrad, adam, shampoo
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = shampoo(linear(0.1, 50), block_size=2, every=2, more_axes="flatten")


def inverse_root(factor, power):
    sizes, vectors = np.linalg.eigh(factor)
    return (vectors * (np.maximum(sizes, 0) + 1e-5 * sizes[-1]) ** (-1 / power)) @ vectors.T


def direction(mean, squares, graft, step):
    if graft == "adam":
        return mean / (np.sqrt(squares / (1 - 0.999**step)) + 1e-8)
    return mean if graft == "sgd" else mean / (np.sqrt(squares) + 1e-8)


@functools.cache
def paper(graft, b1, b2, every, steps=200):
    """Algorithm 2 of the paper, with roots by eigenvectors, and grafting."""
    params, m, v = [p.copy() for p in START], [0 * p for p in START], [0 * p for p in START]
    factors, roots = [[np.zeros((d, d)) for d in p.shape] for p in START], [None] * len(START)
    for step in range(steps):
        for at, g in enumerate(gradients(params, step)):
            m[at] = b1 * m[at] + (1 - b1) * g
            v[at] = 0.999 * v[at] + 0.001 * g**2 if graft == "adam" else v[at] + g**2
            mean = m[at] / (1 - b1 ** (step + 1))
            towards = grafted = direction(mean, v[at], graft, step + 1)
            if g.ndim > 1:
                new = [unfolded(g, i) @ unfolded(g, i).T for i in range(g.ndim)]
                weights = (1, 1, 1) if b2 == 1 else (b2, 1 - b2, 1 - b2 ** (step + 1))
                factors[at] = [weights[0] * f + weights[1] * n for f, n in zip(factors[at], new, strict=True)]
                if step % every == 0:
                    roots[at] = [inverse_root(f / weights[2], 2 * g.ndim) for f in factors[at]]
                towards = mean
                for i, root in enumerate(roots[at]):
                    towards = product(towards, root, i)
                if graft is not None:
                    towards = towards * np.linalg.norm(grafted) / np.linalg.norm(towards)
            params[at] = params[at] - 0.02 * towards
    return params


@pytest.mark.parametrize(
    ("graft", "b1", "b2", "every"), [(None, 0.0, 1.0, 1), ("adam", 0.9, 0.999, 3), ("sgd", 0.9, 0.95, 2)]
)
def test_it_is_the_paper(graft, b1, b2, every):
    """As exactly as the power iteration knows the largest eigenvalue, of which `eps` is a share."""
    tx = shampoo(0.02, b1=b1, b2=b2, graft=graft, every=every, stagger=False, more_axes="tensor")
    for ours, theirs in zip(end(tx), paper(graft, b1, b2, every), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.slow
def test_in_float32_its_roots_differ_by_little_in_200_steps():
    tx = shampoo(0.02, every=3, more_axes="tensor", stagger=False)
    for low, high in zip(end(tx, dtype=jnp.float32), paper("adam", 0.9, 0.999, 3), strict=True):
        np.testing.assert_allclose(low, high, atol=2e-3)


@pytest.mark.parametrize(("graft", "other"), [("adam", adam(0.02)), ("adagrad", adagrad(0.02, eps=1e-8))])
def test_vectors_and_what_is_named_follow_the_grafted_optimizer(graft, other):
    tx = shampoo(0.02, graft=graft, graft_mask=True, b1=0.9 if graft == "adam" else 0.0)
    if graft == "adagrad":
        other = other.replace(initial_accumulator_value=0.0)
    for ours, theirs in zip(end(tx, 30), end(other, 30), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-10)


@pytest.mark.parametrize("graft", ["adam", "adagrad", "sgd"])
def test_each_matrix_has_the_length_of_what_is_grafted(graft):
    leaf = jnp.asarray(np.random.default_rng(0).normal(size=(2, 3, 5)), jnp.float32)
    ours, apart = (
        first_updates(shampoo(0.1, graft=graft, graft_mask=mask, block_size=2), leaf)[0] for mask in (False, True)
    )
    np.testing.assert_allclose(*(jnp.linalg.norm(u, axis=(1, 2)) for u in (ours, apart)), rtol=1e-5)
    assert np.max(np.abs(ours - apart)) > 1e-3 * np.max(np.abs(apart))


def test_blocks_are_matrices_of_their_own():
    leaf = jnp.asarray(np.random.default_rng(0).normal(size=(4, 6)), jnp.float32)
    whole, tx = first_updates(shampoo(0.1, block_size=3, graft=None), leaf)[0], shampoo(0.1, graft=None)
    for rows in (slice(0, 2), slice(2, 4)):
        for columns in (slice(0, 3), slice(3, 6)):
            np.testing.assert_allclose(whole[rows, columns], first_updates(tx, leaf[rows, columns])[0], atol=1e-5)


def test_more_axes_are_a_stack_or_one_flat_matrix():
    leaf = jnp.asarray(np.random.default_rng(0).normal(size=(2, 3, 3)), jnp.float32)
    stack = jnp.stack([first_updates(shampoo(0.1), part)[0] for part in leaf])
    np.testing.assert_allclose(first_updates(shampoo(0.1), leaf)[0], stack, atol=1e-5)
    flat = first_updates(shampoo(0.1), leaf.reshape(6, 3))[0].reshape(leaf.shape)
    np.testing.assert_allclose(first_updates(shampoo(0.1, more_axes="flatten"), leaf)[0], flat, atol=1e-5)


def test_a_root_that_fails_stays_as_it_was():
    leaf = jnp.asarray(np.random.default_rng(0).normal(size=(3, 3)), jnp.float32)
    tx = shampoo(0.1, every=1)
    _, state = first_updates(tx, leaf)
    _, after = tx.update(leaf.at[0, 0].set(jnp.nan), state)
    np.testing.assert_array_equal(after.roots[0], state.roots[0])
    _, still = first_updates(tx, 0 * leaf)
    np.testing.assert_array_equal(still.roots[0], np.eye(3))


def test_other_steps_compute_no_root_also_in_lanes():
    assert in_every_step(shampoo(0.1)) == set()


def test_the_state_is_as_large_as_it_says():
    params = {"w": jax.ShapeDtypeStruct((32, 16), jnp.bfloat16), "b": jax.ShapeDtypeStruct((16,), jnp.bfloat16)}
    for tx, matrices, squares in (
        (shampoo(0.1, block_size=16), 2 * 2 * 2 * 16**2, 1),
        (shampoo(0.1, graft="sgd"), 2 * (32**2 + 16**2), 0),
    ):
        state = jax.eval_shape(tx.init, params)
        assert sum(leaf.size for leaf in jax.tree.leaves((state.factors, state.roots))) == matrices
        assert sum(leaf.size for leaf in jax.tree.leaves((state.mu, state.nu))) == (1 + squares) * (32 * 16 + 16)


def test_shapes_without_numbers_and_thin_ones_are_updated():
    params = {"none": jnp.ones((0, 3)), "thin": jnp.ones((3, 1)), "one": jnp.ones(())}
    updates, _ = first_updates(shampoo(0.1), params)
    np.testing.assert_allclose(updates["thin"], -0.1 * np.ones((3, 1)), rtol=1e-4)
    assert updates["none"].shape == (0, 3)


def test_a_complex_leaf_of_real_numbers_moves_as_the_real_one():
    leaf = jnp.asarray(np.random.default_rng(0).normal(size=(3, 3)), jnp.float32)
    turned = first_updates(shampoo(0.1, b2=1.0), leaf * jnp.complex64(1j))[0]
    np.testing.assert_allclose(turned, 1j * first_updates(shampoo(0.1, b2=1.0), leaf)[0], atol=1e-5)


def test_of_a_matrix_it_is_pytorch_optimizers_shampoo():
    """But for the `eps`, which is absolute there; of a vector it has a full matrix."""
    tx = shampoo(0.05, b1=0.0, b2=1.0, graft=None, eps=1e-8, every=1)
    assert_osc(tx, optimizer_cases("Shampoo", "pytorch_optimizer")["default"], 1e-5, arrays="W")


def test_bad_arguments_are_refused():
    for name, wrong, message in (
        ("b2", 1.5, "b2 must be in \\[0, 1\\], got 1.5"),
        ("eps", 0.0, "eps must be finite and > 0, got 0.0"),
        ("graft", "adamw", "graft must be one of adam, adagrad, sgd, .*got 'adamw'"),
        ("block_size", 2.5, "block_size must be a whole number >= 1, got 2.5"),
    ):
        with pytest.raises(ValueError, match=f"shampoo: {message}"):
            shampoo(0.1, **{name: wrong})
