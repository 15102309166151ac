"""Gradients and updates of a few rows of a parameter, and how they pass through an optimizer as one leaf."""

from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.layout import rows_laid_out
from lropt_jax._core.limits import shown
from lropt_jax._core.paths import by_path
from lropt_jax._core.refusal import Refused, WrongType, naming


@jax.tree_util.register_pytree_with_keys_class
class Rows:
    """A gradient or an update of some rows of a parameter; those of all other rows are 0.

    An id may stand several times: what its rows say is added up. An id below 0 or not below the height of the parameter
    is padding, and its row is left out.

    `params + rows` adds the rows to an array, so `optax.apply_updates` takes `Rows` as it takes arrays. In a compiled
    step with donated parameters it writes in place.

    Args:
        ids: Which rows, of shape (n,), whole numbers.
        values: Their gradients or updates, of shape (n, ...): the rest is the shape of a row.

    Raises:
        TypeError: `ids` are no whole numbers.
        ValueError: The shapes do not fit together.

    Example:
        >>> import jax.numpy as jnp
        >>> jnp.zeros((4, 2)) + Rows(jnp.array([1, 3, 1]), jnp.ones((3, 2)))
        Array([[0., 0.],
               [2., 2.],
               [0., 0.],
               [1., 1.]], dtype=float32)
    """

    __array_ufunc__ = None  # so that an array of NumPy leaves the sum to `__radd__`

    def __init__(self, ids: Any, values: Any):
        with naming("Rows"):
            self.ids, self.values = whole_ids(ids), values if hasattr(values, "shape") else jnp.asarray(values)
            _check_lengths(self)

    def dense(self, height: int) -> jax.Array:
        """The same as an array with a row for every id below `height`. It has the size of the parameter."""
        return jnp.zeros((height, *self.values.shape[1:]), self.values.dtype) + self

    def __radd__(self, array: Any) -> jax.Array:
        array = jnp.asarray(array)
        with naming("Rows"):
            check_fit(self, array, "")
        ids, values = inside(self.ids, array.shape[0]), self.values.astype(array.dtype)
        return array.at[ids].add(values, mode="drop", **rows_laid_out(array, whole=False))

    def __repr__(self) -> str:
        return f"Rows(ids={self.ids}, values={self.values})"

    def tree_flatten_with_keys(self) -> tuple:
        """The ids and the values, for JAX."""
        named = (("ids", self.ids), ("values", self.values))
        return [(jax.tree_util.GetAttrKey(name), part) for name, part in named], None

    def tree_flatten(self) -> tuple:
        """The same without their names."""
        return (self.ids, self.values), None

    @classmethod
    def tree_unflatten(cls, _: None, parts: Any) -> Self:
        """Put together, checking nothing: JAX puts placeholders in."""
        self = object.__new__(cls)
        self.ids, self.values = parts
        return self


class Bundle:
    """`Rows` on their way through an optimizer: one leaf with the shape of its parameter, and no pytree.

    What treats it as an array raises an error that says which wrapper takes it.
    """

    def __init__(self, rows: Rows, shape: tuple, place: str):
        self.rows, self.shape, self.dtype, self.place = rows, shape, rows.values.dtype, place

    def _refuse(self, *_: Any) -> Any:
        raise self.refusal

    @property
    def refusal(self) -> WrongType:
        """The error of what cannot treat rows."""
        at = f" at {self.place!r}" if self.place else ""
        return WrongType(f"grads must be arrays, got Rows{at}; put wrappers.rows around the whole optimizer.")

    __abs__ = __neg__ = __add__ = __radd__ = __sub__ = __mul__ = __rmul__ = __truediv__ = __pow__ = _refuse
    __array__ = astype = _refuse


def is_rows(node: Any) -> bool:
    """Whether a node of a tree is `Rows`."""
    return isinstance(node, Rows)


def bundled(grads: optax.Updates, params: optax.Params | None) -> optax.Updates:
    """Gradients with each of their `Rows` as one leaf, once it fits its parameter."""
    leaves, tree = jax.tree.flatten(grads, is_leaf=is_rows)
    if not any(map(is_rows, leaves)):
        return grads
    if params is None:
        raise Refused("update needs params where a gradient is Rows; call tx.update(grads, state, params).")
    known = by_path(params)
    for index, (place, leaf) in enumerate(by_path(grads, is_leaf=is_rows).items()):
        if is_rows(leaf):
            if place not in known:
                raise Refused(f"grads must have the tree of params, got Rows for {place!r}, no parameter.")
            check_fit(leaf, known[place], f" at {place!r}" if place else "")
            leaves[index] = Bundle(leaf, np.shape(known[place]), place)
    return jax.tree.unflatten(tree, leaves)


def unbundled(updates: optax.Updates) -> optax.Updates:
    """Updates with their `Rows` as pytrees again."""
    return jax.tree.map(lambda leaf: leaf.rows if isinstance(leaf, Bundle) else leaf, updates)


def refused_bundle(error: Exception, grads: optax.Updates) -> WrongType | None:
    """The refusal of `Rows` by what an error of JAX came from; None where it came from something else."""
    found = [leaf for leaf in jax.tree.leaves(grads) if isinstance(leaf, Bundle)]
    return found[0].refusal if found and Bundle.__name__ in str(error) else None


def inside(ids: jax.Array, height: int) -> jax.Array:
    """Ids with the height in the place of all that are padding: JAX would take an id below 0 from the end."""
    ids = ids.astype(jnp.int64 if jnp.iinfo(ids.dtype).bits == 64 else jnp.int32)
    return jnp.where((ids < 0) | (ids >= height), jnp.asarray(height, ids.dtype), ids)


def check_fit(rows: Rows, param: Any, at: str) -> None:
    """Refuse `Rows` that are none of a parameter."""
    whole_ids(rows.ids)
    _check_lengths(rows)
    shape = np.shape(param)
    if not shape:
        raise Refused(f"grads must be arrays for parameters without rows, got Rows{at} for the shape ().")
    if rows.values.shape[1:] != shape[1:]:
        raise Refused(f"values of Rows must be rows of the shape {shape[1:]}{at}, got {rows.values.shape[1:]}.")


def whole_ids(ids: Any) -> jax.Array:
    """Ids as an array, refused if they are no whole numbers."""
    ids = ids if hasattr(ids, "dtype") else np.asarray(ids)
    if not jnp.issubdtype(ids.dtype, jnp.integer):
        raise WrongType(f"ids must be whole numbers, got {ids.dtype}.")
    return ids if isinstance(ids, jax.Array) else jnp.asarray(ids)


def _check_lengths(rows: Rows) -> None:
    ids, values = rows.ids.shape, rows.values.shape
    if len(ids) != 1:
        raise Refused(f"ids must have the shape (n,), got {ids}; flatten them: ids.ravel().")
    if values[:1] != ids:
        raise Refused(f"values must have a row for each of the {ids[0]} ids, got the shape {shown(values)}.")
