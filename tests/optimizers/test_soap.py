"""Tests of `soap`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import OptimizerLaws
from osc_peer import assert_osc
from two_sided import START, end, first_updates, gradients, in_every_step, product, unfolded

from lropt_jax.optimizers import adam, soap
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = soap(linear(0.1, 50), every=2, skip_first=False, more_axes="flatten")


def authors(rate, b1, b2, factor_b2, every, max_dim, steps=200):
    """The authors' soap.py (github.com/nikhilvyas/SOAP, commit f42d296), line by line, in NumPy."""
    params, states = [p.copy() for p in START], [None] * len(START)
    for step in range(steps):
        for at, g in enumerate(gradients(params, step)):
            axes = range(g.ndim if g.ndim > 1 else 0)
            if states[at] is None:
                m, v = 0 * g, 0 * g
                factors = {i: np.zeros((g.shape[i],) * 2) for i in axes if g.shape[i] <= max_dim}
            else:
                m, v, factors, bases = states[at]
                seen = g
                for i, q in bases.items():
                    seen, m = product(seen, q.T, i), product(m, q.T, i)
                m, v = b1 * m + (1 - b1) * seen, b2 * v + (1 - b2) * seen**2
                towards = m / (np.sqrt(v) + 1e-8)
                for i, q in bases.items():
                    towards, m = product(towards, q, i), product(m, q, i)
                params[at] = params[at] - rate * np.sqrt(1 - b2**step) / (1 - b1**step) * towards
            for i in factors:
                factors[i] = factor_b2 * factors[i] + (1 - factor_b2) * unfolded(g, i) @ unfolded(g, i).T
            if step == 0:
                bases = {i: np.flip(np.linalg.eigh(f)[1], 1) for i, f in factors.items()}
            elif step % every == 0:
                for i, f in factors.items():
                    order = np.argsort(-np.diag(bases[i].T @ f @ bases[i]))
                    v = np.take(v, order, axis=i)
                    bases[i] = np.linalg.qr(f @ bases[i][:, order])[0]
            states[at] = m, v, factors, bases
    return params


@pytest.mark.parametrize(("every", "max_dim", "factor_b2"), [(3, 5, None), (10, 3, 0.8)])
def test_it_is_the_code_of_the_authors(every, max_dim, factor_b2):
    tx = soap(0.02, b1=0.9, every=every, max_dim=max_dim, factor_b2=factor_b2, stagger=False, more_axes="tensor")
    for ours, theirs in zip(end(tx), authors(0.02, 0.9, 0.95, factor_b2 or 0.95, every, max_dim), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_the_first_step_only_finds_the_bases_and_decays():
    params = jnp.array([[3.0, 1.0], [1.0, 3.0]])
    updates, state = first_updates(soap(0.1, weight_decay=0.5), params, 1)
    np.testing.assert_allclose(updates, -0.05 * params, rtol=1e-6)
    np.testing.assert_allclose(jnp.abs(state.bases[0]), np.sqrt(0.5) * np.ones((2, 2)), rtol=1e-6)
    assert not np.any(state.mu)
    updates, state = first_updates(soap(0.1, skip_first=False), params, 1)
    np.testing.assert_allclose(updates, -0.1 * np.ones((2, 2)), rtol=1e-5)
    np.testing.assert_allclose(np.abs(state.mu), 0.05 * np.diag([4.0, 2.0]), atol=1e-6)
    np.testing.assert_allclose(state.nu, 0.05 * np.diag([16.0, 4.0]), atol=1e-5)


def test_vectors_and_what_is_named_are_adams():
    steps = {"skip_first": False, "eps": 0.0}
    ours = end(soap(0.02, adam_mask=True, b1=0.9, b2=0.99, **steps), 30)
    theirs = end(adam(0.02, b2=0.99, eps=0.0), 30)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    params = {"embed": jnp.ones((4, 3)), "kernel": jnp.ones((4, 3)), "bias": jnp.ones(3), "scale": jnp.ones(())}
    for mask in ("embed", {"embed": True, "kernel": False, "bias": False, "scale": False}):
        bases = soap(0.1, adam_mask=mask).init(params).bases
        assert [[name for name, leaf in tree.items() if leaf is not None] for tree in bases] == [["kernel"]] * 2


def turns(tx, leaves, steps):
    """In which steps the bases of each leaf turn, after the first."""
    params = [jnp.asarray(np.random.default_rng(at).normal(size=(3, 3)), jnp.float32) for at in range(leaves)]
    state, found, update = tx.init(params), [[] for _ in params], jax.jit(tx.update)
    for step in range(steps):
        before = state.bases[0]
        grads = [p + jnp.asarray(np.random.default_rng(step).normal(size=(3, 3)), jnp.float32) for p in params]
        _, state = update(grads, state, params)
        for at, (old, new) in enumerate(zip(before, state.bases[0], strict=True)):
            found[at] += [step] if np.any(old != new) else []
    return found


def test_the_bases_of_different_leaves_turn_in_different_steps():
    assert turns(soap(0.1, every=4), 5, 10) == [[0, 4, 8], [0, 1, 5, 9], [0, 2, 6], [0, 3, 7], [0, 4, 8]]
    assert turns(soap(0.1, every=4, stagger=False), 2, 10) == [[0, 4, 8]] * 2


def test_other_steps_decompose_nothing_also_in_lanes():
    assert in_every_step(soap(0.1)) == set()
    assert in_every_step(soap(0.1, skip_first=False, more_axes="tensor")) == set()


def test_long_axes_keep_their_coordinates():
    params = {"wide": jnp.ones((3, 8)), "long": jnp.ones((8, 9)), "thin": jnp.ones((3, 1)), "none": jnp.ones((0, 3))}
    factors = soap(0.1, max_dim=4).init(params).factors
    shapes = [{name: None if leaf is None else leaf.shape for name, leaf in tree.items()} for tree in factors]
    first = {"wide": (3, 3), "long": None, "thin": (3, 3), "none": None}
    assert shapes == [first, dict.fromkeys(params)]


def test_more_axes_are_a_stack_or_one_flat_matrix():
    leaf = jnp.asarray(np.random.default_rng(0).normal(size=(2, 3, 3)), jnp.float32)
    stack = jnp.stack([first_updates(soap(0.1), part)[0] for part in leaf])
    np.testing.assert_allclose(first_updates(soap(0.1), leaf)[0], stack, atol=1e-5)
    kernel = jnp.asarray(np.random.default_rng(0).normal(size=(2, 2, 4)), jnp.float32)
    flat = first_updates(soap(0.1), kernel.reshape(4, 4))[0].reshape(kernel.shape)
    np.testing.assert_allclose(first_updates(soap(0.1, more_axes="flatten"), kernel)[0], flat, atol=1e-5)
    kernel = kernel.reshape(4, 2, 2)
    flat = first_updates(soap(0.1), kernel.reshape(4, 4))[0].reshape(kernel.shape)
    tx = soap(0.1, more_axes="flatten", layout="out_in")
    np.testing.assert_allclose(first_updates(tx, kernel)[0], flat, atol=1e-5)


def test_the_state_is_as_large_as_it_says():
    params = {"w": jax.ShapeDtypeStruct((32, 16), jnp.bfloat16), "b": jax.ShapeDtypeStruct((16,), jnp.bfloat16)}
    state = jax.eval_shape(soap(0.1).init, params)
    numbers = sum(leaf.size for leaf in jax.tree.leaves((state.mu, state.nu, state.factors, state.bases)))
    assert numbers == 2 * (32 * 16 + 16) + 2 * (32**2 + 16**2)
    assert {leaf.dtype for leaf in jax.tree.leaves(state.bases)} == {jnp.dtype("float32")}


def test_a_complex_leaf_of_real_numbers_moves_as_the_real_one():
    leaf = jnp.asarray(np.random.default_rng(0).normal(size=(3, 3)), jnp.float32)
    turned = first_updates(soap(0.1, eps=0.01), leaf * jnp.complex64(1j))[0]
    np.testing.assert_allclose(turned, 1j * first_updates(soap(0.1, eps=0.01), leaf)[0], atol=1e-5)


def test_a_gradient_that_is_not_finite_leaves_the_bases():
    leaf = jnp.asarray(np.random.default_rng(0).normal(size=(3, 3)), jnp.float32)
    tx = soap(0.1, every=1)
    _, state = first_updates(tx, leaf)
    _, after = tx.update(leaf.at[0, 0].set(jnp.nan), state)
    np.testing.assert_array_equal(after.bases[0], state.bases[0])


def test_it_is_pytorch_optimizers_soap_to_the_precision_of_its_float32_decompositions():
    cases, tx = optimizer_cases("SOAP", "pytorch_optimizer"), soap(0.05, stagger=False, more_axes="tensor")
    assert_osc(tx.replace(b1=0.9, every=3), cases["every_3"], 1e-5)
    assert_osc(tx.replace(b2=0.99, factor_b2=0.8, max_dim=2), cases["one_sided"], 1e-5)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="soap: every must be a whole number >= 1, got 0"):
        soap(0.1, every=0)
    with pytest.raises(ValueError, match="soap: more_axes must be one of stack, flatten, tensor, got 'each'"):
        soap(0.1, more_axes="each")
    with pytest.raises(ValueError, match="soap: adam_mask must be patterns"):
        soap(0.1, adam_mask=lambda params: {"w": "Adam"}).init({"w": jnp.ones((2, 2))})
