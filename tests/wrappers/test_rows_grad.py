"""Tests of gradients of rows: those of a dense gradient, of losses as people write them."""

import functools

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lropt_jax._core.rows import Rows, is_rows
from lropt_jax.wrappers import rows_grad, rows_value_and_grad

PARAMS = {"e": jnp.linspace(-1, 1, 20).reshape(10, 2), "b": jnp.linspace(0, 1, 10), "w": jnp.ones((2, 3))}
IDS = jnp.array([[1, 2], [2, -1]])

LOSSES = {  # and the parameters that get rows
    "index": (lambda p, ids: jnp.sum(jnp.sin(p["e"][ids] @ p["w"])) + jnp.sum(p["b"][ids] ** 2), "be"),
    "pairs": (lambda p, ids: jnp.sum(p["e"][ids[0]] * p["e"][ids[1]]) + p["b"][ids[0, 0]], "be"),
    "take": (lambda p, ids: jnp.sum(jnp.take(p["e"], ids, axis=0) ** 2) + jnp.sum(p["b"]), "e"),
    "vmap": (lambda p, ids: jnp.sum(jax.vmap(lambda i: jnp.sin(p["e"][i[0]] * p["e"][i[1]]))(ids)), "e"),
    "half": (lambda p, ids: jnp.sum(p["e"].astype(jnp.bfloat16)[ids].astype(jnp.float32) ** 2), "e"),
    "fill": (lambda p, ids: jnp.sum(p["e"].at[ids + 8].get(mode="fill", fill_value=0) ** 2), "e"),
    "clip": (lambda p, ids: jnp.sum(p["e"].at[ids + 8].get(mode="clip") ** 2), "e"),
    "jit": (lambda p, ids: jax.jit(lambda e: jnp.sum(jax.nn.relu(e[ids])))(p["e"]), "e"),
    "scan": (lambda p, ids: jax.lax.scan(lambda c, i: (c + jnp.sum(p["e"][i]), None), 0.0, ids)[0], ""),
    "tied": (lambda p, ids: jnp.sum(p["e"][ids] @ p["e"].T), ""),
    "columns": (lambda p, ids: jnp.sum(p["e"][ids, 0]), ""),
}


def same(rows, dense):
    whole = jax.tree.map(lambda g, d: dense_of(g, len(d)) if is_rows(g) else g, rows, dense, is_leaf=is_rows)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), whole, dense)


dense_of = jax.jit(Rows.dense, static_argnums=1)


@pytest.mark.parametrize("name", LOSSES)
def test_they_are_the_dense_gradients(name):
    loss, tables = LOSSES[name]
    grads, dense = both(rows_grad(loss), jax.grad(loss), PARAMS, IDS)
    assert "".join(place for place, grad in grads.items() if is_rows(grad)) == tables
    same(grads, dense)


@functools.partial(jax.jit, static_argnums=(0, 1))
def both(ours, theirs, params, ids):
    return ours(params, ids), theirs(params, ids)


def test_embeddings_of_flax_stay_as_they_are():
    graph, params = nnx.split(nnx.Embed(10, 2, rngs=nnx.Rngs(0)))
    linen = nn.Embed(10, 2, dtype=jnp.bfloat16)
    variables = linen.init(jax.random.key(0), IDS)
    for loss, given in (
        (lambda params, ids: jnp.sum(nnx.merge(graph, params)(ids) ** 2), params),
        (lambda variables, ids: jnp.sum(linen.apply(variables, ids).astype(jnp.float32) ** 2), variables),
    ):
        grads, dense = both(rows_grad(loss, tables="*embedding"), jax.grad(loss), given, IDS)
        assert any(map(is_rows, jax.tree.leaves(grads, is_leaf=is_rows)))
        same(grads, dense)


class Words(eqx.Module):
    embedding: eqx.nn.Embedding
    head: eqx.nn.Linear
    activation: object = jax.nn.relu

    def __call__(self, word):
        return self.head(self.activation(self.embedding(word)))


def test_a_module_of_equinox_stays_as_it_is():
    one, two = jax.random.split(jax.random.key(0))
    model = Words(eqx.nn.Embedding(10, 2, key=one), eqx.nn.Linear(2, 3, key=two))

    def loss(model, ids):
        return jnp.sum(jax.vmap(model)(ids.ravel()) ** 2)

    grads, dense = eqx.filter_jit(lambda *given: (rows_grad(loss)(*given), eqx.filter_grad(loss)(*given)))(model, IDS)
    assert is_rows(grads.embedding.weight)
    same(grads, dense)


def test_no_array_of_the_height_of_a_table_is_made():
    table = jnp.zeros((50_000, 2))
    program = jax.jit(rows_grad(lambda table, ids: jnp.sum(table[ids] ** 2))).lower(table, IDS).compile()
    assert program.memory_analysis().temp_size_in_bytes + program.memory_analysis().output_size_in_bytes < 50_000


def test_value_and_more_come_with_them():
    def loss(params, ids, *, scale):
        return scale * jnp.sum(params["e"][ids]), {"ids": ids}

    (value, aux), grads = rows_value_and_grad(loss, has_aux=True)(PARAMS, IDS, scale=2.0)
    np.testing.assert_allclose(value, 2 * jnp.sum(PARAMS["e"][IDS]), rtol=1e-6)
    np.testing.assert_array_equal(aux["ids"], IDS)
    again, more = rows_grad(loss, has_aux=True)(PARAMS, IDS, scale=2.0)
    assert more.keys() == aux.keys()
    np.testing.assert_array_equal(grads["e"].values, again["e"].values)


def test_lanes_have_rows_of_their_own():
    params = jax.tree.map(lambda p: jnp.stack([p, 2 * p]), PARAMS)
    grads = jax.eval_shape(jax.vmap(rows_grad(LOSSES["pairs"][0]), in_axes=(0, None)), params, IDS)
    assert grads["e"].values.shape == (2, 4, 2)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            "w",
            r"tables must be parameters that loss only looks up, table\[ids\], got `dot_general` of it for 'w'; leave",
        ),
        (["e", "unused"], ".* got no lookup for 'unused'; leave it out of tables, and it gets a dense gradient."),
        ("x*", r"pattern 'x\*' must match a parameter"),
    ],
)
def test_tables_that_are_used_otherwise_are_refused(tables, message):
    params = PARAMS | {"unused": jnp.ones(3)}
    with pytest.raises(ValueError, match=f"rows_grad: {message}"):
        rows_grad(LOSSES["index"][0], tables)(params, IDS)


def test_what_is_no_loss_is_refused():
    with pytest.raises(TypeError, match="rows_value_and_grad: loss must be a function, got 3."):
        rows_value_and_grad(3)
    with pytest.raises(TypeError, match="scalar-output functions"):
        rows_grad(lambda params, ids: params["e"][ids])(PARAMS, IDS)
