"""Makers: how each optimizer of a sweep is made from its learning rate."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optax

from lropt_jax._core.factory import Factory
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.remedies import in_an_optimizers_place
from lropt_jax._core.values import Optimizer, Value
from lropt_jax.tuning.peaks import Peaked, peaked

Maker = Callable[[Any], Optimizer]


def makers(optimizers: Any) -> dict[str, Maker]:
    """By name, a function from the learning rate to the optimizer.

    Args:
        optimizers: One, a sequence, or a dict by name. Each is a factory or function `rate -> optimizer`, or an
            optimizer: then its learning rate is replaced, inside `chain` and wrappers too.
    """
    if not isinstance(optimizers, (Mapping, Sequence)) or isinstance(
        optimizers, (optax.GradientTransformation, Value, str)
    ):
        optimizers = [optimizers]
    if not isinstance(optimizers, Mapping):
        names = [_name(item) for item in optimizers]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise Refused(f"optimizers must have different names, got {repeated[0]} twice; give a dict.")
        optimizers = dict(zip(names, optimizers, strict=True))
    if not optimizers:
        raise Refused("optimizers must name at least one, got none.")
    return {name: _maker(name, item) for name, item in optimizers.items()}


def shortened(named: Mapping[str, Maker], share: float) -> dict[str, Maker]:
    """The makers for runs that are `share` times as long: schedules that optimizers have of their own are stretched."""
    return {name: make.shortened(share) if isinstance(make, Peaked) else make for name, make in named.items()}


def _name(item: Any) -> str:
    factory = item.factory if isinstance(item, Value) else item
    return factory.name if isinstance(factory, Factory) else getattr(factory, "__name__", repr(item))


def _maker(name: str, item: Any) -> Maker:
    if isinstance(item, Optimizer):
        return peaked(name, item)
    if isinstance(item, optax.GradientTransformation):
        raise WrongType(
            "optimizers must be functions of the rate, got an Optax transformation, whose rate is set; "
            "give lambda rate: optax.adam(rate)."
        )
    if not callable(item) or isinstance(item, Value):
        remedy = in_an_optimizers_place(item)
        raise WrongType(f"optimizers[{name!r}] must be a function of the rate or an optimizer, got {item!r}{remedy}.")
    return functools.partial(_valued, name, _named(name, item))


def _named(name: str, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function, with a name: `lift` needs one. It is one function for all rates, so they share a program."""
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
    if isinstance(tx, optax.MultiSteps):
        return lift(_gathering(make))(rate)
    raise WrongType(f"optimizers[{name!r}] must make a gradient transformation, got {tx!r}.")


@functools.lru_cache(128)
def _gathering(make: Callable[[Any], optax.MultiSteps]) -> Callable[[Any], optax.GradientTransformation]:
    """The function, with what it makes in the form of all other optimizers. One for all rates, as `_named`."""

    @functools.wraps(make)
    def transformed(learning_rate: Any) -> optax.GradientTransformation:
        return make(learning_rate).gradient_transformation()

    return transformed
