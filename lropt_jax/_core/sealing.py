"""What is not a number goes through JAX as part of a tree's definition."""

from collections.abc import Hashable
from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.numbers import is_number


@jax.tree_util.register_static
class Static:
    """A node without leaves: takes what is not a number through JAX as part of the tree's definition."""

    def __init__(self, value: Hashable):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Static) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@jax.tree_util.register_static
class Aside:
    """A node without leaves for what no program reads, such as a name: it is equal to every other one."""

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Aside)

    def __hash__(self) -> int:
        return hash(Aside)


def seal(tree: Any) -> Any:
    """Wrap every leaf that is not a number, so that the rest of the tree can go through `jit` and `vmap`.

    Whole numbers that JAX cannot take, beyond its integers, become floats.
    """

    def sealed(leaf: Any) -> Any:
        if isinstance(leaf, int) and is_number(leaf) and abs(leaf) > jnp.iinfo(jnp.int32).max:
            return float(leaf)
        return leaf if is_number(leaf) else Static(leaf)

    return jax.tree.map(sealed, tree)
