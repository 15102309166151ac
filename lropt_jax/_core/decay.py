"""Weight decay: how strong, what it goes with, and for which parameters."""

from typing import Any, NamedTuple

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.numbers import at

_WORDS = ("rate", "independent", "gradients")


class Decay(NamedTuple):
    """The three arguments of an optimizer that say how its parameters decay; `strength` None is no decay."""

    owner: str
    strength: ArrayLike | optax.Schedule | None
    coupling: str | ArrayLike | optax.Schedule
    mask: Any

    def check(self) -> None:
        """Refuse what is no decay."""
        if isinstance(self.coupling, str):
            checks.one_of(self.owner, _WORDS, decay_coupling=self.coupling)
        else:
            checks.schedulable(checks.positive, self.owner, decay_coupling=self.coupling)
        if self.strength is not None:
            checks.schedulable(checks.nonnegative, self.owner, weight_decay=self.strength)

    def of_gradients(self, grads: optax.Updates, params: optax.Params | None, count: jax.Array) -> optax.Updates:
        """The gradients, wide and with the decay added where it goes with them."""
        if self.strength is None or not _is(self.coupling, "gradients"):
            return grads
        return self._add(at(self.strength, count), jax.tree.map(wide, grads), params)

    def of_updates(
        self, updates: optax.Updates, params: optax.Params | None, count: jax.Array, rate: jax.Array
    ) -> optax.Updates:
        """The updates with the decay added where it does not go with the gradients."""
        if self.strength is None or _is(self.coupling, "gradients"):
            return updates
        pull = at(self.strength, count)
        if _is(self.coupling, "rate"):
            pull = rate * pull
        elif not isinstance(self.coupling, str):
            pull = rate / at(self.coupling, count) * pull
        return self._add(-pull, updates, params)

    def _add(self, share: jax.Array, tree: optax.Updates, params: optax.Params | None) -> optax.Updates:
        if params is None:
            raise ValueError(
                f"{self.owner}: update needs params for weight_decay; call tx.update(grads, state, params)."
            )
        if self.mask is None:
            return jax.tree.map(lambda u, p: u + times(share, wide(p)), tree, params)
        chosen = self.mask(params) if callable(self.mask) else self.mask
        return jax.tree.map(lambda c, u, p: u + times(share, wide(p)) if c else u, chosen, tree, params)


def _is(coupling: Any, word: str) -> bool:
    return isinstance(coupling, str) and coupling == word
