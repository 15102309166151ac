"""Tests of the loop."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import stacked, x64

from lropt_jax import learning_rate, lift
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve, start, step
from lropt_jax.schedules import cosine, linear
from lropt_jax.wrappers import averaged, polyak_ruppert

TRACES = []


def field(x, state, key):
    TRACES.append(x)
    noise = 0.1 * jax.random.normal(key, x.shape)
    return 2 * x + noise, state + 1, x @ x


bowl = Problem(lambda key: (jax.random.normal(key, (3,)), jnp.zeros((), jnp.int32)), field, judge=lambda x, s: x @ x)
KEY = jax.random.key(3)


def test_it_is_the_loop_one_would_write():
    tx, at, values = adam(linear(0.1, 40)), None, []
    at = start(bowl, tx, KEY)
    params, state = at.params, at.optimizer_state
    for count in range(40):
        direction, _, value = field(params, 0, jax.random.fold_in(at.key, count))
        values.append(value)
        updates, state = tx.update(direction, state, params)
        params = optax.apply_updates(params, updates)
    solution = solve(bowl, tx, KEY, 40)
    np.testing.assert_allclose(solution.params, params, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(solution.values, values, rtol=1e-4)
    assert solution.state == 40
    assert learning_rate(solution.optimizer_state) == tx.learning_rate(39)


def test_one_compilation_serves_every_rate_and_horizon():
    solve(bowl, sgd(cosine(0.1, 10)), KEY, 25)
    TRACES.clear()
    for rate, horizon in ((0.1, 10), (0.2, 20), (0.05, 30)):
        solve(bowl, sgd(cosine(rate, horizon)), jax.random.key(horizon), 25)
    assert not TRACES


def test_it_is_mapped_over_optimizers_and_keys():
    txs, keys = [sgd(rate) for rate in (0.01, 0.1, 0.2)], jax.random.split(KEY, 3)
    together = jax.vmap(lambda tx, key: solve(bowl, tx, key, 20).values)(stacked(txs), keys)
    for tx, key, values in zip(txs, keys, together, strict=True):
        np.testing.assert_allclose(values, solve(bowl, tx, key, 20).values, rtol=1e-4, atol=1e-6)


def test_it_is_differentiated_by_rate_and_horizon():
    with x64():

        def end(tx):
            return bowl.judge(solve(bowl, tx, KEY, 20).params, 0)

        tx = sgd(linear(0.02, 30.0))
        slope = jax.grad(end)(tx)
        for name, change in (("peak", 1e-6), ("steps", 1e-4)):
            up, down = (
                end(
                    tx.replace(learning_rate=tx.learning_rate.replace(**{name: getattr(tx.learning_rate, name) + sign}))
                )
                for sign in (change, -change)
            )
            np.testing.assert_allclose(getattr(slope.learning_rate, name), (up - down) / (2 * change), rtol=1e-5)


def test_plain_and_lifted_optax_optimizers_are_welcome():
    with x64():
        ours = solve(bowl, adam(0.1), KEY, 30).params
        for tx in (optax.adam(0.1), lift(optax.adam)(0.1), optax.chain(optax.clip(1e9), optax.adam(0.1))):
            np.testing.assert_allclose(solve(bowl, tx, KEY, 30).params, ours, rtol=1e-9)


def test_steps_may_be_of_numpy():
    np.testing.assert_array_equal(solve(bowl, sgd(0.1), KEY, np.int64(7)).values, solve(bowl, sgd(0.1), KEY, 7).values)


def test_the_average_is_that_of_the_later_iterates():
    tx, at, seen = sgd(0.1), None, []
    at = start(bowl, tx, KEY)
    for _ in range(30):
        at, _ = step(bowl, tx, at)
        seen.append(at.params)
    solution = solve(bowl, tx, KEY, 30, average_from=10)
    np.testing.assert_allclose(solution.average, np.mean(seen[10:], axis=0), rtol=1e-4, atol=1e-6)
    assert solve(bowl, tx, KEY, 30).average is None


def test_the_average_is_the_wrappers_also_in_bf16_and_from_a_fraction_of_a_step_on():
    halves = Problem(
        lambda key: (jnp.zeros(64, jnp.bfloat16), ()),
        lambda x, state, key: (x - 1 - jax.random.normal(key, x.shape, x.dtype), state, jnp.mean(x)),
    )
    solution = solve(halves, sgd(0.1), KEY, 400, average_from=99.5)
    wrapped = solve(halves, polyak_ruppert(sgd(0.1), start=100), KEY, 400)
    np.testing.assert_array_equal(solution.average, averaged(wrapped.optimizer_state))
    assert solution.average.dtype == jnp.float32
    assert abs(np.mean(solution.average) - 1) < 0.03  # its standard deviation is 0.008; in bf16 it would stall
    assert jax.tree.structure(solution.optimizer_state) == jax.tree.structure(sgd(0.1).init(solution.params))


def test_streams_are_averaged_and_carry_on_across_chunks():
    batches = [np.float32([value]) for value in range(1, 8)]
    stream = Problem.from_loss(lambda w, x: 0.5 * jnp.sum((w - x) ** 2), lambda key: jnp.zeros(1), batches)
    solution = solve(stream, sgd(lambda step: 1 / (step + 1.0)), KEY, 70, average_from=0)
    np.testing.assert_allclose(solution.params, 4.0, rtol=1e-5)
    running = np.cumsum(np.tile(np.arange(1, 8), 10)) / np.arange(1, 71)
    np.testing.assert_allclose(solution.average, np.mean(running), rtol=1e-4)


def test_bad_arguments_are_refused():
    with pytest.raises(TypeError, match="solve: problem must be a Problem, got <function field at .*>; call it"):
        solve(field, sgd(0.1), KEY, 10)
    with pytest.raises(TypeError, match="solve: problem must be a Problem, got 'bowl'"):
        solve("bowl", sgd(0.1), KEY, 10)
    with pytest.raises(TypeError, match="solve: tx must be a gradient transformation, got 0.1"):
        solve(bowl, 0.1, KEY, 10)
    for steps in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="solve: steps must be a whole number >= 1, got"):
            solve(bowl, sgd(0.1), KEY, steps)
    with pytest.raises(ValueError, match="solve: average_from must be finite and >= 0, got -3"):
        solve(bowl, sgd(0.1), KEY, 10, average_from=-3)
