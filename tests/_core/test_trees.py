"""Tests of the names of trees."""

import inspect

import jax.numpy as jnp

from lropt_jax._core.checking import check
from lropt_jax._core.trees import ArrayLike, OptState, Params, Tree, Updates


def test_signatures_print_the_names():
    def function(grads: Updates, state: OptState, params: Params | None = None, *, data: Tree, share: ArrayLike): ...

    printed = "(grads: Updates, state: OptState, params: Optional[Params] = None, *, data: Tree, share: ArrayLike)"
    assert str(inspect.signature(function)).replace("Params | None", "Optional[Params]") == printed


def test_they_refuse_nothing():
    for alias in (ArrayLike, OptState, Params, Tree, Updates):
        check("argument", alias, {"weights": jnp.ones(2)})
