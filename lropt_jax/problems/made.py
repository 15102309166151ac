"""Problems made of a loss: the way people have it."""

from collections.abc import Callable, Iterable
from typing import Any, Self

import jax
from typing_extensions import TypeAliasType

from lropt_jax._core.refusal import naming
from lropt_jax._core.trees import Tree
from lropt_jax.problems.batches import Order
from lropt_jax.problems.learning import functions
from lropt_jax.problems.losses import Loss
from lropt_jax.problems.nnx import Maker, merged

LossFunction = TypeAliasType("LossFunction", Callable[..., Any])


class Made:
    """What makes a problem of a loss, for `Problem`."""

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
            >>> from lropt_jax.problems import Problem
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
        return cls(name=name or _name(loss), score=score, **made)  # type: ignore[call-arg]

    @classmethod
    def from_nnx(
        cls,
        model: Callable[[Any], Any],
        loss: LossFunction,
        data: Tree | Iterable[Tree],
        *,
        batch_size: int | None = None,
        order: Order = "random",
        has_aux: bool = False,
        validation: Tree | None = None,
        test: Tree | None = None,
        validation_batch_size: int | None = None,
        name: str | None = None,
        score: str | None = None,
    ) -> Self:
        """A problem from a model of Flax NNX: its `Param` variables are learned, all others are its state.

        So means of batch normalisation and the keys of dropout go from step to step. The model is in the mode of
        `model.train()` in steps, and of `model.eval()` on held-out data, which leave its state as it is.
        `nnx.update(model, solution.params, solution.state)` puts a solution into a model.

        Args:
            model: `model(rngs) -> nnx.Module`, such as `lambda rngs: Net(32, rngs=rngs)`.
            loss: `loss(model, batch)`, and else as in `from_loss`.
            data: As in `from_loss`, and so are all arguments below.
            batch_size: Examples a step. None: all data.
            order: `"random"` or `"epochs"`.
            has_aux: The loss returns `(value, metrics)`.
            validation: A batch to choose rates by. None: nothing is held out.
            test: A batch to report the choice on. None: no report.
            validation_batch_size: Held-out examples at a time. None: all at once.
            name: For tables and pictures. None: the loss's own name.
            score: The name of minus the loss. None: the loss is shown.

        Returns:
            A problem.

        Raises:
            ImportError: Flax is not installed.
            ValueError: As in `from_loss`.

        Example:
            >>> import jax, jax.numpy as jnp
            >>> from flax import nnx
            >>> from lropt_jax.optimizers import sgd
            >>> from lropt_jax.problems import Problem, solve
            >>> x = jnp.linspace(-1, 1, 8)[:, None]
            >>> fit = Problem.from_nnx(
            ...     lambda rngs: nnx.Linear(1, 1, rngs=rngs),
            ...     lambda model, batch: jnp.mean((model(batch[0]) - batch[1]) ** 2), (x, 3 * x))
            >>> f"{solve(fit, sgd(0.5), jax.random.key(0), steps=50).params['kernel'][...].item():.3f}"
            '3.000'
        """
        with naming("Problem.from_nnx"):
            read = merged(model, loss, has_aux=has_aux, owner="Problem.from_nnx")
        made = functions(
            read, Maker(model), data, batch_size=batch_size, order=order, validation=validation, test=test,
            validation_batch_size=validation_batch_size,
        )  # fmt: skip
        return cls(name=name or _name(loss), score=score, **made)  # type: ignore[call-arg]


def _name(loss: Any) -> str:
    return getattr(loss, "__name__", "loss").strip("<>")
