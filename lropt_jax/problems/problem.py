"""The contract of a problem: something to solve by small steps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Self

import chex
import jax
import optax

from lropt_jax._core import checks
from lropt_jax._core.sealing import Static
from lropt_jax.problems.data import Stream, drawn, is_arrays, keyed, on_device, scalar
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import View

_FUNCTIONS = ("init", "field", "judge", "validate", "test", "view")
_FACTS = ("name", "domain", "value", "score", "stream", "recipe", "least_steps")

_GENERAL = Recipe()


@jax.tree_util.register_pytree_node_class
@dataclass(frozen=True, eq=False)
class Problem:
    """Something to solve by `params <- params - rate * field(params, noise)` (Robbins and Monro 1951).

    A pytree: arrays bound to its functions with `jax.tree_util.Partial` are leaves, so that data are arguments of the
    compiled program and not constants inside it.

    Attributes:
        init: `init(key) -> (params, state)`. `state` carries what the noise remembers: model statistics, an
            environment, a Markov chain; `()` for nothing.
        field: `field(params, state, key) -> (direction, state, value)`: what to step against, a tree like `params`,
            and a number () to watch. For a loss, its gradient and the loss itself.
        judge: `judge(params, state) -> error` () against the known answer, where there is one.
        validate: `validate(params, state, key) -> loss` () on data that training does not see: what rates are
            chosen by.
        test: The same on data that choosing does not see: what is reported.
        view: `view(params, state)`: what there is to see of a solution, for `report` to draw.
        name: For tables and pictures.
        domain: `"free"`, or `"convex"` where only convex averaging is legal: `sgd` with rates in [0, 1].
        value: What `field` watches: `"loss"`, something to descend, or `"monitor"`, which says nothing about the rate.
        score: The name under which people know minus the loss, such as `"ELBO"`; None where they know the loss.
        recipe: What is tried where nobody says otherwise.
        least_steps: A shorter run is refused: a schedule inside the problem would not reach its end.
        stream: Batches that come from the host, one a step; `state` is then the batch.
    """

    init: Callable[[jax.Array], tuple[optax.Params, chex.ArrayTree]]
    field: Callable[[optax.Params, Any, jax.Array], tuple[optax.Updates, Any, jax.Array]]
    judge: Callable[[optax.Params, Any], jax.Array] | None = None
    validate: Callable[[optax.Params, Any, jax.Array], jax.Array] | None = None
    test: Callable[[optax.Params, Any, jax.Array], jax.Array] | None = None
    view: Callable[[optax.Params, Any], View] | None = None
    name: str = "problem"
    domain: Literal["free", "convex"] = "free"
    value: Literal["loss", "monitor"] = "loss"
    score: str | None = None
    stream: Stream | None = None
    recipe: Recipe = _GENERAL
    least_steps: int = 0

    def __post_init__(self) -> None:
        checks.one_of("Problem", ("free", "convex"), domain=self.domain)
        checks.one_of("Problem", ("loss", "monitor"), value=self.value)

    @property
    def criterion(self) -> Literal["validation", "error", "training"]:
        """What rates are chosen by: validation data, else the error against the answer, else the training loss."""
        return "validation" if self.validate else "error" if self.judge else "training"

    @classmethod
    def from_loss(
        cls,
        loss: Callable[..., jax.Array],
        init: Callable[[jax.Array], optax.Params],
        data: chex.ArrayTree | Iterable[chex.ArrayTree],
        *,
        batch_size: int | None = None,
        validation: chex.ArrayTree | None = None,
        test: chex.ArrayTree | None = None,
        name: str | None = None,
        score: str | None = None,
    ) -> Self:
        """A problem from a loss to descend, the way people have it.

        Args:
            loss: `loss(params, batch)`, a scalar: the mean over the batch. Where a third positional argument has no
                default, or an argument of any place is called `key` or `rng`, that one gets a key; others keep their
                defaults.
            init: `init(key) -> params`.
            data: Arrays, or a tuple, dict or other tree of them, with examples along the first axis, moved to the
                device once; or a list or any other iterable of batches, such as a data loader, begun again when it
                ends. Inputs and targets are thus `(x, y)`: `[x, y]` would be two batches.
            batch_size: Examples a step, drawn on the device uniformly with replacement. None: all data at each step.
            validation: A batch that rates are chosen by, in the form that `loss` takes. None: nothing is held out.
            test: A batch that the choice is reported on.
            name: For tables and pictures; by default the loss's own name.
            score: The name of minus the loss, such as `"ELBO"`.

        Returns:
            A problem.

        Raises:
            ValueError: Arrays of different lengths, a batch size outside [1, n] or given with an iterable; later, when
                the loss is traced, a loss that is not a scalar alone.
            TypeError: Data that are neither arrays nor an iterable of batches.

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
        draw, stream = (drawn(data, batch_size), None) if is_arrays(data) else (None, Stream(data))
        if stream is not None and batch_size is not None:
            got = f"{batch_size}; a tuple is data, a list is batches"
            raise ValueError(f"Problem.from_loss: batch_size must be None for batches, got {got}.")

        def field(draw: Callable | None, params: optax.Params, state: Any, key: jax.Array):
            draw_key, loss_key = jax.random.split(key) if noisy else (key, key)
            batch = state if draw is None else draw(draw_key)
            value, gradient = jax.value_and_grad(loss_of)(params, batch, loss_key)
            return gradient, state, value

        def held_out(batch: chex.ArrayTree, params: optax.Params, state: Any, key: jax.Array) -> jax.Array:
            return loss_of(params, batch, key)

        return cls(
            init=lambda key: (init(key), ()),
            field=jax.tree_util.Partial(field, draw),
            validate=None if validation is None else jax.tree_util.Partial(held_out, on_device(validation)),
            test=None if test is None else jax.tree_util.Partial(held_out, on_device(test)),
            name=name or getattr(loss, "__name__", "loss").strip("<>"),
            score=score,
            stream=stream,
        )

    def tree_flatten(self) -> tuple:
        """Children: the functions, whose bound arrays are leaves. Definition: everything else."""
        functions = [getattr(self, name) for name in _FUNCTIONS]
        children = [each if isinstance(each, jax.tree_util.Partial) else Static(each) for each in functions]
        return children, tuple(getattr(self, name) for name in _FACTS)

    @classmethod
    def tree_unflatten(cls, facts: tuple, children: list) -> Self:
        """Put a problem together again, checking nothing."""
        problem = object.__new__(cls)
        functions = [child.value if isinstance(child, Static) else child for child in children]
        problem.__dict__.update(zip(_FUNCTIONS + _FACTS, (*functions, *facts), strict=True))
        return problem
