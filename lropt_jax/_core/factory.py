"""A factory: a function of hyper-parameters whose results are values."""

import functools
import inspect
from collections.abc import Callable, Hashable
from typing import Any, Generic, ParamSpec, Self, TypeVar

import jax
import optax

from lropt_jax._core.annotations import kind_of
from lropt_jax._core.checking import bound, check_all
from lropt_jax._core.decay import DecayRule
from lropt_jax._core.kinds import Role
from lropt_jax._core.maker import Maker, uncalled
from lropt_jax._core.numbers import is_number
from lropt_jax._core.rate import Rate
from lropt_jax._core.refusal import WrongType, naming
from lropt_jax._core.retired import retired, unknown_argument
from lropt_jax._core.sealing import Static, seal
from lropt_jax._core.spelling import named, usage
from lropt_jax._core.values import Decay, Optimizer, Schedule, SelfSettingRate, Value, restore

P = ParamSpec("P")
V = TypeVar("V", bound=Value)

_MADE: dict[Any, type[Value]] = {
    optax.GradientTransformationExtraArgs: Optimizer,
    optax.GradientTransformation: Optimizer,
    Rate: SelfSettingRate,
    DecayRule: Decay,
}
_RETURNED = {**_MADE, optax.Schedule: Schedule}
_TAKEN = {
    "factory",
    *(name for value in (Schedule, *_MADE.values()) for name in dir(value) if not name.startswith("__")),
} - {"end"}


class Factory(Maker, Generic[P, V]):
    """A function of hyper-parameters whose results are values; `lift` makes it."""

    __name__: str

    def __init__(
        self,
        function: Callable[..., Any],
        static: frozenset[str] = frozenset(),
        scaling: str | None = None,
        exponent: float | None = None,
        elementwise: bool = False,
    ):
        functools.update_wrapper(self, function)
        signature = inspect.signature(function)
        for name in sorted(static - signature.parameters.keys()):
            raise TypeError(f"lift: static must name arguments of {self.name}, got {name!r}.")
        for name in signature.parameters:
            if name in _TAKEN:
                raise TypeError(f"lift: {self.name} must not have an argument {name!r}: a value has that itself.")
        self.scaling, self.exponent, self.elementwise = scaling, exponent, elementwise
        self._named_static, self._relations = static, []  # type: ignore[var-annotated]
        self.__signature__ = signature.replace(
            return_annotation=_RETURNED.get(signature.return_annotation, signature.return_annotation)
        )

    @property
    def name(self) -> str:
        """What it is called in text and in configs: `adam`, and `torch.Adam` for another library's."""
        return named(self)

    @functools.cached_property
    def static(self) -> frozenset[str]:
        """The arguments that belong to the tree's definition though they are numbers: they decide shapes."""
        parameters = self.__signature__.parameters.values()
        sizes = {parameter.name for parameter in parameters if kind_of(parameter.annotation).static}
        return self._named_static | sizes

    @functools.cached_property
    def roles(self) -> dict[str, Role]:
        """What each argument is to an optimizer, where its kind says so."""
        marks = {name: kind_of(p.annotation).mark(Role) for name, p in self.__signature__.parameters.items()}
        return {name: role for name, role in marks.items() if role is not None}

    def requires(self, relation: Callable[..., None]) -> Callable[..., None]:
        """Add a function of some of the arguments, under their names, that refuses those which do not fit together."""
        self._relations.append(relation)
        return relation

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> V:
        with naming(self.name):
            for name in retired(kwargs, self.__signature__.parameters):
                raise WrongType(unknown_argument(name, self.__signature__.parameters, kwargs[name]))
            return self.make(bound(self, self.__signature__, args, kwargs))

    def make(self, arguments: dict[str, Any]) -> V:
        """The value of these named arguments, each checked by its kind and then all by what they must fulfil together.

        The function is called once here, which tells what kind of value it makes.
        """
        sealed = [self._seal(name, argument) for name, argument in arguments.items()]
        check_all(self.__signature__, arguments)
        for relation in self._relations:
            relation(**{name: arguments[name] for name in inspect.signature(relation).parameters})
        return restore(self._kind(self.build(arguments)), (self, tuple(arguments)), sealed)

    def build(self, arguments: dict[str, Any]) -> Any:
        """Call the function itself. Nothing is checked."""
        call = inspect.BoundArguments(self.__signature__, arguments)  # type: ignore[arg-type]
        return self.__wrapped__(*call.args, **call.kwargs)

    def _seal(self, name: str, argument: Any) -> Any:
        leaves = [argument] if name in self.static else jax.tree.leaves(argument)
        for leaf in leaves:
            if isinstance(leaf, Factory):
                raise WrongType(uncalled(name, leaf))
            if not is_number(leaf) and not isinstance(leaf, Hashable):
                remedy = "; give a tuple" if isinstance(leaf, set) else ""
                raise WrongType(f"{name} must be numbers or hashable, got {leaf!r}{remedy}.")
        return Static(argument) if name in self.static else seal(argument)

    def _kind(self, built: Any) -> type[Value]:
        for made, value in _MADE.items():
            if isinstance(built, made):
                return value
        if callable(built):
            return Schedule
        raise TypeError(f"lift: {self.name} must return a schedule, a rate or an Optax transformation, got {built!r}.")

    def __get__(self, instance: object, owner: type | None = None) -> Self:
        """Itself, also as an attribute of a class. Python's `help` shows the signature of what has this method."""
        return self

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
        return Factory, (self.__wrapped__, self.static, self.scaling, self.exponent, self.elementwise)
