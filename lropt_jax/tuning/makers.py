"""Makers: how each optimizer of a sweep is made from its learning rate."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optax

from lropt_jax._core.factory import Factory
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.remedies import in_an_optimizers_place
from lropt_jax._core.values import Optimizer, Value
from lropt_jax.tuning.peaks import Peaked, peaked
from lropt_jax.tuning.places import placed
from lropt_jax.tuning.space import PEAK, Point

Maker = Callable[..., Optimizer]
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class Function:
    """Makes an optimizer by a function of the rate, and of other values by name."""

    name: str
    make: Callable[..., Any]

    def __call__(self, rate: Any, **values: Any) -> Optimizer:
        """The optimizer, lifted if it is none of this library."""
        missing = [name for name in self.required if name not in values]
        if missing:
            raise Refused(
                f"optimizers[{self.name!r}] must have a value for each of its arguments, got none for {missing[0]}; "
                f"give space={{{missing[0]!r}: [...]}}."
            )
        tx = self.make(rate, **values)
        if isinstance(tx, Optimizer):
            return tx
        if isinstance(tx, optax.GradientTransformation):
            return lift(self.make)(rate, **values)
        if isinstance(tx, optax.MultiSteps):
            return lift(_gathering(self.make))(rate, **values)
        raise WrongType(f"optimizers[{self.name!r}] must make a gradient transformation, got {tx!r}.")

    def takes(self, name: str) -> bool:
        """Whether the function takes a value by this name."""
        open_end = any(parameter.kind is parameter.VAR_KEYWORD for parameter in self._parameters)
        return (open_end and name.isidentifier()) or name in [parameter.name for parameter in self._others]

    @property
    def required(self) -> list[str]:
        """What a plain function must be given besides the rate. A factory says that itself."""
        needed = [parameter.name for parameter in self._others if parameter.default is parameter.empty]
        return [] if isinstance(self.make, Factory) else needed

    @property
    def first(self) -> str:
        """What the function calls the rate."""
        return next((parameter.name for parameter in self._parameters), "learning_rate")

    @property
    def _others(self) -> list[inspect.Parameter]:
        return [parameter for parameter in self._parameters[1:] if parameter.kind in _BY_NAME]

    @property
    def _parameters(self) -> list[inspect.Parameter]:
        try:
            return list(inspect.signature(self.make).parameters.values())
        except ValueError:  # a function that is not written in Python
            return []


def makers(optimizers: Any) -> dict[str, Maker]:
    """By name, a function from the learning rate to the optimizer.

    Args:
        optimizers: One, a sequence, or a dict by name. Each is a factory or function `rate -> optimizer`, or an
            optimizer: then its learning rate is replaced, inside `chain` and wrappers too. A function may take other
            values by name.
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


def made(
    make: Maker, point: Point, schedule: Callable[[Any, int], Any] | None, steps: int, updates: int | None = None
) -> Optimizer:
    """The optimizer of a run of so many steps: at a point, with a schedule of so many updates. None: as many.

    A schedule that the optimizer has of its own takes the place of that one. So do those of a plain function that asks
    for the `steps` of the run.
    """
    own = isinstance(make, Peaked) and make.scheduled
    if isinstance(make, Function) and make.first in point.values:
        raise Refused(f"space must have learning_rate, got {make.first!r}, which is the rate of {make.name}.")
    given = {name: item for name, item in point.values.items() if isinstance(make, Function) and make.takes(name)}
    if isinstance(make, Function) and "steps" in make.required and "steps" not in given:
        given["steps"], own = steps, True
    rate = point.rate if schedule is None or own else schedule(point.rate, updates or steps)
    tx = make.item if isinstance(make, Peaked) and own and point.at_peak else make(rate, **given)
    peak = {PEAK: point.rate} if point.at_peak else {}
    return placed(tx, peak | {name: item for name, item in point.values.items() if name not in given})


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
    return Function(name, _named(name, item))


def _named(name: str, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function, with a name: `lift` needs one. It is one function for all rates, so they share a program."""
    if hasattr(make, "__name__"):
        return make

    def named(learning_rate: Any) -> Any:
        return make(learning_rate)

    named.__name__ = name
    return named


@functools.lru_cache(128)
def _gathering(make: Callable[..., optax.MultiSteps]) -> Callable[..., optax.GradientTransformation]:
    """The function, with what it makes in the form of all other optimizers. One for all rates, as `_named`."""

    @functools.wraps(make)
    def transformed(*arguments: Any, **values: Any) -> optax.GradientTransformation:
        return make(*arguments, **values).gradient_transformation()

    return transformed
