"""A loss as a function of the parameters that are learned: one number for each, and checked to be one."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.absent import completed, is_absent
from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.learned import learned
from lropt_jax._core.limits import cut, shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.wrapping import like


class ScalarLoss(NamedTuple):
    """A loss near some parameters, of which only those that can have gradients move."""

    name: str  # of the argument, for errors
    loss: Callable[[optax.Params], ArrayLike]
    params: optax.Params

    @classmethod
    def of(cls, name: str, loss: Callable[[optax.Params], ArrayLike], params: optax.Params) -> "ScalarLoss":
        """The loss, refused where it gives no single real number or where nothing can move."""
        dtypes = [jnp.result_type(leaf) for leaf in jax.tree.leaves(learned(params)) if _is_data(leaf)]
        if not any(jnp.issubdtype(dtype, jnp.inexact) for dtype in dtypes):
            raise Refused(f"params must have at least one leaf of floats, got {shown(params)}.")
        self = cls(name, loss, params)
        made = self._returned()
        if jax.tree.structure(made) != jax.tree.structure(0):  # type: ignore[operator]
            remedy = f"; give lambda params: {name}(params)[0]" if isinstance(made, tuple) else ""
            raise WrongType(f"{name} must return a number alone, got a {type(made).__name__}{remedy}.")
        if made.shape != () or not jnp.issubdtype(made.dtype, jnp.floating):
            remedy = "; take its mean" if made.shape else ""
            raise Refused(f"{name} must return a float of shape (), got {made.dtype}{list(made.shape)}{remedy}.")
        return self

    def _returned(self) -> Any:
        """Shape and dtype of what the loss returns."""
        try:
            return jax.eval_shape(self.raw, self.start)
        except Refused:
            raise
        except (TypeError, KeyError, AttributeError, IndexError) as error:
            raise WrongType(
                f"{self.name} must take params, {shown(self.params)}, got {type(error).__name__}: {cut(str(error))}."
            ) from error

    @property
    def start(self) -> optax.Params:
        """The parameters that can move, as arrays; None for every other."""
        return jax.tree.map(jnp.asarray, learned(self.params))

    def raw(self, part: optax.Params) -> ArrayLike:
        """The loss as it is returned, from the parameters that can move."""
        return self.loss(completed(part, self.params))

    def value(self, part: optax.Params) -> jax.Array:
        """The loss, () float32 or wider."""
        return real(self.raw(part))

    def beside(self, name: str, tree: Any) -> Any:
        """Another tree like the parameters, with None for those that cannot move."""
        return self._aligned(name, tree, lambda p, leaf: leaf)

    def step(self, name: str, update: optax.Updates) -> optax.Updates:
        """An update of the parameters that can move: zeros where it has None."""
        return self._aligned(name, update, lambda p, leaf: jnp.zeros_like(p) if is_absent(leaf) else leaf)

    def _aligned(self, name: str, tree: Any, choose: Callable[[jax.Array, Any], Any]) -> Any:
        """A tree with None for parameters that cannot move, refused where it is not like the parameters."""
        here = self.start
        try:
            if tree is None:
                raise ValueError
            kept = jax.tree.map(lambda p, x: None if is_absent(p) else choose(p, x), here, tree, is_leaf=is_absent)
            shapes = jax.tree.map(lambda leaf, p: jnp.shape(leaf) == p.shape, kept, here)
        except (ValueError, TypeError):
            raise Refused(f"{name} must be a tree like params, {shown(self.params)}, got {shown(tree)}.") from None
        if not all(jax.tree.leaves(shapes)):
            raise Refused(f"{name} must have the shapes of params, {_shapes(here)}, got {_shapes(kept)}.")
        return kept

    def moved(self, update: optax.Updates, multiple: jax.Array) -> optax.Params:
        """The parameters that can move after a multiple of an update, in their own dtypes."""
        here = self.start
        return like(jax.tree.map(lambda p, u: wide(p) + times(multiple, wide(u)), here, update), here)


def _is_data(leaf: Any) -> bool:
    return isinstance(leaf, (int, float, complex)) or hasattr(leaf, "dtype")


def _shapes(tree: Any) -> str:
    return shown([jnp.shape(leaf) for leaf in jax.tree.leaves(tree)])
