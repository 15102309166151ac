"""Models of Flax NNX as parameters and state: what a loss reads of them, and what it leaves behind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax

from lropt_jax._core.extras import require
from lropt_jax._core.trees import Params, Tree
from lropt_jax.problems.losses import Loss


@dataclass(frozen=True)
class Maker:
    """`init(key) -> (params, state)`: the variables that are `Param`, and all others."""

    model: Callable[[Any], Any]

    def __call__(self, key: jax.Array) -> tuple[Params, Tree]:
        """The variables of a new model, in two parts."""
        nnx = require("flax.nnx", extra="test")
        return nnx.split(self.model(nnx.Rngs(key)), nnx.Param, ...)[1:]


@dataclass(frozen=True)
class Merged:
    """A loss of a whole model, as one of its parameters and its state. The mode of the model says whether it trains."""

    loss: Loss
    graph: Any
    has_state = True

    def __call__(self, params: Params, state: Tree, batch: Tree, key: jax.Array, *, training: bool) -> tuple:
        """The value, the state in which training leaves the model, and metrics."""
        nnx = require("flax.nnx", extra="test")
        params, inner = jax.tree.map(lambda leaf: leaf, (params, state))  # variables that may change in this trace
        model = nnx.merge(self.graph, params, inner)
        (model.train if training else model.eval)()
        value, (_, metrics) = self.loss(model, (), batch, key, training=training)
        return value, (nnx.split(model, nnx.Param, ...)[2] if training else state, metrics)

    @property
    def has_aux(self) -> bool:
        """Whether the loss returns metrics too."""
        return self.loss.has_aux

    @property
    def key(self) -> str | None:
        """The argument of the loss that gets the key."""
        return self.loss.key

    @property
    def owner(self) -> str:
        """Whose errors they are."""
        return self.loss.owner


def merged(model: Callable[[Any], Any], loss: Callable[..., Any], *, has_aux: bool, owner: str) -> Merged:
    """A loss of a whole model. Its structure is found without computing anything."""
    nnx = require("flax.nnx", extra="test")
    graph = nnx.split(nnx.eval_shape(lambda: model(nnx.Rngs(0))), nnx.Param, ...)[0]
    return Merged(Loss.of(loss, has_aux=has_aux, owner=owner), graph)
