"""Tests of `watch`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws

from lropt_jax.diagnostics import record, watch
from lropt_jax.optimizers import adam, sgd

PARAMS = {"body": {"w": jnp.array([[3.0, 4.0]]), "b": jnp.array([1.0])}, "head": jnp.array([2.0, -2.0])}


class TestLaws(WrapperLaws):
    specimen = watch(adam(0.1), every=2, keep=3)


def loss(params):
    return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(params)) / 2


def run(tx, params, steps, grads=lambda params, step: params, **extra):
    """The parameters and the state after a compiled scan."""

    def body(carry, step):
        params, state = carry
        value = loss(params)
        updates, state = tx.update(grads(params, step), state, params, value=value, value_fn=loss, **extra)
        return (optax.apply_updates(params, updates), state), value

    return jax.jit(lambda: jax.lax.scan(body, (params, tx.init(params)), jnp.arange(steps)))()


def swinging(params, step):
    return jax.tree.map(lambda leaf: leaf * jnp.cos(1.0 * step), params)


@pytest.mark.parametrize("tx", [sgd(0.1, momentum=0.9), adam(0.1), optax.adamw(0.1)], ids=["sgd", "adam", "optax"])
def test_updates_are_those_of_the_optimizer_bit_for_bit(tx):
    ours, plain = watch(tx, every=2), optax.with_extra_args_support(tx)
    state, other = ours.init(PARAMS), plain.init(PARAMS)
    step, plain_step = jax.jit(ours.update), jax.jit(plain.update)
    for place in range(5):
        grads = swinging(PARAMS, place)
        updates, state = step(grads, state, PARAMS)
        expected, other = plain_step(grads, other, PARAMS)
        jax.tree.map(np.testing.assert_array_equal, (updates, state.inner), (expected, other))


def test_a_row_says_what_numpy_finds():
    tx, history = watch(sgd(0.25), every=3, groups=("body/*",)), []
    (_, state), values = run(tx, PARAMS, 8, swinging)
    rows, params, before = record(state), jax.tree.map(np.asarray, PARAMS), None
    for step in range(8):
        grads = jax.tree.map(np.asarray, swinging(params, step))
        flat, old = (None if tree is None else np.concatenate([np.ravel(x) for x in jax.tree.leaves(tree)])
                     for tree in (grads, before))  # fmt: skip
        size, whole = (
            np.linalg.norm(flat),
            np.linalg.norm(np.concatenate([np.ravel(x) for x in jax.tree.leaves(params)])),
        )
        cosine = np.nan if old is None else flat @ old / size / np.linalg.norm(old)
        history.append((size, 0.25 * size, whole, 0.25 * size / whole, cosine))
        params, before = jax.tree.map(lambda p, g: p - 0.25 * g, params, grads), grads
    assert rows["step"].tolist() == [0, 3, 6]
    names = ("grad_norm", "update_norm", "param_norm", "ratio", "cosine_grads")
    for place, name in enumerate(names):
        np.testing.assert_allclose(rows[name], [history[step][place] for step in (0, 3, 6)], rtol=2e-5, err_msg=name)
    np.testing.assert_allclose(rows["cosine_update"], 1, rtol=1e-5)
    np.testing.assert_allclose(rows["rate"], 0.25)
    np.testing.assert_allclose(rows["value"], values[::3], rtol=1e-6)
    np.testing.assert_allclose(rows["value_mean"], [values[0], values[1:4].mean(), values[4:7].mean()], rtol=1e-5)
    np.testing.assert_allclose(rows["value_std"], [np.nan, values[1:4].std(ddof=1), values[4:7].std(ddof=1)], rtol=1e-4)
    assert rows["groups"] == ["*", "body/*"]
    np.testing.assert_allclose(rows["group_param_norm"][0], [np.sqrt(8), np.sqrt(26)], rtol=1e-6)
    np.testing.assert_allclose(rows["group_ratio"][0], 0.25, rtol=1e-6)
    np.testing.assert_allclose(rows["group_rate"], 0.25)
    np.testing.assert_allclose(rows["limit"], 8)


def test_the_effective_rate_is_the_rate_times_the_scale_of_the_optimizer():
    grads = {"w": jnp.geomspace(1e-3, 1e3, 101)}
    tx = watch(adam(0.1), every=1)
    _, state = jax.jit(tx.update)(grads, tx.init(grads), grads)
    effective = np.quantile(0.1 / np.asarray(grads["w"]), (0, 0.25, 0.5, 0.75, 1))
    np.testing.assert_allclose(record(state)["group_rate"][0, 0], effective, rtol=1e-4)


def test_without_a_scale_the_effective_rate_is_estimated_where_there_is_a_gradient():
    tx, grads = watch(optax.sgd(0.5), every=1), {"w": jnp.array([0.0, 2.0, jnp.nan])}
    _, state = jax.jit(tx.update)(grads, tx.init(grads), grads)
    np.testing.assert_allclose(record(state)["group_rate"][0, 0], 0.5)
    np.testing.assert_allclose(record(state)["nonfinite"], 1 / 3)
    assert np.isnan(record(state)["rate"][0])


CURVED = jnp.array([4.0, 2.0, 1.0, 0.5])


def curved(x):
    return jnp.sum(CURVED * x**2) / 2


@pytest.mark.parametrize("given", [curved, True], ids=["a loss", "value_fn"])
def test_the_sharpness_is_measured_on_its_rows_against_the_limit(given):
    tx, x = watch(sgd(0.1), every=2, sharpness=given, sharpness_every=2), jnp.ones(4)
    state, update = tx.init(x), jax.jit(lambda x, state: tx.update(CURVED * x, state, x, value_fn=curved))
    for _ in range(10):
        updates, state = update(x, state)
        x = x + updates
    rows = record(state)
    assert np.isnan(rows["sharpness"]).tolist() == [False, True, False, True, False]
    np.testing.assert_allclose(rows["sharpness"][[2, 4]], 4, rtol=1e-3)
    np.testing.assert_allclose(rows["limit"], 20, rtol=1e-6)


def test_lanes_in_step_and_out_of_step_have_the_records_of_single_runs_and_branches_stay_branches():
    tx = watch(sgd(0.5), every=3, keep=2)
    starts, firsts = jnp.array([[1.0, 2.0], [3.0, -1.0]]), (0, 1)
    states, alone = [tx.init(x) for x in starts], jax.jit(lambda x, state: tx.update(x, state, x, value=1.0)[1])
    for lane, many in enumerate(firsts):
        for _ in range(many):
            states[lane] = alone(starts[lane], states[lane])
    both = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
    update = jax.vmap(lambda grads, state, params: tx.update(grads, state, params, value=1.0))
    text = str(jax.make_jaxpr(update)(starts, both, starts))
    assert text.count("cond[") == 4, "vmap made choices of the branches"
    step = jax.jit(update)
    for _ in range(5):
        _, both = step(starts, both, starts)
        states = [alone(x, state) for x, state in zip(starts, states, strict=True)]
    assert [rows["step"].tolist() for rows in record(both)] == [[0, 3], [0, 3]]
    for rows, state in zip(record(both), states, strict=True):
        for name, found in record(state).items():
            if name != "groups":
                np.testing.assert_allclose(rows[name], found, rtol=1e-6, err_msg=name)


def test_a_full_ring_gives_its_oldest_row_up():
    tx = watch(sgd(0.1), every=2, keep=3)
    (_, state), _ = run(tx, PARAMS, 11)
    assert record(state)["step"].tolist() == [6, 8, 10]
    assert record(state)["lost"] == 3


def test_a_run_that_is_resumed_from_the_host_has_the_same_record_bit_for_bit():
    tx = watch(adam(0.1), every=3)
    update, states = jax.jit(tx.update), [tx.init(PARAMS), tx.init(PARAMS)]
    for place in range(8):
        grads = swinging(PARAMS, place)
        states = [update(grads, state, PARAMS, value=loss(grads))[1] for state in states]
        states[1] = jax.tree.map(jnp.asarray, jax.device_get(states[1]))
    jax.tree.map(np.testing.assert_array_equal, *states)


def test_the_record_has_the_stated_bytes_and_a_step_compiles_once():
    tx, traces = watch(sgd(0.1), every=2, keep=7, cosine=False), []
    state, bare = tx.init(PARAMS), sgd(0.1).init(PARAMS)
    assert len(record(state)["groups"]) == 2
    assert sum(leaf.nbytes for leaf in jax.tree.leaves(state.record)) == 7 * (56 + 32 * 2) + 4
    others = sum(leaf.nbytes for leaf in jax.tree.leaves((state, bare))) - 7 * (56 + 32 * 2) - 4
    assert others - 2 * sum(leaf.nbytes for leaf in jax.tree.leaves(bare)) == 20

    @jax.jit
    def step(state):
        traces.append(state)
        return tx.update(PARAMS, state, PARAMS, value=1.0)[1]

    for _ in range(5):
        state = step(state)
    assert (len(traces), step._cache_size()) == (1, 1)


def test_nothing_as_large_as_the_parameters_is_copied_on_steps_without_a_row():
    tx, params = watch(adam(0.1)), {"w": jnp.ones((96, 8)), "b": jnp.ones(8)}

    def step(params, state, x):
        value, grads = jax.value_and_grad(lambda p: jnp.mean((jnp.tanh(x @ p["w"]) + p["b"]) ** 2))(params)
        updates, state = tx.update(grads, state, params, value=value)
        return optax.apply_updates(params, updates), state

    text = jax.jit(step, donate_argnums=(0, 1)).lower(params, tx.init(params), jnp.ones((4, 96))).compile().as_text()
    entry = text[text.index("ENTRY") :]
    assert " conditional(" in entry
    assert "f32[96,8]{1,0} copy(" not in entry


def test_lengths_are_right_where_squares_leave_float32():
    tx = watch(sgd(1.0), every=1)
    update = jax.jit(lambda grads: tx.update(grads, tx.init(grads), grads)[1])
    for size in (1e-30, 1e30):
        rows = record(update(jnp.array([3.0, 4.0]) * size))
        np.testing.assert_allclose(
            [rows["grad_norm"][0] / size, rows["cosine_update"][0], rows["ratio"][0]], [5, 1, 1], rtol=1e-5
        )
