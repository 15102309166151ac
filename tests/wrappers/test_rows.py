"""Tests of `rows`: the rows of a batch, updated as a dense optimizer would, or as `torch.optim.SparseAdam` does."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases, trajectory
from laws import WrapperLaws, x64

from lropt_jax.optimizers import adam, adamw, lamb, muon, sgd
from lropt_jax.rates import dog, line_search, polyak
from lropt_jax.schedules import cosine
from lropt_jax.wrappers import Rows, accumulate, clip_norm, groups, rows, rows_grad, skip_nonfinite


class TestLaws(WrapperLaws):
    specimen = rows(adam(0.1))


class TestExactLaws(WrapperLaws):
    specimen = rows(adam(0.1), mode="exact")

    def test_it_works_around_optimizers_of_optax_and_is_still_a_value(self):
        with pytest.raises(ValueError, match="rows: optimizer must be sgd, adagrad, rmsprop, adam or adamw with plain"):
            self.specimen.replace(optimizer=optax.sgd(0.1))


def run_of_rows(tx, given):
    middle = jnp.array(given["m"])

    def step(carry, ids):
        table, state = carry
        updates, state = tx.update(Rows(ids, 2 * (table - middle)[ids]), state, table)
        table = optax.apply_updates(table, updates)
        return (table, state), table

    start = jnp.array(given["params"]["x"])
    return jax.jit(lambda x: jax.lax.scan(step, (x, tx.init(x)), jnp.array(given["ids"]))[1])(start)


@pytest.mark.parametrize("name", ["defaults", "lr and betas"])
def test_lazy_adam_is_torchs_sparse_adam(name):
    """Torch adds `eps` to the root before it corrects the start, which a schedule of `eps` says."""
    case = optimizer_cases("SparseAdam")[name]
    settings = case["hyperparameters"]
    b1, b2 = settings.get("betas", (0.9, 0.999))
    with x64():
        tx = adam(settings["lr"], b1=b1, b2=b2)
        before = tx.replace(eps=lambda step: 1e-8 / jnp.sqrt(1 - b2 ** (step + 1.0)))
        plain, same = (run_of_rows(rows(each), case["given"]) for each in (tx, before))
    np.testing.assert_allclose(same, trajectory(case)[1:], rtol=0, atol=1e-10)
    np.testing.assert_allclose(plain, trajectory(case)[1:], rtol=0, atol=1e-4 * settings["lr"])


def test_dense_gradients_are_updated_exactly_as_without_it():
    params = {"a": jnp.linspace(-1, 1, 12).reshape(4, 3), "b": jnp.ones(2)}

    @jax.jit
    def ends():
        return [[three_updates(tx, params) for tx in (rows(inner), inner)] for inner in inners]

    inners = adam(0.1), clip_norm(sgd(0.1, momentum=0.9), 1.0)
    for ours, theirs in ends():
        jax.tree.map(np.testing.assert_array_equal, ours, theirs)


def three_updates(tx, params):
    def body(carry, _):
        updates, state = tx.update(*carry, carry[0])
        return (optax.apply_updates(carry[0], updates), state), None

    return jax.lax.scan(body, (params, tx.init(params)), length=3)[0]


PARAMS = {"table": jnp.linspace(-1, 1, 30).reshape(10, 3), "bias": jnp.linspace(0, 1, 10), "w": jnp.ones(3)}
IDS = jnp.array([4, 1, 4, 7])


def loss(params, ids):
    return jnp.sum(jnp.sin(params["table"][ids] @ params["w"]) + params["bias"][ids] ** 2)


@pytest.mark.parametrize(
    "tx",
    [clip_norm(adam(0.1), 0.5), skip_nonfinite(adam(0.1)), sgd(polyak()), groups({"w": lamb(0.1), "*": adam(0.1)}),
     optax.adam(0.1)],
    ids=["clip_norm", "skip_nonfinite", "polyak", "groups", "optax"],
)  # fmt: skip
def test_rows_of_the_first_batch_move_as_under_dense_gradients_and_others_stay(tx):
    @jax.jit
    def both(params, ids):
        value, dense = jax.value_and_grad(loss)(params, ids)
        ours, extra = rows(tx), {"value": value} if tx == sgd(polyak()) else {}
        theirs, whole = optax.with_extra_args_support(tx).update(dense, tx.init(params), params, **extra)
        updates, state = ours.update(rows_grad(loss)(params, ids), ours.init(params), params, **extra)
        assert isinstance(updates["table"], Rows)
        return [(optax.apply_updates(params, updates), state), (optax.apply_updates(params, theirs), whole)]

    ours, theirs = both(PARAMS, IDS)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6), ours, theirs)
    still = np.array([0, 2, 3])
    np.testing.assert_array_equal(np.asarray(ours[0]["table"])[still], np.asarray(PARAMS["table"])[still])


def test_a_bad_gradient_is_skipped_whole():
    tx = rows(skip_nonfinite(adam(0.1)))

    @jax.jit
    def update(params, state):
        grads = {**rows_grad(loss)(params, IDS), "table": Rows(IDS, jnp.full((4, 3), jnp.nan))}
        return tx.update(grads, state, params)

    updates, state = update(PARAMS, tx.init(PARAMS))
    jax.tree.map(np.testing.assert_array_equal, optax.apply_updates(PARAMS, updates), PARAMS)
    assert state.skipped == 1
    assert not np.any(state.inner.mu["table"])


def trained(tx, params, batches):
    def step(carry, ids):
        params, state = carry
        updates, state = tx.update(rows_grad(loss)(params, ids), state, params)
        return (optax.apply_updates(params, updates), state), None

    return jax.lax.scan(step, (params, tx.init(params)), batches)[0][0]


@pytest.mark.parametrize("mode", ["lazy", "exact"])
def test_lanes_side_by_side_are_runs_one_by_one(mode):
    batches = jnp.array([[1, 2], [2, 2], [0, 9]])
    rates, starts = jnp.array([0.1, 0.2]), jax.tree.map(lambda p: jnp.stack([p, 2 * p]), PARAMS)

    def run(rate, start):
        return trained(rows(adamw(cosine(rate, 5)), mode=mode), start, batches)

    together, alone_too = jax.jit(jax.vmap(run))(rates, starts), jax.jit(run)
    for lane in range(2):
        alone = alone_too(rates[lane], jax.tree.map(lambda p, at=lane: p[at], starts))
        jax.tree.map(lambda a, b, at=lane: np.testing.assert_allclose(a[at], b, rtol=1e-5, atol=1e-6), together, alone)


def test_a_run_has_a_slope_for_the_learning_rate():
    def end(rate):
        return loss(trained(rows(adam(rate)), PARAMS, jnp.array([[1, 2], [2, 2]])), IDS)

    slope, low, high = jax.jit(lambda rate, *others: (jax.grad(end)(rate), *map(end, others)))(0.1, 0.099, 0.101)
    numeric = (high - low) / 0.002
    np.testing.assert_allclose(slope, numeric, rtol=0.02)


@pytest.mark.parametrize("mode", ["lazy", "exact"])
def test_a_donated_table_is_written_in_place_and_one_program_serves_all_steps(mode):
    tx, height = rows(adamw(0.1), mode=mode), 20_000
    table = jnp.zeros((height, 8))

    def step(table, state, grads):
        updates, state = tx.update(grads, state, table)
        return optax.apply_updates(table, updates), state

    state, grads = tx.init(table), Rows(jnp.arange(16), jnp.ones((16, 8)))
    update = jax.jit(step, donate_argnums=(0, 1))
    program = update.lower(table, state, grads).compile()
    assert not [line for line in program.as_text().splitlines() if f"[{height}" in line and " copy(" in line]
    assert program.memory_analysis().temp_size_in_bytes < height
    assert program.memory_analysis().alias_size_in_bytes >= 3 * table.nbytes
    for _ in range(3):
        table, state = update(table, state, grads)
    assert update._cache_size() == 1
    assert np.all(np.isfinite(table))


@pytest.mark.parametrize(
    ("tx", "message"),
    [
        (lamb(0.1), r"rows: optimizer must update every row by itself, got one whose update mixes rows \(reduce_sum\)"),
        (muon(0.1), "must update every row by itself"),
        (sgd(dog()), "must update every row by itself"),
        (optax.adafactor(0.1, min_dim_size_to_factor=2), "must update every row by itself|must keep its slots as rows"),
        (accumulate(adam(0.1), 2), "rows: optimizer must make a step at every call, got one that gathers gradients"),
        (sgd(line_search()), "optimizer must not call value_fn where gradients are Rows; take a rate that reads no"),
    ],
    ids=["lamb", "muon", "dog", "adafactor", "accumulate", "line_search"],
)
def test_an_optimizer_that_needs_whole_parameters_is_refused(tx, message):
    def value_fn(params):
        return loss(params, IDS)

    with pytest.raises(ValueError, match=message):
        rows(tx).update(rows_grad(loss)(PARAMS, IDS), rows(tx).init(PARAMS), PARAMS, value=1.0, value_fn=value_fn)


def test_a_word_that_is_no_mode_is_refused():
    with pytest.raises(ValueError, match="rows: mode must be one of lazy, exact, got 'eager'."):
        rows(adam(0.1), mode="eager")


def test_a_lazy_state_is_that_of_the_optimizer_so_checkpoints_fit_both_ways():
    tx, plain = rows(adam(0.1)), adam(0.1)
    assert jax.tree.structure(tx.init(PARAMS)) == jax.tree.structure(plain.init(PARAMS))
