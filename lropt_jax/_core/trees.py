"""Types of trees and arrays under plain names: without them `help` prints a page of `Union` for each."""

import jax.typing
import optax
from chex import ArrayTree
from typing_extensions import TypeAliasType

ArrayLike = TypeAliasType("ArrayLike", jax.typing.ArrayLike)
Params = TypeAliasType("Params", optax.Params)  # a tree of arrays: what is learned
Updates = TypeAliasType("Updates", optax.Updates)  # a tree like the parameters: gradients, directions, updates
OptState = TypeAliasType("OptState", optax.OptState)
Tree = TypeAliasType("Tree", ArrayTree)  # any tree of arrays
