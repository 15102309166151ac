"""Where the batches of a loss come from: arrays on the device, or an iterable on the host."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax

_CHUNK = 32  # batches sent to the device at a time


def is_arrays(data: Any) -> bool:
    """Whether data are arrays, or a tree of them, rather than an iterable of batches."""
    if isinstance(data, (list, Iterator)):
        return False
    leaves = jax.tree.leaves(data)
    return bool(leaves) and all(hasattr(leaf, "shape") for leaf in leaves)


def on_device(data: chex.ArrayTree) -> chex.ArrayTree:
    """Arrays of any kind as arrays of JAX."""
    return jax.tree.map(jnp.asarray, data)


def rows(key: jax.Array, count: int, size: int) -> jax.Array:
    """`count` whole numbers below `size`, uniform to within `size / 2^32`, at half the cost of `jax.random.randint`."""
    return (jax.random.bits(key, (count,), jnp.uint32) % jnp.uint32(size)).astype(jnp.int32)


def drawn(data: chex.ArrayTree, batch_size: int | None) -> jax.tree_util.Partial:
    """`draw(key) -> batch`: examples drawn uniformly with replacement, or all of them.

    Args:
        data: Arrays with examples along the first axis.
        batch_size: Examples a draw; None for all.
    """
    lengths = {np.shape(leaf)[0] if np.ndim(leaf) else 0 for leaf in jax.tree.leaves(data)}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"Problem.from_loss: data must have one length along the first axis, got {sorted(lengths)}.")
    size = lengths.pop()
    if batch_size is None:
        return jax.tree_util.Partial(lambda data, key: data, on_device(data))
    if not 1 <= batch_size <= size:
        raise ValueError(f"Problem.from_loss: batch_size must be from 1 to {size}, got {batch_size}.")

    def draw(data: chex.ArrayTree, key: jax.Array) -> chex.ArrayTree:
        drawn = rows(key, batch_size, size)
        return jax.tree.map(lambda leaf: leaf[drawn], data)

    return jax.tree_util.Partial(draw, on_device(data))


class Stream:
    """Batches from any Python iterable, begun again at its end; equal only to itself."""

    def __init__(self, batches: Iterable[chex.ArrayTree]):
        if not isinstance(batches, Iterable):
            raise TypeError(f"Problem.from_loss: data must be arrays or an iterable of batches, got {batches!r}.")
        self.batches = batches

    def chunks(self, steps: int) -> Iterator[chex.ArrayTree]:
        """`steps` batches, stacked along a new first axis, some at a time."""
        endless = self._endless()
        for done in range(0, steps, _CHUNK):
            chunk = [next(endless) for _ in range(min(_CHUNK, steps - done))]
            try:
                yield jax.tree.map(lambda *leaves: np.stack(leaves), *chunk)
            except ValueError as error:
                raise ValueError(f"Problem.from_loss: batches of data must have one shape; {error}.") from None

    def _endless(self) -> Iterator[chex.ArrayTree]:
        taken = 0
        while True:
            before = taken
            for batch in self.batches:
                taken += 1
                yield batch
            if taken == before:
                raise ValueError(
                    f"Problem.from_loss: data ended after {taken} batches; give more, or what can begin again."
                )


def takes_key(loss: Callable[..., jax.Array]) -> bool:
    """Whether a loss is `loss(params, batch, key)` rather than `loss(params, batch)`."""
    try:
        return len(inspect.signature(loss).parameters) > 2
    except ValueError:  # a compiled function that shows no signature
        return False


def scalar(loss: Callable[..., jax.Array]) -> Callable[[optax.Params, Any, jax.Array], jax.Array]:
    """A loss of two or three arguments as `loss(params, batch, key)`, refused where it is no scalar."""
    noisy = takes_key(loss)

    def of_three(params: optax.Params, batch: Any, key: jax.Array) -> jax.Array:
        value = loss(params, batch, key) if noisy else loss(params, batch)
        if jnp.shape(value) != ():
            got = f"shape {jnp.shape(value)}"
            raise ValueError(f"Problem.from_loss: loss must return a scalar, got {got}; average over the batch.")
        return value

    return of_three
