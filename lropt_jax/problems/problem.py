"""The contract of a problem: something to solve by small steps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import jax
from typing_extensions import TypeAliasType

from lropt_jax._core.brief import holdings
from lropt_jax._core.checking import check
from lropt_jax._core.refusal import naming
from lropt_jax._core.sealing import Aside, Static
from lropt_jax._core.trees import Params, Tree, Updates
from lropt_jax.problems.batches import Order
from lropt_jax.problems.data import Stream
from lropt_jax.problems.learning import functions
from lropt_jax.problems.losses import Loss
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import View

Init = TypeAliasType("Init", Callable[[jax.Array], tuple[Params, Tree]])
Field = TypeAliasType("Field", Callable[[Params, Any, jax.Array], tuple[Updates, Any, jax.Array]])
Judge = TypeAliasType("Judge", Callable[[Params, Any], jax.Array])
Metrics = TypeAliasType("Metrics", Callable[[Params, Any, jax.Array], dict[str, jax.Array]])
HeldOutLoss = TypeAliasType("HeldOutLoss", Callable[[Params, Any, jax.Array], jax.Array])
Viewer = TypeAliasType("Viewer", Callable[[Params, Any], View])
LossFunction = TypeAliasType("LossFunction", Callable[..., Any])

_GENERAL = Recipe()
_UNREAD = ("name", "score", "stream", "recipe")  # by compiled programs, so they make no other one


@jax.tree_util.register_pytree_node_class
@dataclass(frozen=True, eq=False)
class Problem:
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
        least_steps: Shorter runs are refused: a schedule inside the problem would not reach its end.
        stream: Batches that come from the host, one a step. `field` then gets `fed(state, batch)` as its state: the
            batch, and beside it the state if there is one. None: no stream.
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

    @classmethod
    def from_loss(
        cls,
        loss: LossFunction,
        init: Callable[[jax.Array], Any],
        data: Tree | Iterable[Tree],
        *,
        batch_size: int | None = None,
        order: Order = "random",
        has_state: bool = False,
        has_aux: bool = False,
        validation: Tree | None = None,
        test: Tree | None = None,
        validation_batch_size: int | None = None,
        name: str | None = None,
        score: str | None = None,
    ) -> Self:
        """A problem from a loss to descend, the way people have it.

        Args:
            loss: `loss(params, batch)`, a scalar: the mean over the batch. The argument after the batch gets a key if
                it has no default, and so does one called `key` or `rng`. One called `training`, `train` or
                `is_training` gets True in steps and False on held-out data. All others keep their defaults.
            init: `init(key) -> params`: a tree of arrays, or a whole model with functions among its leaves, as in
                Equinox. `loss` gets such a model as it is, and `solve` gives it back. Only its arrays of floats learn.
            data: Arrays, or a tuple, dict or other tree of them, with examples along the first axis: they are moved
                to the device once. Or a list or any other iterable of batches, such as a data loader: it begins again
                when it ends. So `(x, y)` is inputs and targets; `[x, y]` would be two batches.
            batch_size: Examples a step, >= 1 and at most as many as there are, drawn on the device uniformly with
                replacement. None: all data at each step.
            order: `"random"`, or `"epochs"`: every example once before any comes again, in another order each time.
                Examples that do not fill the last batch are left out of that epoch. `state` is then an `Epochs`, which
                knows where the run is; its `model` is the model's state.
            has_state: The model has a state that is not learned by gradients, such as the means of batch normalisation:
                `init(key) -> (params, state)` and `loss(params, state, batch) -> (value, state)`. Held-out data get
                the last state and leave it as it is.
            has_aux: The loss returns `(value, metrics)`, with a dict of scalars such as an accuracy: `solve` keeps them
                for each step. With a state, it returns `(value, (state, metrics))`.
            validation: A batch to choose rates by, in the form that `loss` takes. None: nothing is held out.
            test: A batch to report the choice on. None: no report.
            validation_batch_size: Held-out examples at a time, >= 1; the mean is over all. None: all at once.
            name: For tables and pictures. None: the loss's own name.
            score: The name of minus the loss, such as `"ELBO"`. None: the loss is shown.

        Returns:
            A problem.

        Raises:
            ValueError: Arrays have different lengths, or the batch size is outside its range or given with an
                iterable. Later, when the loss is traced: it returns something else than one scalar.
            TypeError: Data are neither arrays nor an iterable of batches.

        Example:
            >>> import jax, jax.numpy as jnp
            >>> x = jnp.arange(6.0)
            >>> fit = Problem.from_loss(
            ...     lambda w, batch: jnp.mean((w * batch[0] - batch[1]) ** 2),
            ...     lambda key: jnp.zeros(()), (x, 3 * x), batch_size=2, name="slope")
            >>> from lropt_jax.optimizers import sgd
            >>> from lropt_jax.problems import solve
            >>> f"{solve(fit, sgd(0.02), jax.random.key(0), steps=200).params:.3f}"
            '3.000'
        """
        read = Loss.of(loss, has_state=has_state, has_aux=has_aux)
        made = functions(
            read, init, data, batch_size=batch_size, order=order, validation=validation, test=test,
            validation_batch_size=validation_batch_size,
        )  # fmt: skip
        return cls(name=name or getattr(loss, "__name__", "loss").strip("<>"), score=score, **made)

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
