"""Tests of the two copies that `recover` keeps."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.wrappers._copies import no_copies, reached, renewed, state_to_go_on, towards, without_newer

P, S = {"w": jnp.ones(2)}, {"mu": jnp.ones(2), "best": jnp.float32(jnp.inf)}


def at(number):
    return jax.tree.map(lambda leaf: number * leaf, (P, S))


def run(numbers, every, calm=True):
    copies = no_copies(P, S)
    for number in numbers:
        copies = renewed(copies, *at(number), jnp.array(calm), every)
    return copies


def place(copy):
    np.testing.assert_array_equal(copy.params["w"], copy.arrays["['mu']"])
    return float(copy.params["w"][0])


def test_the_first_call_takes_a_copy_whatever_it_is():
    copies = run([1], every=3, calm=False)
    assert (place(copies.good), int(copies.held)) == (1, 1)


def test_a_copy_is_good_once_the_next_one_is_taken():
    assert [place(copies) for copies in run(range(1, 5), every=3)[:2]] == [1, 4]
    assert [place(copies) for copies in run(range(1, 7), every=3)[:2]] == [1, 4]
    assert [place(copies) for copies in run(range(1, 8), every=3)[:2]] == [4, 7]


def test_no_copy_is_taken_where_the_run_is_not_calm():
    assert place(run(range(1, 20), every=3, calm=False).good) == 1


def test_a_fault_drops_the_newer_copy():
    copies = without_newer(run(range(1, 5), every=3), jnp.array(True))
    for number in range(5, 9):
        copies = renewed(copies, *at(number), jnp.array(True), 3)
    assert [place(copy) for copy in copies[:2]] == [1, 8]


def test_after_a_fault_the_state_is_that_of_the_good_copy():
    copies = run([1], every=3)
    assert float(state_to_go_on(copies, jnp.array(True), at(7)[1])["mu"][0]) == 1
    assert float(state_to_go_on(copies, jnp.array(False), at(7)[1])["mu"][0]) == 7


def test_parameters_are_compared_where_it_is_asked():
    good = run([1], every=3).good
    assert reached(P, good, jnp.array(True))
    assert not reached(at(2)[0], good, jnp.array(True))
    assert reached(at(2)[0], good, jnp.array(False))


def test_the_way_to_a_copy_is_finite_in_the_dtype_of_the_update():
    way = towards(jnp.array([-3e38, 1.0]), jnp.array([3e38, 2.0]), jnp.zeros(2))
    assert np.all(np.isfinite(way))
    assert np.isfinite(towards(jnp.array(0.0), jnp.array(1e9), jnp.zeros((), jnp.float16)))


def test_a_call_that_takes_no_copy_copies_nothing():
    """The compiled program writes all in place: only the branches touch the copies."""

    def step(copies, params, state):
        copies = renewed(copies, params, state, copies.since > 5, 3)
        go = (copies.held >= 0) & (copies.since >= 0)
        return copies, *jax.tree.map(lambda leaf: leaf + go, (params, state))

    given = {"w": jnp.ones((64, 128))}
    compiled = jax.jit(step, donate_argnums=(0, 1, 2)).lower(no_copies(given, given), given, given).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < 64 * 128 * 4
