"""A learning rule as a value: a pytree whose leaves are the numbers you wrote."""

import functools
from typing import Any, Self

import jax
import numpy as np
import optax

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import end_of
from lropt_jax._core.fitting import fitting
from lropt_jax._core.incoming import explained, fault, fault_of_params, held, received
from lropt_jax._core.layout import allocated, beside
from lropt_jax._core.learned import initial, learned, updated
from lropt_jax._core.lookup import missing, unknown
from lropt_jax._core.maker import Maker
from lropt_jax._core.numbers import precise, returned, step_number
from lropt_jax._core.operators import Multiplied, Unmultiplied
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.refusal import WrongType, naming
from lropt_jax._core.rows import bundled, unbundled
from lropt_jax._core.sealing import Static
from lropt_jax._core.showing import Drawn, Shown
from lropt_jax._core.spelling import spell_call


def unseal(tree: Any) -> Any:
    """Undo `seal`, leaving values inside the tree whole."""
    if isinstance(tree, Static):
        return tree.value
    if isinstance(tree, (int, float, Value)):  # as most arguments are; `jax.tree.map` takes ten times as long
        return tree
    whole = (Static, Value)
    return jax.tree.map(
        lambda node: node.value if isinstance(node, Static) else node,
        tree,
        is_leaf=lambda node: isinstance(node, whole),
    )


class Value(Shown):
    """A factory and its arguments. Numbers are the leaves; everything else belongs to the tree's definition.

    What the factory makes of the arguments is built anew at each use and never kept: a value may hold tracers,
    stacks, or the placeholders that JAX puts into trees, and a closure kept here could outlive its trace.
    """

    factory: Maker
    _sealed: dict[str, Any]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments by name, defaults included."""
        return {name: unseal(argument) for name, argument in self._sealed.items()}

    def build(self) -> Any:
        """What the factory itself returns for these arguments, which were checked when the value was made."""
        return self.factory.build(self.arguments)

    def replace(self, **changes: Any) -> Self:
        """The same rule with some arguments changed, checked as if the call were written anew."""
        strange = sorted(changes.keys() - self._sealed.keys())
        with naming(self.factory.name):
            if strange:
                raise WrongType(unknown(self, strange[0], changes[strange[0]]))
            return self.factory.make({**self.arguments, **changes})

    def __getattr__(self, name: str) -> Any:
        sealed = self.__dict__.get("_sealed", {})
        if name not in sealed:
            raise AttributeError(missing(self, name))
        return unseal(sealed[name])

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__dict__.get("_sealed", ())})

    def __setattr__(self, name: str, new: Any) -> None:
        raise AttributeError(f"{self.factory.name}: {name} cannot be set; replace({name}=...) makes a new rule.")

    def __repr__(self) -> str:
        return spell_call(self.factory, self.arguments)  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value):
            return NotImplemented
        (mine, tree), (theirs, other_tree) = jax.tree.flatten(self), jax.tree.flatten(other)
        same = tree == other_tree  # type: ignore[operator]
        return same and all(map(np.array_equal, mine, theirs))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        leaves, tree = jax.tree.flatten(self)
        return hash((tree, *((np.shape(leaf), *np.ravel(leaf).tolist()) for leaf in leaves)))

    def __reduce__(self) -> tuple:
        return restore, (type(self), (self.factory, tuple(self._sealed)), tuple(self._sealed.values()))


class Schedule(Multiplied, Value, Drawn):
    """A value `step -> rate`. Step 0 is the first update; an array of steps gives an array of rates."""

    def __call__(self, step: jax.typing.ArrayLike, *more: Any) -> jax.Array:
        """The rate in effect for update `step`. A step below 0 counts as step 0."""
        if more:
            raise WrongType(f"{self.factory.name}: a schedule takes one step, got {1 + len(more)} arguments.")
        with np.errstate(all="ignore"):
            return xp.on_device(self.host_rate(step))

    def host_rate(self, step: jax.typing.ArrayLike) -> jax.Array:
        """The rate as NumPy's number while no number is an array of JAX."""
        with naming(self.factory.name):
            return precise(returned(self.build()(step_number(step))))  # a stack of schedules has a shape too

    @property
    def end(self) -> Any:
        """The step from which the rate stays; None where there is none, or none is known."""
        if "end" in self._sealed:
            return self.arguments["end"]
        end = end_of(self.build())
        return xp.on_device(end) if isinstance(end, (np.generic, np.ndarray)) else end


class Optimizer(Unmultiplied, Value, optax.GradientTransformationExtraArgs):
    """A value that is an Optax gradient transformation and unpacks into `(init, update)`."""

    def __new__(cls) -> Self:
        def init(params: optax.Params) -> optax.OptState:
            with naming(self.factory.name), explained(lambda error: fault_of_params(params)):
                params = allocated(learned(params))
                return beside(initial(self.build(), params), params)

        def update(updates: optax.Updates, state: optax.OptState, params: optax.Params | None = None, **extra: Any):
            shapes = updates if params is None else params
            with naming(self.factory.name):
                given = bundled(updates, params)
                with explained(lambda error: fault(error, given, params)), fitting(init, state, shapes):
                    grads, stays = received(given, params)
                    steps, moved = updated(optax.with_extra_args_support(self.build()), grads, state, params, extra)
                    return (held(steps, stays) if given is updates else unbundled(held(steps, stays))), moved

        init.__qualname__, update.__qualname__ = "Optimizer.init", "Optimizer.update"
        self = tuple.__new__(cls, (init, update))
        return self


class SelfSettingRate(Multiplied, Value, Rate):
    """A value that is a `Rate`: a learning rate with a state of its own."""

    def __new__(cls) -> Self:
        """An instance still without its factory and arguments; `restore` gives it those."""

        def init(params: optax.Params) -> tuple:
            with naming(self.factory.name):
                return self.build().init(allocated(params))

        def next_rate(state: Any, reading: Reading) -> tuple:
            with naming(self.factory.name):
                return self.build().next(state, reading)

        self = tuple.__new__(cls, (init, next_rate, None, None))
        return self

    revise = property(lambda self: self.build().revise)  # type: ignore[assignment]
    instead = property(lambda self: self.build().instead)  # type: ignore[assignment]


class Decay(Unmultiplied, Value):
    """A value that an optimizer takes as its `weight_decay`: how strong, what it goes with, which parameters."""


def restore(kind: type[Value], definition: tuple, sealed: Any) -> Any:
    """Put a value together from its factory, the names of its arguments and the arguments, checking nothing."""
    value = kind()
    factory, names = definition
    value.__dict__.update(factory=factory, _sealed=dict(zip(names, sealed, strict=True)))
    return value


def _flatten(value: Value) -> tuple[tuple, tuple]:
    return tuple(value._sealed.values()), (value.factory, tuple(value._sealed))


def _flatten_with_keys(value: Value) -> tuple[tuple, tuple]:
    children, definition = _flatten(value)
    keys = map(jax.tree_util.GetAttrKey, definition[1])
    return tuple(zip(keys, children, strict=True)), definition


Schedule.__module__ = Optimizer.__module__ = "lropt_jax"  # where people find them

_KINDS: tuple[type[Value], ...] = (Schedule, Optimizer, SelfSettingRate, Decay)
for _kind in _KINDS:
    jax.tree_util.register_pytree_with_keys(_kind, _flatten_with_keys, functools.partial(restore, _kind), _flatten)
