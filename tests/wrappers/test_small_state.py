"""Tests of `small_state`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws

from lropt_jax import learning_rate, restate
from lropt_jax.optimizers import adam, adamw, decay, lamb, prodigy, sgd
from lropt_jax.rates import dog
from lropt_jax.wrappers import accumulate, clip_norm, skip_nonfinite, small_state

PARAMS = {"w": jax.random.normal(jax.random.key(0), (16, 512)), "b": jnp.ones(10)}


class TestLaws(WrapperLaws):
    specimen = small_state(adam(0.1))


def grads(params, step, size=1.0):
    """Of a noisy bowl."""
    key = jax.random.fold_in(jax.random.key(1), step)
    return jax.tree.map(lambda p: size * (p + 0.3 * jax.random.normal(key, p.shape)), params)


def trained(tx, params, state, steps):
    """The parameters and the state after some steps, whose number belongs to no program."""

    def body(step, carry):
        updates, state = tx.update(grads(carry[0], step), carry[1], carry[0])
        return optax.apply_updates(carry[0], updates), state

    return jax.lax.fori_loop(*steps, body, (params, state))


run = jax.jit(trained)


def bytes_of(state):
    return sum(leaf.nbytes for leaf in jax.tree.leaves(state))


def gap(params, other):
    """How far apart two runs end, over the way of the second."""
    return float(jnp.linalg.norm(params["w"] - other["w"]) / jnp.linalg.norm(PARAMS["w"] - other["w"]))


@pytest.mark.slow
@pytest.mark.parametrize(("form", "each", "most"), [("bf16", 4.0, 0.01), ("int8", 2 + 8 / 256, 0.05)])
def test_a_run_ends_near_that_of_float32_in_far_fewer_bytes(form, each, most):
    tx, plain = small_state(adamw(1e-2), form), adamw(1e-2)
    params, state = run(tx, PARAMS, tx.init(PARAMS), (0, 40))
    exact, exact_state = run(plain, PARAMS, plain.init(PARAMS), (0, 40))
    assert gap(params, exact) < most
    np.testing.assert_allclose(params["b"], exact["b"], rtol=1e-5)  # it is small, and stays in float32
    assert bytes_of({name: getattr(state.inner, name)["w"] for name in ("mu", "nu")}) == each * PARAMS["w"].size
    assert learning_rate(state) == learning_rate(exact_state)
    assert (state.inner.count, state.updates_made) == (40, 40)


@pytest.mark.parametrize("inner", [lamb(1e-2), prodigy(), sgd(dog(), momentum=0.9)], ids=lambda tx: tx.factory.name)
def test_rules_that_look_at_whole_leaves_or_at_all_of_them_work(inner):
    exact, _ = run(inner, PARAMS, inner.init(PARAMS), (0, 20))
    tx = small_state(inner, "int8")
    assert gap(run(tx, PARAMS, tx.init(PARAMS), (0, 20))[0], exact) < 0.06


@pytest.mark.parametrize(("form", "most"), [("bf16", 0.1), ("int8", 0.2)])
@pytest.mark.parametrize("shapes", [{"w": (256, 2048)}, {f"w{place}": (128, 512) for place in range(4)}])
def test_the_compiled_update_holds_no_slot_in_float32(form, most, shapes):
    params = {name: jnp.ones(shape) for name, shape in shapes.items()}
    tx = small_state(adamw(1e-3), form)
    state = tx.init(params)
    update = jax.jit(tx.update, donate_argnums=1).lower(params, state, params).compile()
    memory, size = update.memory_analysis(), sum(map(jnp.size, params.values()))
    assert memory.temp_size_in_bytes < most * size
    assert memory.alias_size_in_bytes > 0.99 * bytes_of(state)


def test_the_compiler_does_not_work_out_the_first_blocks_itself():
    """For a million zeros that takes it four seconds: it left no reduction in the program."""
    assert " reduce(" in jax.jit(small_state(adam(0.1), "int8").init).lower(jnp.ones(8192)).compile().as_text()


def test_a_sudden_gradient_of_a_thousand_is_kept_and_forgotten():
    """The scale grows with it at once, so Adam's moments have it; later the scale comes down again."""
    tx, params = small_state(adam(1e-3, b2=0.9), "int8"), PARAMS
    state, plain = tx.init(params), adam(1e-3, b2=0.9).init(params)
    for step, size in enumerate([1.0] * 3 + [1000.0] + [1.0] * 60):
        given = grads(params, step, size)
        updates, state = update_small(given, state)
        exact, plain = update_plain(given, plain)
        if size > 1:
            np.testing.assert_allclose(state.inner.mu["w"].numbers(), plain.mu["w"], atol=100 * 4 * 1.6 / 127)
        assert jnp.max(jnp.abs(updates["w"])) < 5e-3
    assert jnp.max(state.inner.mu["w"].scales) < 10
    np.testing.assert_allclose(jnp.median(jnp.abs(updates["w"])), jnp.median(jnp.abs(exact["w"])), rtol=0.1)


@jax.jit
def update_small(given, state):
    return small_state(adam(1e-3, b2=0.9), "int8").update(given, state)


@jax.jit
def update_plain(given, state):
    return adam(1e-3, b2=0.9).update(given, state)


@pytest.mark.parametrize("form", ["bf16", "int8"])
def test_without_gradients_nothing_moves_and_rows_that_never_had_one_stay(form):
    tx = small_state(adam(0.1), form, min_size=1)
    params = {"w": PARAMS["w"].at[:, ::2].set(0)}
    state = tx.init(params)
    for _ in range(3):
        updates, state = tx.update(params, state, params)
    np.testing.assert_array_equal(updates["w"][:, ::2], 0)
    updates, _ = tx.update(jax.tree.map(jnp.zeros_like, params), tx.init(params), params)
    np.testing.assert_array_equal(updates["w"], 0)


@pytest.mark.parametrize("form", ["bf16", "int8"])
def test_a_run_goes_on_exactly_from_a_file_and_roundly_from_float32(form):
    tx, plain = small_state(adam(1e-2), form), adam(1e-2)
    whole, _ = run(tx, PARAMS, tx.init(PARAMS), (0, 12))
    params, state = run(tx, PARAMS, tx.init(PARAMS), (0, 6))
    state = restate(tx, jax.device_get(state), params)
    after, _ = run(tx, params, state, (6, 12))
    jax.tree.map(np.testing.assert_array_equal, after, whole)
    params, exact = run(plain, PARAMS, plain.init(PARAMS), (0, 6))
    small = restate(tx, exact, params)
    assert (small.inner.count, small.updates_made) == (6, 0)
    assert gap(run(tx, params, small, (6, 12))[0], whole) < 0.05
    back = restate(plain, small, params)
    assert jnp.linalg.norm(back.mu["w"] - exact.mu["w"]) < 0.03 * jnp.linalg.norm(exact.mu["w"])
    assert jax.tree.structure(back) == jax.tree.structure(exact)


def test_wrappers_go_around_it():
    tx = skip_nonfinite(clip_norm(accumulate(small_state(adam(1e-2), "int8"), 2), 1.0))
    params, state = run(tx, PARAMS, tx.init(PARAMS), (0, 8))
    bad = jax.tree.map(lambda leaf: leaf.at[0].set(jnp.nan), params)
    updates, after = jax.jit(tx.update)(bad, state, params)
    jax.tree.map(np.testing.assert_array_equal, after.inner, state.inner)
    assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(updates))
    inner = state.inner.inner.inner
    assert inner.updates_made == inner.inner.count == 4


def test_lanes_are_what_each_is_alone():
    many = [small_state(adam(rate), "int8", seed=seed) for rate, seed in ((1e-2, 0), (1e-2, 1))]
    lanes = jax.tree.map(lambda *leaves: jnp.stack([jnp.asarray(leaf) for leaf in leaves]), *many)
    together, _ = jax.jit(jax.vmap(lambda tx: trained(tx, PARAMS, tx.init(PARAMS), (0, 5))))(lanes)
    for place, tx in enumerate(many):
        alone, _ = run(tx, PARAMS, tx.init(PARAMS), (0, 5))
        other = ~np.isclose(together["w"][place], alone["w"], rtol=1e-4, atol=1e-6)
        assert np.mean(other) < 0.002  # XLA may contract products in another way, which moves a rounding, rarely
    assert np.mean(together["w"][0] != together["w"][1]) > 0.5


def test_decay_among_the_gradients_does_not_hold_a_moment_down():
    """What it adds to a gradient is no part of the gradient that bounds the slots."""
    inner = sgd(1e-3, momentum=0.9, weight_decay=decay(10.0, goes_with="gradients"))
    tx = small_state(inner, "int8")
    state, plain = tx.init(PARAMS), inner.init(PARAMS)
    for _ in range(5):
        nothing = jax.tree.map(jnp.zeros_like, PARAMS)
        (_, state), (_, plain) = (rule.update(nothing, kept, PARAMS) for rule, kept in ((tx, state), (inner, plain)))
    np.testing.assert_allclose(state.inner.trace["w"].numbers(), plain.trace["w"], atol=5)


def test_optimizers_of_optax_with_known_slots_are_small_too():
    tx = small_state(optax.adamw(1e-2), "int8")
    exact, _ = run(adamw(1e-2), PARAMS, adamw(1e-2).init(PARAMS), (0, 20))
    state = tx.init(PARAMS)
    assert state.inner[0].nu["w"].codes.dtype == jnp.uint8
    after = jax.jit(lambda params, state: trained(tx, params, state, (0, 20)))(PARAMS, state)[0]
    assert gap(after, exact) < 0.05
