"""Lanes: the runs to make, and which of them can share a program."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.lifting import Factory, lift
from lropt_jax._core.values import Optimizer


class Lane(NamedTuple):
    """One run to make: an optimizer at a rate, from a seed."""

    optimizer: str
    rate: float
    seed: int
    tx: Optimizer


def makers(optimizers: Any) -> dict[str, Callable[[Any], Optimizer]]:
    """By name, how each optimizer is made from its learning rate.

    Args:
        optimizers: One, a sequence, or a mapping from names, of: factories or functions `rate -> optimizer`, and
            optimizers whose `learning_rate` is to be replaced.
    """
    if not isinstance(optimizers, (Mapping, Sequence)) or isinstance(optimizers, (optax.GradientTransformation, str)):
        optimizers = [optimizers]
    if not isinstance(optimizers, Mapping):
        names = [_name(item) for item in optimizers]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"sweep: optimizers must have different names, got {repeated[0]} twice; give a dict.")
        optimizers = dict(zip(names, optimizers, strict=True))
    if not optimizers:
        raise ValueError("sweep: optimizers must name at least one, got none.")
    return {name: _maker(name, item) for name, item in optimizers.items()}


def _name(item: Any) -> str:
    factory = item.factory if isinstance(item, Optimizer) else item
    return factory.name if isinstance(factory, Factory) else getattr(factory, "__name__", repr(item))


def _maker(name: str, item: Any) -> Callable[[Any], Optimizer]:
    if isinstance(item, Optimizer):
        if "learning_rate" not in item.arguments:
            raise TypeError(
                f"sweep: optimizers[{name!r}] must have a learning_rate, got {item!r}; give a function of it."
            )
        return lambda rate: item.replace(learning_rate=rate)
    if isinstance(item, optax.GradientTransformation):
        raise TypeError(
            "sweep: optimizers must be functions of the rate, got an Optax transformation, whose rate is set; "
            "give lambda rate: optax.adam(rate)."
        )
    if not callable(item):
        raise TypeError(f"sweep: optimizers[{name!r}] must be a function of the rate or an optimizer, got {item!r}.")
    return functools.partial(_valued, name, _named(name, item))


def _named(name: str, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function with a name, as `lift` wants it: one for all rates, so that they share a program."""
    if hasattr(make, "__name__"):
        return make

    def named(learning_rate: Any) -> Any:
        return make(learning_rate)

    named.__name__ = name
    return named


def _valued(name: str, make: Callable[[Any], Any], rate: Any) -> Optimizer:
    tx = make(rate)
    if isinstance(tx, Optimizer):
        return tx
    if isinstance(tx, optax.GradientTransformation):
        return lift(make)(rate)
    raise TypeError(f"sweep: optimizers[{name!r}] must make a gradient transformation, got {tx!r}.")


def groups(lanes: Sequence[Lane]) -> list[list[int]]:
    """The places of lanes of one structure, which share a compilation: the same tree, shapes and dtypes."""
    kinds: dict[Any, list[int]] = {}
    for place, lane in enumerate(lanes):
        leaves, tree = jax.tree.flatten(lane.tx)
        kinds.setdefault((tree, *((np.shape(leaf), jnp.result_type(leaf)) for leaf in leaves)), []).append(place)
    return list(kinds.values())


def side_by_side(lanes: Sequence[Lane], width: int) -> tuple[Optimizer, np.ndarray]:
    """Optimizers and seeds of at most `width` lanes, stacked where `width` is over 1 and filled up with the last.

    Numbers become NumPy arrays with dtypes of their own: nothing is compiled for this, nor anew for a rate that is
    written as 1 or as an array.
    """
    lanes = [*lanes, *[lanes[-1]] * (width - len(lanes))]
    txs = [jax.tree.map(lambda leaf: np.asarray(leaf, jnp.result_type(leaf)), lane.tx) for lane in lanes]
    seeds = np.array([lane.seed for lane in lanes], np.uint32)
    if width == 1:
        return txs[0], seeds[0]
    return jax.tree.map(lambda *leaves: np.stack(leaves), *txs), seeds
