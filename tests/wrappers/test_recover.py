"""Tests of `recover`."""

import pickle

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws

from lropt_jax import learning_rate, restate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import plateau
from lropt_jax.schedules import linear
from lropt_jax.wrappers import accumulate, ema, recover, skip_nonfinite


class TestLaws(WrapperLaws):
    specimen = recover(adam(0.1), every=2)
    copies = ("copies",)


START = {"w": jnp.array([1.0, -2.0]), "b": jnp.array([0.5])}


@jax.jit
def step(tx, params, state, scale, value):
    updates, state = tx.update(jax.tree.map(lambda p: scale * p, params), state, params, value=value)
    return optax.apply_updates(params, updates), state


def run(tx, scales, values=None, params=START):
    """The parameters and states before the first call and after each."""
    path = [(params, tx.init(params))]
    for place, scale in enumerate(scales):
        value = 1.0 if values is None else values[place]
        path.append(step(tx, *path[-1], scale, value))
    return path


def same(left, right):
    jax.tree.map(np.testing.assert_array_equal, left, right)


@pytest.mark.parametrize(("scale", "value"), [(jnp.nan, 1.0), (jnp.inf, 1.0), (1.0, jnp.nan), (1.0, jnp.inf), (1, 1e6)])
def test_a_fault_goes_back_to_the_last_good_parameters_and_state_at_a_lower_rate(scale, value):
    tx = recover(adam(linear(0.1, 100)), every=3)
    path = run(tx, [1.0] * 13 + [scale, 1.0, 1.0], [1.0] * 13 + [value, 1.0, 1.0])
    good, good_state = path[9]  # copies were taken at the calls 0, 3, 6, 9, 12: that of 9 is proven
    near, state = path[14]
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), near, good)
    same(state.inner, good_state.inner)
    assert (state.recovered, state.last, state.factor, state.stop) == (1, 13, 0.5, False)
    assert learning_rate(state) == pytest.approx(0.5 * linear(0.1, 100)(8))
    same(path[15][0], good)  # the first addition has rounded, so the next call went the rest of the way
    after, state = path[16]
    plain, _ = step(tx, good, good_state, 1.0, 1.0)
    np.testing.assert_allclose(after["w"] - good["w"], 0.5 * (plain["w"] - good["w"]), rtol=1e-4)
    assert (state.recovered, state.inner.count) == (1, 10)


def test_while_all_is_well_it_is_the_optimizer():
    tx, params, state = optax.adamw(0.1), START, optax.adamw(0.1).init(START)
    scales = [1.0, -0.5, 2.0, 1.0]

    @jax.jit
    def plainly(params, state, scale):
        updates, state = tx.update(jax.tree.map(lambda p: scale * p, params), state, params)
        return optax.apply_updates(params, updates), state

    for (ours, _), scale in zip(run(recover(tx, every=2), scales)[1:], scales, strict=True):
        params, state = plainly(params, state, scale)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), ours, params)


def test_a_copy_from_just_before_the_break_is_not_gone_back_to():
    """At call 8 a copy is taken; the step after it spoils everything, and call 9 sees it."""
    tx = recover(sgd(0.1), every=4)
    path = run(tx, [1.0] * 9 + [jnp.nan])
    same(path[-1][0], path[4][0])
    again = run(tx, [1.0] * 9 + [jnp.nan] * 2)[-1]
    same(again[0], path[4][0])
    assert (again[1].recovered, again[1].factor) == (2, 0.25)


def test_no_copy_is_taken_while_the_loss_is_above_its_level():
    rising = [1.0 + 0.01 * place for place in range(30)]
    _, state = run(recover(sgd(0.1), every=2, spike=None), [1.0] * 30, rising)[-1]
    same(state.copies.good.params, START)


def test_after_the_last_time_it_stays_at_the_copy_and_says_so():
    tx = recover(sgd(0.1), every=2, times=2)
    path = run(tx, [1.0] * 6 + [jnp.nan] * 3 + [1.0] * 3)
    assert [int(state.recovered) for _, state in path[6:]] == [0, 1, 2, 2, 2, 2, 2]
    assert [bool(state.stop) for _, state in path[6:]] == [False, False, False, True, True, True, True]
    for params, _ in path[8:]:
        same(params, path[2][0])
    never = run(recover(sgd(0.1), times=0), [1.0, jnp.nan, 1.0])[-1]
    same(never[0], START)
    assert never[1].stop


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.float16])
def test_it_lands_on_the_copy_exactly_from_however_far(dtype):
    """One addition rounds; the calls after it go on until every parameter is the copy's, and make no step."""
    start = jnp.array([1.0, 0.3, -1e-3, 7.0, 0.0], dtype)
    tx = recover(sgd(1.0), every=1000)
    params, state = run(tx, [0.0], params=start)[-1]
    far = jnp.array([3e4, -2e4, 5e4, 0.1, 1.0], dtype) * (1 if dtype == jnp.float16 else 1e25)
    params, state = step(tx, far, state, jnp.nan, 1.0)
    for _ in range(16):
        assert np.all(np.isfinite(params.astype(jnp.float32)))
        params, state = step(tx, params, state, 0.0, 1.0)
    same(params, start)
    assert (state.recovered, state.tries_left) == (1, 0)


def test_an_update_that_would_spoil_a_parameter_is_left_out_and_the_next_call_goes_back():
    tx, params = recover(optax.scale(-jnp.inf), every=10), jnp.array([1.0, 0.0])
    after, state = step(tx, params, tx.init(params), 1.0, 1.0)
    same(after, params)
    assert state.spoiled
    _, state = step(tx, after, state, 1.0, 1.0)
    assert (state.recovered, state.last) == (1, 1)


def test_without_a_loss_only_what_is_not_finite_counts():
    tx = recover(sgd(0.1))
    state, update = tx.init(START), jax.jit(tx.update)
    for scale, recovered in ((1.0, 0), (1e6, 0), (jnp.nan, 1)):
        _, state = update(jax.tree.map(lambda p, s=scale: s * p, START), state, START)
        assert state.recovered == recovered


def test_nan_is_no_result_where_a_plateau_waits_for_one():
    _, state = run(recover(sgd(plateau(0.1))), [1.0] * 3, [1.0, jnp.nan, 2.0])[-1]
    assert state.recovered == 0
    assert state.inner.rate.results == 2


def test_lanes_go_back_alone():
    tx, scales = recover(adam(0.1), every=2), jnp.array([1.0, jnp.nan])

    def lane(scale):
        def body(carry, each):
            return step(tx, *carry, each, 1.0), None

        given = jnp.ones(5).at[3].set(scale)
        params, state = jax.lax.scan(body, (START, tx.init(START)), given)[0]
        return params, state.recovered

    params, recovered = jax.jit(jax.vmap(lane))(scales)
    assert recovered.tolist() == [0, 1]
    for place, scale in enumerate(scales):
        alone = run(tx, [1.0] * 3 + [scale, 1.0])[-1][0]
        np.testing.assert_allclose(params["w"][place], alone["w"], rtol=1e-6)


def test_a_run_resumed_from_a_file_is_the_run_that_never_stopped_bit_for_bit():
    tx, scales = recover(adam(0.1), every=2), [1.0] * 5 + [jnp.nan] + [1.0] * 4
    whole = run(tx, scales)
    params, state = pickle.loads(pickle.dumps(jax.device_get(whole[5])))
    for scale in scales[5:]:
        params, state = step(tx, params, state, scale, 1.0)
    same((params, state), whole[-1])


def test_put_around_a_run_that_is_on_its_way_it_goes_back_to_where_it_began():
    tx = adam(linear(0.1, 100))
    params, state = START, tx.init(START)
    for _ in range(5):
        params, state = step(tx, params, state, 1.0, 1.0)
    ours = recover(tx, every=4)
    state = restate(ours, state, params)
    after, state = step(ours, *step(ours, params, state, 1.0, 1.0), jnp.nan, 1.0)
    same(after, params)
    assert state.inner.count == 5


def test_it_works_inside_and_around_other_wrappers():
    bad = [1.0] * 4 + [jnp.nan] * 2 + [1.0] * 4
    for tx in (accumulate(recover(adam(0.1)), 2), recover(accumulate(adam(0.1), 2)), ema(recover(adam(0.1)))):
        params, state = run(tx, bad)[-1]
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(params))
    _, state = run(skip_nonfinite(recover(adam(0.1))), bad)[-1]
    assert (state.skipped, state.inner.recovered) == (2, 0)
