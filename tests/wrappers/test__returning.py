"""Tests of rows that make up for missed updates: they end where the dense optimizer ends."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import x64

from lropt_jax.optimizers import adagrad, adam, adamw, decay, lion, rmsprop, sgd
from lropt_jax.rates import plateau
from lropt_jax.schedules import cosine, linear
from lropt_jax.wrappers import Rows, caught_up, clip_norm, rows, skip_nonfinite
from lropt_jax.wrappers._returning import Returning, _plus

HEIGHT, STEPS = 16, 120
RANDOM = np.random.default_rng(0)
TARGET = RANDOM.normal(size=(HEIGHT, 2))
IDS = np.minimum(RANDOM.zipf(1.5, (STEPS, 3)), HEIGHT) - 1


def of_rows(read, w, ids):
    return jnp.sum((read * w - jnp.asarray(TARGET)[ids]) ** 2)


@functools.partial(jax.jit, static_argnums=1)
def runs(tx, modes):
    """The tables after runs of the dense optimizer and of `rows`. "late" is "exact" that reads old rows."""

    def dense(params, state, ids):
        grads = jax.grad(lambda p: of_rows(p["table"][ids], p["w"], ids))(params)
        updates, state = tx.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    def sparse(tx, before, params, state, ids):
        grads = jax.grad(of_rows, argnums=(0, 1))
        if before is not None:
            caught = caught_up(tx, state, params, {"table": ids})
            params, state = jax.tree.map(functools.partial(jnp.where, before), caught, (params, state))
        grads = grads(params["table"][ids], params["w"], ids)
        updates, state = tx.update({"table": Rows(ids, grads[0]), "w": grads[1]}, state, params)
        return optax.apply_updates(params, updates), state

    def end(step, tx):
        def body(carry, ids):
            return step(*carry, ids), None

        start = {"table": jnp.zeros((HEIGHT, 2)), "w": jnp.ones(2)}
        return jax.lax.scan(body, (start, tx.init(start)), jnp.asarray(IDS))[0]

    lazy, exact = rows(tx), rows(tx, mode="exact")

    @jax.vmap
    def of_exact(before):
        params, state = end(functools.partial(sparse, exact, before), exact)
        return caught_up(exact, state, params)[0]["table"]

    ends = {"dense": end(dense, tx)[0]["table"]}
    if "lazy" in modes:
        ends["lazy"] = end(functools.partial(sparse, lazy, None), lazy)[0]["table"]
    names = [name for name in ("exact", "late") if name in modes]
    return ends | dict(zip(names, of_exact(jnp.array([name == "exact" for name in names])), strict=True))


def far(ends, name):
    return float(jnp.max(jnp.abs(ends[name] - ends["dense"])))


@pytest.mark.parametrize(
    ("tx", "near"),
    [
        (adam(cosine(0.05, STEPS), eps=1e-12), 1e-9),
        (clip_norm(adamw(cosine(0.05, STEPS), weight_decay=0.3), 1.0), 1e-7),
        (sgd(cosine(0.003, STEPS), momentum=0.9, nesterov=True, weight_decay=0.1), 1e-12),
        (adagrad(0.1, weight_decay=decay(linear(0.02, STEPS), goes_with="nothing", mask="table")), 1e-12),
        (rmsprop(0.01, momentum=0.8), 1e-9),
    ],
    ids=["adam", "adamw", "sgd", "adagrad", "rmsprop"],
)
def test_exact_rows_are_the_dense_optimizer(tx, near):
    """In float64, for chains of 120 steps multiply what float32 rounds."""
    with x64():
        ends = runs(tx, ("exact", "late", "lazy"))
        assert far(ends, "exact") < near
        assert 1e-3 < far(ends, "late") < far(ends, "lazy")


@pytest.mark.slow
@pytest.mark.parametrize(("eps", "inside", "near"), [(1e-3, False, 5e-4), (0.1, False, 0.02), (0.1, True, 0.02)])
def test_a_large_eps_is_followed_to_a_hundredth_of_the_way(eps, inside, near):
    ends = runs(adam(0.01, eps=eps, eps_in_sqrt=inside), ("exact", "lazy"))
    assert far(ends, "exact") < near < 0.05 * float(jnp.max(jnp.abs(ends["dense"])))
    assert far(ends, "exact") < far(ends, "lazy")


def test_float32_is_near_too():
    assert far(runs(adamw(0.02, weight_decay=0.5), ("exact",)), "exact") < 1e-5


def test_a_dense_gradient_after_missed_updates_catches_all_rows_up():
    tx, plain = rows(sgd(0.1, momentum=0.5), mode="exact"), sgd(0.1, momentum=0.5)

    @jax.jit
    def both():
        table = expected = jnp.zeros((3, 2))
        state, other = tx.init(table), plain.init(table)
        for grads in (Rows([0], jnp.ones((1, 2))), Rows([1], jnp.ones((1, 2))), jnp.ones((3, 2))):
            updates, state = tx.update(grads, state, table)
            table = optax.apply_updates(table, updates)
            whole = grads.dense(3) if isinstance(grads, Rows) else grads
            updates, other = plain.update(whole, other, expected)
            expected = optax.apply_updates(expected, updates)
        return (table, state.inner.trace), (expected, other.trace)

    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), *both())


def test_a_skipped_step_is_no_missed_update():
    tx = rows(skip_nonfinite(sgd(0.1, momentum=0.5)), mode="exact")
    table, state, update = jnp.zeros(3), tx.init(jnp.zeros(3)), jax.jit(tx.update)
    for value in (1.0, jnp.nan, 0.0):
        updates, state = update(Rows([0], jnp.full(1, value)), state, table)
        table = optax.apply_updates(table, updates)
    np.testing.assert_allclose(table, [-0.15, 0, 0], rtol=1e-6)


def test_decay_of_a_hundred_thousand_small_shares_is_not_rounded_away():
    pair = jax.lax.fori_loop(0, 100_000, lambda _, pair: _plus(pair, jnp.float32(-1e-5)), jnp.array([-16.0, 0.0]))
    np.testing.assert_allclose(float(pair[0]) + float(pair[1]), -17, rtol=1e-7)


@pytest.mark.parametrize(
    ("tx", "message"),
    [
        (lion(0.1), "optimizer must be sgd, adagrad, rmsprop, adam or adamw with plain numbers .*; take mode='lazy'."),
        (optax.adam(0.1), "optimizer must be sgd"),
        (adam(0.1, b1=linear(0.9, 10)), "optimizer must be sgd"),
        (sgd(0.1, weight_decay=decay(0.1, goes_with="gradients")), "weight_decay must not go with 'gradients'"),
        (adam(0.1, b1=0.99, b2=0.9), r"b1 must be below sqrt\(b2\)"),
    ],
    ids=["lion", "optax", "schedule", "L2", "b1"],
)
def test_what_has_no_closed_form_is_refused(tx, message):
    with pytest.raises(ValueError, match=f"rows: {message}"):
        rows(tx, mode="exact")


def test_a_self_setting_rate_is_taken():
    whole, params = Returning(sgd(plateau(0.1), momentum=0.5)), jnp.ones((2, 1))
    updates, state = whole.update(params, whole.init(params), params, value=1.0)
    np.testing.assert_allclose(updates, -0.1 * params, rtol=1e-6)
    assert state.updated.tolist() == [1, 1]
