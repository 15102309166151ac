"""Tests of gradients of rows, and of how they pass through an optimizer."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import chain, lift
from lropt_jax._core.rows import Bundle, Rows, bundled, inside, is_rows, unbundled
from lropt_jax.optimizers import adam, lion, sgd
from lropt_jax.wrappers import accumulate, clip_norm, groups, rows, skip_nonfinite

ROWS = Rows(jnp.array([2, 0, 2, -1, 5]), jnp.arange(10.0).reshape(5, 2))
DENSE = np.array([[2, 3], [0, 0], [4, 6], [0, 0]])


@pytest.mark.parametrize("make", [jnp.zeros, np.zeros])
def test_an_array_plus_rows_adds_repeated_ones_and_leaves_padding_out(make):
    np.testing.assert_array_equal(make((4, 2), np.float32) + ROWS, DENSE)
    np.testing.assert_array_equal(ROWS.dense(4), DENSE)


def test_apply_updates_of_optax_takes_them_and_keeps_the_dtype():
    params = {"a": jnp.ones((4, 2), jnp.bfloat16), "b": jnp.ones(1)}
    after = optax.apply_updates(params, {"a": ROWS, "b": jnp.ones(1)})
    assert after["a"].dtype == jnp.bfloat16
    np.testing.assert_array_equal(after["a"].astype(float), 1 + DENSE)


def test_they_are_a_pytree_that_can_hold_anything():
    leaves, tree = jax.tree.flatten(ROWS)
    assert [leaf.shape for leaf in leaves] == [(5,), (5, 2)]
    assert is_rows(jax.tree.unflatten(tree, [None, object()]))
    paths = [jax.tree_util.keystr(place) for place, _ in jax.tree_util.tree_leaves_with_path(ROWS)]
    assert paths == [".ids", ".values"]
    assert repr(Rows(jnp.array([1]), jnp.ones(1))) == "Rows(ids=[1], values=[1.])"


@pytest.mark.parametrize("kind", [jnp.int8, jnp.uint8, jnp.uint32])
def test_ids_of_any_whole_kind_find_their_rows(kind):
    assert inside(jnp.array([1, 100, 127], kind), 1000).tolist() == [1, 100, 127]
    assert inside(jnp.array([1, 100, 127], kind), 100).tolist() == [1, 100, 100]


@pytest.mark.parametrize(
    ("ids", "values", "message"),
    [
        ([0.5], [1.0], "Rows: ids must be whole numbers, got float64."),
        ([True], [1.0], "Rows: ids must be whole numbers, got bool."),
        ([[0]], [1.0], r"Rows: ids must have the shape \(n,\), got \(1, 1\); flatten them: ids.ravel\(\)."),
        ([0, 1], [1.0], r"Rows: values must have a row for each of the 2 ids, got the shape \(1,\)."),
    ],
)
def test_what_is_no_rows_is_refused(ids, values, message):
    with pytest.raises(ValueError, match=message):
        Rows(ids, values)


def test_rows_that_do_not_fit_their_parameter_are_refused():
    params, tx = {"a": jnp.ones((4, 2)), "c": jnp.ones(())}, rows(sgd(0.1))
    whole = {"a": jnp.ones((4, 2)), "c": jnp.ones(())}

    def update(place, given, params=params):
        return tx.update(whole | {place: given}, tx.init(whole), params)

    with pytest.raises(ValueError, match=r"rows: values of Rows must be rows of the shape \(2,\) at 'a', got \(3,\)."):
        update("a", Rows([1], jnp.ones((1, 3))))
    with pytest.raises(ValueError, match="rows: grads must be arrays for parameters without rows, got Rows at 'c'"):
        update("c", Rows([1], jnp.ones(1)))
    with pytest.raises(ValueError, match="rows: update needs params where a gradient is Rows"):
        update("a", ROWS, None)
    with pytest.raises(ValueError, match="rows: grads must have the tree of params, got Rows for 'z', no parameter"):
        update("z", ROWS)
    scaled = jax.tree.map(lambda leaf: leaf / 2, ROWS)  # as somebody may average gradients
    with pytest.raises(TypeError, match="rows: ids must be whole numbers, got float32."):
        update("a", scaled)
    with pytest.raises(ValueError, match="Rows: values of Rows must be rows of the shape"):
        jnp.ones((4, 3)) + ROWS


@pytest.mark.parametrize(
    "tx",
    [
        adam(0.1),
        sgd(0.1, weight_decay=0.1),
        lion(0.1),
        lift(optax.adam)(0.1),
        lift(optax.sgd)(0.1),
        clip_norm(adam(0.1), 1.0),
        skip_nonfinite(rows(adam(0.1))),
        accumulate(rows(adam(0.1)), 2),
        groups({"*": adam(0.1)}),
        chain(optax.clip(1.0), rows(adam(0.1))),
    ],
    ids=lambda tx: tx.factory.name,
)
def test_what_takes_arrays_alone_says_which_wrapper_takes_rows(tx):
    params = {"a": jnp.ones((4, 2))}
    with pytest.raises(TypeError, match="grads must be arrays, got Rows at 'a'; put wrappers.rows around the whole op"):
        tx.update({"a": ROWS}, tx.init(params), params)


def test_inside_of_an_optimizer_they_are_one_leaf():
    grads = {"a": ROWS, "b": jnp.ones(3)}
    inner = bundled(grads, {"a": jnp.ones((4, 2)), "b": jnp.ones(3)})
    assert isinstance(inner["a"], Bundle)
    assert inner["a"].shape == (4, 2)
    assert unbundled(inner)["a"] is ROWS
    assert bundled(inner["b"], None) is inner["b"]
