"""`lift` turns a factory of schedules or optimizers into one whose results are values."""

import functools
import inspect
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, ParamSpec, TypeVar, overload

import jax
import optax

from lropt_jax._core.numbers import is_number
from lropt_jax._core.rate import Rate
from lropt_jax._core.spelling import named, usage
from lropt_jax._core.values import Optimizer, Schedule, SelfSettingRate, Static, Value, restore, seal

P = ParamSpec("P")
V = TypeVar("V", bound=Value)


class Factory(Generic[P, V]):
    """A function of hyper-parameters whose results are values; `lift` makes it."""

    __name__: str
    __wrapped__: Callable[..., Any]

    def __init__(self, function: Callable[..., Any], static: frozenset[str]):
        functools.update_wrapper(self, function)
        self.static = static
        self.__signature__ = inspect.signature(function)
        for name in sorted(static - self.__signature__.parameters.keys()):
            raise TypeError(f"lift: static must name arguments of {self.name}, got {name!r}.")

    @property
    def name(self) -> str:
        """What it is called in text and in configs: `adam`, and `torch.Adam` for another library's."""
        return named(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> V:
        try:
            bound = self.__signature__.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}: {error}; it is {usage(self)}.") from None
        bound.apply_defaults()
        return self.make(bound.arguments)

    def make(self, arguments: dict[str, Any]) -> V:
        """The value of these named arguments. The function is called once here, so that it refuses bad ones now."""
        sealed = [self._seal(name, argument) for name, argument in arguments.items()]
        return restore(self._kind(self.build(arguments)), (self, tuple(arguments)), sealed)

    def build(self, arguments: dict[str, Any]) -> Any:
        """Call the function itself."""
        bound = inspect.BoundArguments(self.__signature__, arguments)  # type: ignore[arg-type]
        return self.__wrapped__(*bound.args, **bound.kwargs)

    def _seal(self, name: str, argument: Any) -> Any:
        leaves = [argument] if name in self.static else jax.tree.leaves(argument)
        for leaf in leaves:
            if isinstance(leaf, Factory):
                raise TypeError(f"{self.name}: {name} must be a value, got the factory {leaf.name}; call it.")
            if not is_number(leaf) and not isinstance(leaf, Hashable):
                raise TypeError(f"{self.name}: {name} must be numbers or hashable, got {leaf!r}.")
        return Static(argument) if name in self.static else seal(argument)

    def _kind(self, built: Any) -> type[Value]:
        if isinstance(built, optax.GradientTransformation):
            return Optimizer
        if isinstance(built, Rate):
            return SelfSettingRate
        if callable(built):
            return Schedule
        raise TypeError(f"lift: {self.name} must return a schedule, a rate or an Optax transformation, got {built!r}.")

    def __repr__(self) -> str:
        return f"<factory {usage(self)}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Factory) and (self.__wrapped__, self.static) == (other.__wrapped__, other.static)

    def __hash__(self) -> int:
        return hash((self.__wrapped__, self.static))

    def __reduce__(self) -> str | tuple:
        home = inspect.getmodule(self.__wrapped__)
        if getattr(home, self.__name__, None) is self:
            return self.__name__
        return Factory, (self.__wrapped__, self.static)


@overload
def lift(
    factory: Callable[P, optax.GradientTransformation], *, static: Iterable[str] = ()
) -> Factory[P, Optimizer]: ...
@overload
def lift(factory: Callable[P, optax.Schedule], *, static: Iterable[str] = ()) -> Factory[P, Schedule]: ...
@overload
def lift(*, static: Iterable[str]) -> Callable[[Callable[P, Any]], Factory[P, Any]]: ...
def lift(factory: Any = None, *, static: Iterable[str] = ()) -> Any:
    """Make the results of a factory values: pytrees that can be printed, compared, edited, saved, traced and stacked.

    An argument is *data* (leaves of the value) where it is a number, an array, another value, or a tree of those.
    It is *static* (part of the tree's definition; another one compiles anew) where it is a bool, a string, None, a
    dtype or a function.

    Args:
        factory: A function of hyper-parameters that returns a schedule `step -> rate` or an Optax transformation
            `(init, update)`: yours, Optax's or anybody's. It is called again at each use and inside traces, so it
            must not test its numbers with Python's `if` unless they are concrete.
        static: The name, or names, of arguments that are static though they are numbers, because they decide shapes.

    Returns:
        A factory with the same signature. What it returns is a `Schedule` or an `Optimizer`.

    Raises:
        TypeError: The factory returns something else, or an argument is neither a number nor hashable.

    Example:
        >>> import optax
        >>> from lropt_jax import lift
        >>> lion = lift(optax.lion)
        >>> tx = lion(3e-4, b1=0.95)
        >>> tx.learning_rate, tx.b1
        (0.0003, 0.95)
        >>> tx.replace(learning_rate=1e-4) == lion(1e-4, b1=0.95)
        True
    """
    if factory is None:
        return functools.partial(lift, static=static)
    if not callable(factory) or not hasattr(factory, "__name__"):
        raise TypeError(f"lift: factory must be a function with a name, got {factory!r}.")
    return Factory(factory, frozenset([static] if isinstance(static, str) else static))
