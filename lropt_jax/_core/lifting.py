"""`lift` turns a factory of schedules or optimizers into one whose results are values."""

import functools
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, overload

import optax

from lropt_jax._core.decay import DecayRule
from lropt_jax._core.factory import Factory
from lropt_jax._core.rate import Rate
from lropt_jax._core.values import Decay, Optimizer, Schedule, SelfSettingRate

P = ParamSpec("P")


@overload
def lift(
    factory: Callable[P, optax.GradientTransformation],
    *,
    static: Iterable[str] = (),
    scaling: str | None = None,
    exponent: float | None = None,
    elementwise: bool = False,
) -> Factory[P, Optimizer]: ...
@overload
def lift(factory: Callable[P, Rate], *, static: Iterable[str] = ()) -> Factory[P, SelfSettingRate]: ...
@overload
def lift(factory: Callable[P, DecayRule], *, static: Iterable[str] = ()) -> Factory[P, Decay]: ...
@overload
def lift(factory: Callable[P, optax.Schedule], *, static: Iterable[str] = ()) -> Factory[P, Schedule]: ...
@overload
def lift(
    *,
    static: Iterable[str] = (),
    scaling: str | None = None,
    exponent: float | None = None,
    elementwise: bool = False,
) -> Callable[[Callable[P, Any]], Factory[P, Any]]: ...
def lift(
    factory: Any = None,
    *,
    static: Iterable[str] = (),
    scaling: str | None = None,
    exponent: float | None = None,
    elementwise: bool = False,
) -> Any:
    """Make the results of a factory values: pytrees that can be printed, compared, edited, saved, traced and stacked.

    An argument is *data* (leaves of the value) where it is a number, an array, another value, or a tree of those.
    It is *static* (part of the tree's definition; another one compiles anew) where it is a bool, a string, None, a
    dtype or a function.

    An argument whose annotation is a kind, such as `b1: Average`, is checked when a person calls the factory. What must
    hold between arguments is a function under `@NAME.requires`.

    Args:
        factory: A function of hyper-parameters that returns a schedule `step -> rate`, a `Rate`, or an Optax
            transformation `(init, update)`: yours, Optax's or anybody's. It is called again at each use and inside
            traces, so it must not test its numbers with Python's `if` unless they are concrete.
        static: The name, or names, of arguments that are static though they are numbers, because they decide shapes.
        scaling: The rule by which `transfer.batch_size` may rewrite the optimizer: "linear", as SGD, or "sqrt", as
            Adam. None: it refuses to.
        exponent: How the best rate of a run with decay changes with its number of steps: `rate ~ steps^exponent`.
            `tuning.auto` reads it. None: unknown; it takes -0.15.
        elementwise: Whether an optimizer updates each number by itself, or by sums over all numbers too, and never
            looks at single arrays, at their shapes or paths. `wrappers.pack_small` reads it. Of a wrapper it says that
            the wrapper itself does not.

    Returns:
        A factory with the same signature. What it returns is a `Schedule`, an `Optimizer` or a self-setting rate.

    Raises:
        TypeError: The factory returns something else, an argument is neither a number nor hashable, or an argument has
            the name of what every value has, such as `replace`.

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
        return functools.partial(lift, static=static, scaling=scaling, exponent=exponent, elementwise=elementwise)
    if not callable(factory) or not hasattr(factory, "__name__"):
        raise TypeError(f"lift: factory must be a function with a name, got {factory!r}.")
    named = frozenset([static] if isinstance(static, str) else static)
    return Factory(factory, named, scaling, exponent, elementwise)
