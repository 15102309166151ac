"""How a step gets its batch: all data, a draw, the next one of an epoch, or one from the host."""

from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind
from lropt_jax._core.brief import brief
from lropt_jax._core.checking import check
from lropt_jax._core.kinds import Size
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import Tree
from lropt_jax.problems.data import at_most_examples, length_of, on_device, rows
from lropt_jax.problems.shuffle import shuffled

Order = Literal["random", "epochs"]


class Epochs(NamedTuple):
    """The state of a problem whose batches come in epochs: the model's, and where the run is in the data."""

    model: Tree
    seed: jax.Array  # (2,) uint32, of the order of each epoch
    taken: jax.Array  # () int32, batches so far

    def __repr__(self) -> str:
        return brief(self)


class Fed(NamedTuple):
    """What `field` gets as its state where batches come from the host and the model has a state too."""

    state: Tree
    batch: Tree


def fed(state: Tree, batch: Tree) -> Tree:
    """What `field` gets as its state: with a batch from the host that batch, and beside it the state if there is one.

    Args:
        state: Of the iterate.
        batch: From the host. None: the problem draws its own.

    Example:
        >>> fed((), 1.0), fed(0, None), fed(0, 1.0)
        (1.0, 0, Fed(state=0, batch=1.0))
    """
    if batch is None:
        return state
    return batch if nothing(state) else Fed(state, batch)


def nothing(state: Any) -> bool:
    """Whether a problem has no state. A model's own may be an empty dict."""
    return state is None or (type(state) is tuple and not state)


def drawing(data: Tree, batch_size: int | None, order: Order) -> jax.tree_util.Partial:
    """`draw(state, key) -> (the model's state, batch)` from arrays with examples along the first axis."""
    size = length_of(data)
    if batch_size is None:
        if order == "epochs":
            raise Refused("batch_size must be given for order='epochs', got None.")
        return bind(_whole, on_device(data))
    check("batch_size", Size, batch_size)
    at_most_examples(size, batch_size=batch_size)
    return bind(_sampled if order == "random" else _next, on_device(data), count=int(batch_size))


def taking() -> jax.tree_util.Partial:
    """The same for batches from the host."""
    return bind(_taken)


def numbered(model: Tree, key: jax.Array) -> Epochs:
    """The state before the first epoch."""
    return Epochs(model, jax.random.bits(jax.random.fold_in(key, 1), (2,), jnp.uint32), jnp.zeros((), jnp.int32))


def model_of(state: Any) -> Any:
    """The model's state in the problem's."""
    return state.model if isinstance(state, Epochs) else state


def after(state: Any, model: Any) -> Any:
    """The problem's state after a step that left the model's as given."""
    return state._replace(model=model, taken=state.taken + 1) if isinstance(state, Epochs) else model


def _whole(data: Tree, state: Any, key: jax.Array) -> tuple[Any, Tree]:
    return state, data


def _sampled(data: Tree, state: Any, key: jax.Array, *, count: int) -> tuple[Any, Tree]:
    drawn = rows(key, count, length_of(data))
    return state, jax.tree.map(lambda leaf: leaf[drawn], data)


def _next(data: Tree, state: Epochs, key: jax.Array, *, count: int) -> tuple[Any, Tree]:
    size = length_of(data)
    epoch, place = jnp.divmod(state.taken, size // count)
    following = shuffled(place * count + jnp.arange(count), size, state.seed, epoch)
    return state.model, jax.tree.map(lambda leaf: leaf[following], data)


def _taken(state: Any, key: jax.Array) -> tuple[Any, Tree]:
    return (state.state, state.batch) if isinstance(state, Fed) else ((), state)
