"""How a loss is called, and what it returns: with a key, a state, metrics, a word for training, or without."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import hashable
from lropt_jax._core.brief import brief
from lropt_jax._core.checking import check
from lropt_jax._core.refusal import Refused, naming
from lropt_jax._core.trees import Params, Tree
from lropt_jax.problems.data import OWNER

_KEYS, _MODES = ("key", "rng"), ("training", "train", "is_training")


@dataclass(frozen=True)
class Loss:
    """A loss as `loss(params, state, batch, key, training) -> (value, (state, metrics))`, checked.

    Two of one function and one form are equal, so they share their compiled programs.
    """

    function: Callable[..., Any]
    has_state: bool
    has_aux: bool
    key: str | None  # the argument that gets the key; "" for the one after the batch, by its place. None: no key
    mode: str | None  # the argument that is told whether this is training. None: nothing is told
    owner: str = OWNER

    @classmethod
    def of(
        cls, function: Callable[..., Any], *, has_state: bool = False, has_aux: bool = False, owner: str = OWNER
    ) -> Self:
        """Read from the signature where a key goes, and whether the loss is told that it trains.

        A key goes to the argument after the batch if that has no default, and to one called `key` or `rng`.
        """
        with naming(owner):
            check("has_state", bool, has_state)
            check("has_aux", bool, has_aux)
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except ValueError:  # a compiled function that shows no signature
            parameters = []
        first, bound = 3 if has_state else 2, getattr(function, "keywords", {})  # of a partial
        free = [each.name for each in parameters[first:] if each.name not in bound]
        mode = next((name for name in free if name in _MODES), None)
        placed = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
        others = [each for each in placed[first:] if each.name != mode]
        key = next((name for name in free if name in _KEYS), None)
        if others and (others[0].default is others[0].empty or others[0].name == key):
            key = "" if others[0] is placed[first] else others[0].name
        return cls(hashable(function), has_state, has_aux, key, mode, owner)

    def __call__(
        self, params: Params, state: Tree, batch: Tree, key: jax.Array, *, training: bool
    ) -> tuple[jax.Array, tuple[Tree, dict[str, jax.Array]]]:
        """The value, the state after it, and metrics by name: `{}` where the loss returns none."""
        given = [params, state, batch] if self.has_state else [params, batch]
        given += [key] if self.key == "" else []
        named = {self.key: key} if self.key else {}
        told = {self.mode: training} if self.mode else {}
        result = self.function(*given, **named, **told)
        with naming(self.owner):
            return self._read(result, state)

    def _read(self, result: Any, state: Tree) -> tuple[jax.Array, tuple[Tree, dict[str, jax.Array]]]:
        value: Any = result
        metrics: Any = {}
        match self.has_state, self.has_aux:
            case False, False:
                _check_alone(result)
            case True, False:
                value, state = _state_like(state, *_pair(result, "(value, state)", "has_state=True"))
            case False, True:
                value, metrics = _pair(result, "(value, metrics)", "has_aux=True")
            case True, True:
                form = "(value, (state, metrics))", "has_state=True and has_aux=True"
                value, both = _pair(result, *form)
                after, metrics = _pair(both, *form)
                value, state = _state_like(state, value, after)
        _check_scalar(value)
        return value, (state, _numbers(metrics))


def _check_alone(value: Any) -> None:
    if isinstance(value, tuple):
        remedy = "say has_state=True if it returns (value, state), or has_aux=True if it returns (value, metrics)"
        raise Refused(f"loss must return a scalar, got a tuple; {remedy}.")


def _check_scalar(value: Any) -> None:
    if not jax.tree_util.all_leaves([value]):
        raise Refused(f"loss must return a scalar, got a {type(value).__name__}; return the loss alone.")
    if jnp.shape(value) != ():
        raise Refused(f"loss must return a scalar, got shape {jnp.shape(value)}; average over the batch.")


def _pair(result: Any, form: str, asked: str) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise Refused(f"loss must return {form} for {asked}, got {brief(result)}.")
    return result  # type: ignore[return-value]


def _state_like(before: Tree, value: Any, after: Tree) -> tuple[Any, Tree]:
    """The value and the state, which goes on into the next step of one compiled loop."""

    def form(tree: Tree) -> tuple:
        leaves, structure = jax.tree.flatten(tree)
        return structure, [(jnp.shape(leaf), getattr(leaf, "dtype", type(leaf))) for leaf in leaves]

    if form(before) != form(after):
        raise Refused(f"loss must return a state like the one that it gets, {brief(before)}, got {brief(after)}.")
    return value, after


def _numbers(metrics: Any) -> dict[str, jax.Array]:
    if not isinstance(metrics, Mapping) or any(jnp.shape(each) != () for each in jax.tree.leaves(dict(metrics))):
        raise Refused(f"loss must return metrics as a dict of scalars, got {brief(metrics)}.")
    return {str(name): jnp.asarray(each) for name, each in metrics.items()}
