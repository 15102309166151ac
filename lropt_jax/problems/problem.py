"""The contract of a problem: something to solve by small steps."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import jax
from typing_extensions import TypeAliasType

from lropt_jax._core.brief import holdings
from lropt_jax._core.checking import check
from lropt_jax._core.refusal import naming
from lropt_jax._core.sealing import Aside, Static
from lropt_jax._core.trees import Params, Tree, Updates
from lropt_jax.problems.data import Stream
from lropt_jax.problems.made import Made
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import View

Init = TypeAliasType("Init", Callable[[jax.Array], tuple[Params, Tree]])
Field = TypeAliasType("Field", Callable[[Params, Any, jax.Array], tuple[Updates, Any, jax.Array]])
Judge = TypeAliasType("Judge", Callable[[Params, Any], jax.Array])
Metrics = TypeAliasType("Metrics", Callable[[Params, Any, jax.Array], dict[str, jax.Array]])
HeldOutLoss = TypeAliasType("HeldOutLoss", Callable[[Params, Any, jax.Array], jax.Array])
Review = TypeAliasType("Review", Callable[[Any, Any], str | None])
Viewer = TypeAliasType("Viewer", Callable[[Params, Any], View])

_GENERAL = Recipe()
_UNREAD = ("name", "score", "stream", "recipe", "review")  # by compiled programs, so they make no other one


@jax.tree_util.register_pytree_node_class
@dataclass(frozen=True, eq=False)
class Problem(Made):
    """Something to solve by `params <- params - rate * field(params, noise)` (Robbins and Monro 1951).

    A pytree. Bind arrays to its functions with `jax.tree_util.Partial`: they are its leaves, so data are arguments of
    the compiled program and not constants inside it.

    Attributes:
        init: `init(key) -> (params, state)`. `state` carries what the noise remembers: model statistics, an
            environment, a Markov chain. `()`: nothing.
        field: `field(params, state, key) -> (direction, state, value)`. The steps go against `direction`, a tree like
            `params`. `value` is a number () to watch. For a loss they are its gradient and the loss itself. A fourth
            result may be a dict of more numbers () to watch, by name.
        judge: `judge(params, state) -> error` () against the known answer. None: no answer is known.
        validate: `validate(params, state, key) -> loss` () on data that training does not see. Rates are chosen by it.
            None: no such data.
        test: The same on data that the choice does not see. It is reported. None: no such data.
        view: `view(params, state)` shows a solution: plain arrays, which `report` draws. None: no picture.
        name: For tables and pictures.
        domain: `"free"`, or `"convex"` where only convex averaging is legal: `sgd` with rates in [0, 1].
        value: What `value` of `field` is: `"loss"`, to descend, or `"monitor"`, which says nothing about the rate.
        score: The name under which people know minus the loss, such as `"ELBO"`. None: they know the loss.
        recipe: How the problem is tuned by default.
        metrics: `metrics(params, state, key)`, a dict of numbers () on held-out data, such as `"test accuracy"`. None:
            no such numbers.
        least_steps: Shorter runs are refused: a schedule or a warmup inside the problem would not reach its end.
        stream: Batches that come from the host, one a step. `field` then gets `fed(state, batch)` as its state: the
            batch, and beside it the state if there is one. None: no stream.
        review: `review(problem, values)`, what `solve` warns of after a run with these watched values (steps,), such as
            a rate that was too high; it returns None where nothing is wrong. None: nothing is said.
    """

    init: Init
    field: Field
    judge: Judge | None = None
    validate: HeldOutLoss | None = None
    test: HeldOutLoss | None = None
    view: Viewer | None = None
    name: str = "problem"
    domain: Literal["free", "convex"] = "free"
    value: Literal["loss", "monitor"] = "loss"
    score: str | None = None
    stream: Stream | None = None
    recipe: Recipe = _GENERAL
    least_steps: int = 0
    metrics: Metrics | None = None
    review: Review | None = None

    def __post_init__(self) -> None:
        with naming("Problem"):
            for field in fields(self):
                check(field.name, field.type, getattr(self, field.name))

    @property
    def criterion(self) -> Literal["validation", "error", "training"]:
        """The criterion that ranks runs; lower is better.

        `"validation"`: the loss on held-out data, where there is `validate`. Otherwise `"error"`: the distance from the
        known answer, where there is `judge`. Otherwise `"training"`: the watched value of the last steps.

        Example:
            >>> from lropt_jax.problems import gaussian_mixture, least_squares
            >>> gaussian_mixture().criterion, least_squares().criterion
            ('validation', 'error')
        """
        if self.validate is not None:
            return "validation"
        return "training" if self.judge is None else "error"

    def __repr__(self) -> str:
        facts = [f"value {self.value}", f"domain {self.domain}", f"chosen by {self.criterion}"]
        facts += [f"{self.recipe.steps} steps"] + ([] if self.stream is None else [f"{self.stream!r}"])
        held = holdings(self)
        return f"<Problem {self.name!r}: {', '.join([*facts, f'holds {held}'] if held else facts)}>"

    def tree_flatten(self) -> tuple:
        """Children: the fields. The arrays bound to a `Partial` are leaves; all else is static."""

        def child(name: str) -> Any:
            value = getattr(self, name)
            if isinstance(value, jax.tree_util.Partial):
                return value
            return (Aside if name in _UNREAD else Static)(value)

        return [child(field.name) for field in fields(self)], None

    @classmethod
    def tree_unflatten(cls, _: None, children: list) -> Self:
        """Put a problem together again, checking nothing."""
        problem = object.__new__(cls)
        values = [child.value if isinstance(child, (Static, Aside)) else child for child in children]
        problem.__dict__.update(zip((field.name for field in fields(cls)), values, strict=True))
        return problem
