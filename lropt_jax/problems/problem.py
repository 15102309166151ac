"""The contract of a problem: something to solve by small steps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import jax
from typing_extensions import TypeAliasType

from lropt_jax._core.brief import holdings
from lropt_jax._core.checking import check
from lropt_jax._core.refusal import Refused, naming
from lropt_jax._core.sealing import Static
from lropt_jax._core.trees import Params, Tree, Updates
from lropt_jax.problems.data import OWNER, Stream, drawn, is_arrays, keyed, on_device, scalar
from lropt_jax.problems.models import gradient_of, sealed, unsealed
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import View

Init = TypeAliasType("Init", Callable[[jax.Array], tuple[Params, Tree]])
Field = TypeAliasType("Field", Callable[[Params, Any, jax.Array], tuple[Updates, Any, jax.Array]])
Judge = TypeAliasType("Judge", Callable[[Params, Any], jax.Array])
HeldOutLoss = TypeAliasType("HeldOutLoss", Callable[[Params, Any, jax.Array], jax.Array])
Viewer = TypeAliasType("Viewer", Callable[[Params, Any], View])
Loss = TypeAliasType("Loss", Callable[..., jax.Array])

_GENERAL = Recipe()


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
            `params`. `value` is a number () to watch. For a loss they are its gradient and the loss itself.
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
        least_steps: Shorter runs are refused: a schedule inside the problem would not reach its end.
        stream: Batches that come from the host, one a step; `state` is then the batch. None: no stream.
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
        loss: Loss,
        init: Callable[[jax.Array], Params],
        data: Tree | Iterable[Tree],
        *,
        batch_size: int | None = None,
        validation: Tree | None = None,
        test: Tree | None = None,
        name: str | None = None,
        score: str | None = None,
    ) -> Self:
        """A problem from a loss to descend, the way people have it.

        Args:
            loss: `loss(params, batch)`, a scalar: the mean over the batch. A third positional argument without a
                default gets a key, and so does an argument called `key` or `rng`, wherever it stands. All others keep
                their defaults.
            init: `init(key) -> params`: a tree of arrays, or a whole model with functions among its leaves, as in
                Equinox. `loss` gets such a model as it is, and `solve` gives it back. Only its arrays of floats learn.
            data: Arrays, or a tuple, dict or other tree of them, with examples along the first axis: they are moved
                to the device once. Or a list or any other iterable of batches, such as a data loader: it begins again
                when it ends. So `(x, y)` is inputs and targets; `[x, y]` would be two batches.
            batch_size: Examples a step, >= 1 and at most as many as there are, drawn on the device uniformly with
                replacement. None: all data at each step.
            validation: A batch to choose rates by, in the form that `loss` takes. None: nothing is held out.
            test: A batch to report the choice on. None: no report.
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
        of_three, noisy = keyed(loss)
        loss_of = scalar(of_three)
        with naming(OWNER):
            draw, stream = (drawn(data, batch_size), None) if is_arrays(data) else (None, Stream(data))
            if stream is not None and batch_size is not None:
                got = f"{batch_size}; a tuple is data, a list is batches"
                raise Refused(f"batch_size must be None for batches, got {got}.")

        def field(draw: Callable | None, params: Params, state: Any, key: jax.Array):
            draw_key, loss_key = jax.random.split(key) if noisy else (key, key)
            batch = state if draw is None else draw(draw_key)
            value, gradient = gradient_of(loss_of, params, batch, loss_key)
            return gradient, state, value

        def held_out(batch: Tree, params: Params, state: Any, key: jax.Array) -> jax.Array:
            return loss_of(unsealed(params), batch, key)

        return cls(
            init=lambda key: (sealed(init(key)), ()),
            field=jax.tree_util.Partial(field, draw),
            validate=None if validation is None else jax.tree_util.Partial(held_out, on_device(validation)),
            test=None if test is None else jax.tree_util.Partial(held_out, on_device(test)),
            name=name or getattr(loss, "__name__", "loss").strip("<>"),
            score=score,
            stream=stream,
        )

    def __repr__(self) -> str:
        facts = [f"value {self.value}", f"domain {self.domain}", f"chosen by {self.criterion}"]
        facts += [f"{self.recipe.steps} steps"] + ([] if self.stream is None else [f"{self.stream!r}"])
        held = holdings(self)
        return f"<Problem {self.name!r}: {', '.join([*facts, f'holds {held}'] if held else facts)}>"

    def tree_flatten(self) -> tuple:
        """Children: the fields. The arrays bound to a `Partial` are leaves; all else is static."""
        values = [getattr(self, field.name) for field in fields(self)]
        return [each if isinstance(each, jax.tree_util.Partial) else Static(each) for each in values], None

    @classmethod
    def tree_unflatten(cls, _: None, children: list) -> Self:
        """Put a problem together again, checking nothing."""
        problem = object.__new__(cls)
        values = [child.value if isinstance(child, Static) else child for child in children]
        problem.__dict__.update(zip((field.name for field in fields(cls)), values, strict=True))
        return problem
