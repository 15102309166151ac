"""Weight decay: how strong, what it goes with, and for which parameters."""

from typing import Any, NamedTuple

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import divide, times, wide
from lropt_jax._core.masks import chosen
from lropt_jax._core.numbers import value_at
from lropt_jax._core.refusal import needed
from lropt_jax._core.values import Decay

OWN = "own"  # the decay goes where the optimizer has a place of its own for it
RATE_SQUARED = "rate squared"
PEAKED = ("schedule", RATE_SQUARED)  # what must know the largest rate
DECOUPLED = ("rate", *PEAKED, "nothing")  # a share of the parameters, beside the optimizer's step


class DecayRule(NamedTuple):
    """The weight decay of an optimizer. Strength None: no decay."""

    strength: ArrayLike | optax.Schedule | None
    goes_with: str | None = "rate"
    peak: ArrayLike | optax.Schedule | None = None
    mask: Any = None

    def of_gradients(self, grads: optax.Updates, params: optax.Params | None, count: jax.Array) -> optax.Updates:
        """The gradients, with the decay added if it goes with them."""
        if self.strength is None or self.goes_with != "gradients":
            return grads
        return self._add(value_at(self.strength, count), jax.tree.map(wide, grads), params)

    def of_steps(self, steps: optax.Updates, params: optax.Params | None, count: jax.Array) -> optax.Updates:
        """The steps in an optimizer's own place for decay, with the decay added if it goes there."""
        if self.strength is None or self.goes_with != OWN:
            return steps
        return self._add(value_at(self.strength, count), steps, params)

    def of_updates(
        self, updates: optax.Updates, params: optax.Params | None, count: jax.Array, rate: jax.Array
    ) -> optax.Updates:
        """The updates, with the decay added if it takes a share of the parameters."""
        share = self.share(count, rate)
        return updates if share is None else self._add(-share, updates, params)

    def share(self, count: jax.Array, rate: jax.Array) -> jax.Array | None:
        """The share of the parameters that an update takes away. None: the decay goes another way, or there is none."""
        if self.strength is None or self.goes_with in ("gradients", OWN):
            return None
        pull = value_at(self.strength, count)
        if self.goes_with == "rate":
            return rate * pull
        if self.goes_with in PEAKED:
            pull = divide(rate, value_at(self.peak, count)) * pull  # type: ignore[arg-type]
        return rate * pull if self.goes_with == RATE_SQUARED else pull

    def _add(self, share: jax.Array, tree: optax.Updates, params: optax.Params | None) -> optax.Updates:
        params = needed(params, "for weight_decay")
        if self.mask is None:
            return jax.tree.map(lambda u, p: u + times(share, wide(p)), tree, params)
        decays = chosen("mask", self.mask, params)
        return jax.tree.map(lambda c, u, p: u + times(share, wide(p)) if c else u, decays, tree, params)


def as_decay(weight_decay: ArrayLike | optax.Schedule | Decay | DecayRule | None, custom: str = "rate") -> DecayRule:
    """The argument `weight_decay` of an optimizer as a rule. It goes with `custom` if the argument does not say."""
    if isinstance(weight_decay, Decay):
        weight_decay = weight_decay.build()
    if not isinstance(weight_decay, DecayRule):
        weight_decay = DecayRule(weight_decay, None)
    return weight_decay._replace(goes_with=weight_decay.goes_with or custom)
