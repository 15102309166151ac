"""Where the batches of a loss come from: arrays on the device, or an iterable on the host."""

from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.refusal import Refused, WrongType, naming
from lropt_jax._core.trees import Tree

OWNER = "Problem.from_loss"  # named in the errors of this file, at the call and later in the run
_CHUNK = 32  # batches sent to the device at a time


def is_arrays(data: Any) -> bool:
    """Whether data are arrays, or a tree of them such as a tuple, rather than an iterable of batches such as a list."""
    if isinstance(data, (list, Iterator)):
        return False
    leaves = jax.tree.leaves(data)
    others = [leaf for leaf in leaves if not hasattr(leaf, "shape")]
    arrays = bool(leaves) and not others
    if isinstance(data, (tuple, Mapping)) and not arrays:
        form, got = type(data).__name__, repr(others[0]) if others else "none"
        raise WrongType(f"data in a {form} must be arrays, got {got}; use np.asarray.")
    return arrays


def on_device(data: Tree) -> Tree:
    """Arrays of any kind as arrays of JAX."""
    return jax.tree.map(jnp.asarray, data)


def rows(key: jax.Array, count: int, size: int) -> jax.Array:
    """`count` whole numbers below `size`, uniform to within `size / 2^32`, twice as fast as `jax.random.randint`."""
    return (jax.random.bits(key, (count,), jnp.uint32) % jnp.uint32(size)).astype(jnp.int32)


def at_most_examples(size: int, **counts: int | None) -> None:
    """Refuse counts above the number of examples."""
    for name, count in counts.items():
        if count is not None and count > size:
            raise Refused(f"{name} must be a whole number from 1 to {size}, the number of examples, got {count}.")


def length_of(data: Tree, name: str = "data") -> int:
    """The number of examples: the length that all arrays have along their first axis."""
    lengths = {np.shape(leaf)[0] if np.ndim(leaf) else 0 for leaf in jax.tree.leaves(data)}
    if len(lengths) != 1 or 0 in lengths:
        raise Refused(f"{name} must have one length along the first axis, got {sorted(lengths)}.")
    return lengths.pop()


class Stream:
    """Batches from any Python iterable, which begins again when it ends. A stream equals only itself."""

    def __init__(self, batches: Iterable[Tree], owner: str = OWNER):
        if not isinstance(batches, Iterable):
            raise WrongType(f"data must be arrays or an iterable of batches, got {batches!r}.")
        if isinstance(batches, list):
            _check_list(batches)
        self.batches, self.owner = batches, owner

    def __repr__(self) -> str:
        many = f"{len(self.batches)} " if isinstance(self.batches, Sized) else ""
        return f"{many}batches from {type(self.batches).__name__}"

    def chunks(self, steps: int) -> Iterator[Tree]:
        """`steps` batches in chunks of some, stacked along a new first axis."""
        endless = self.endless()
        for done in range(0, steps, _CHUNK):
            with naming(self.owner):
                batches = _stacked(endless, min(_CHUNK, steps - done))
            yield batches

    def endless(self) -> Iterator[Tree]:
        """One batch after another. The iterable begins again when it ends."""
        taken = 0
        while True:
            before = taken
            for batch in self.batches:
                taken += 1
                yield batch
            if taken == before:
                raise Refused(f"data ended after {taken} batches; give more, or an iterable that can begin again.")


def _stacked(batches: Iterator[Tree], count: int) -> Tree:
    chunk = [next(batches) for _ in range(count)]
    try:
        return jax.tree.map(lambda *leaves: np.stack(leaves), *chunk)
    except ValueError as error:
        raise Refused(f"batches of data must have one shape; {error}.") from None


def _check_list(batches: list) -> None:
    """Refuse the commonest mistakes: a list of inputs and targets, and lists of numbers."""
    shapes = list(dict.fromkeys(tuple(batch.shape) for batch in batches if hasattr(batch, "shape")))
    if len(shapes) > 1:
        got = f"{shapes[0]} and {shapes[1]}; a tuple is data, a list is batches"
        raise Refused(f"batches of data must have one shape, got {got}.")
    if any(isinstance(batch, list) and all(isinstance(item, (int, float)) for item in batch) for batch in batches):
        raise WrongType("batches of data must be arrays, got a list of numbers; use np.asarray.")
