"""A range test in the training loop that people already have."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jax
import numpy as np

from lropt_jax._core.checking import check
from lropt_jax._core.kinds import NonNegative
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType, naming
from lropt_jax.tuning.copies import copied
from lropt_jax.tuning.grid import End
from lropt_jax.tuning.range_test import Points, ascending
from lropt_jax.tuning.suggestion import Rule, Suggestion, suggest

_FAR = 4.0  # the rise over the start, in falls below it, that ends a run. The curve is read up to a rise of 1


class Finder:
    """A range test for a training loop of your own: it gives the rates, and you give it the losses.

    Choose it where your training is not a `Problem`: in Flax NNX, Equinox, Keras' stateless loop or plain JAX. Your
    step takes the rate. `set_learning_rate(state, rate)` puts it into the state of an optimizer with `settable`; with
    `optax.inject_hyperparams` it is `state.hyperparams["learning_rate"]`.

    `run` makes the loop and leaves your state as it is. Or write the loop yourself, over a copy of your state:

        for rate, batch in zip(finder.rates(), batches):
            state, loss = step(state, batch, rate)
            finder.record(loss)

    It reads each loss on the host, so it waits for each step.

    Args:
        low: The smallest rate, > 0.
        high: The largest rate, > 0 and above `low`.
        steps: Rates of the rising run, or updates of each lane, a whole number >= 5.
        lanes: How many constant rates `run` tries, each from a copy of your state and with the same batches, a whole
            number >= 5. None: one rising run.
        smoothing: As in `range_test`, >= 0. None: as there.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax import set_learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.rates import settable
        >>> tx = sgd(settable(0.0), momentum=0.9)
        >>> @jax.jit
        ... def step(state, batch, rate):
        ...     params, optimizer_state = state
        ...     optimizer_state = set_learning_rate(optimizer_state, rate)
        ...     loss, grads = jax.value_and_grad(lambda w: jnp.mean((w - batch) ** 2))(params)
        ...     updates, optimizer_state = tx.update(grads, optimizer_state, params)
        ...     return (params + updates, optimizer_state), loss
        >>> w = jnp.zeros(3)
        >>> found = Finder().run(step, (w, tx.init(w)), [jnp.arange(3.0)])
        >>> found.low < found.rate < found.high
        True
    """

    @naming("Finder")
    def __init__(
        self,
        low: End = 1e-7,
        high: End = 10.0,
        steps: Points = 100,
        *,
        lanes: Points | None = None,
        smoothing: NonNegative | None = None,
    ):
        kinds = Finder.__init__.__annotations__
        for name, given in {"low": low, "high": high, "steps": steps, "lanes": lanes, "smoothing": smoothing}.items():
            check(name, kinds[name], given)
        self.steps, self.lanes, self.smoothing = int(steps), lanes, smoothing
        self._all = ascending(float(low), float(high), lanes or steps)
        self.losses: list[float] = []

    @naming("Finder.rates")
    def rates(self) -> Iterator[jax.Array]:
        """The rising rates, each a number of JAX: so a compiled step takes the next one without another compilation.

        It ends early where a loss is not finite or far above the first ones. It begins anew each time.
        """
        self.losses = []
        return self._rates()

    def _rates(self) -> Iterator[jax.Array]:
        for place, rate in enumerate(self._all):
            yield real(rate)
            if len(self.losses) != place + 1:
                raise Refused(f"record must be called once for each rate, got {len(self.losses) - place} calls.")
            if self.diverged:
                return

    @naming("Finder.record")
    def record(self, loss: Any) -> None:
        """Keep the loss of a step, a scalar. It may be NaN or infinite: that is an end, and no error."""
        if np.ndim(loss) and np.size(loss) != 1:
            raise Refused(f"loss must be a scalar, got the shape {np.shape(loss)}; average over the batch.")
        if len(self.losses) == len(self._all):
            raise Refused(f"loss must follow one of rates(), got {len(self._all) + 1} losses; rates() begins anew.")
        self.losses.append(float(np.asarray(loss).reshape(())))

    @property
    def diverged(self) -> bool:
        """Whether the last loss is not finite, or far above the first ones."""
        losses = np.array(self.losses)
        if not np.isfinite(losses[-1:]).all():
            return True
        many = max(3, len(self._all) // 10)
        if len(losses) <= many:
            return False
        first = losses[:many]
        fallen, spread = max(first.mean() - losses.min(), 0), np.ptp(first)
        return bool(losses[-1] - first.mean() > _FAR * max(fallen, spread, 1e-3 * abs(first.mean())))

    @naming("Finder.run")
    def run(
        self, step: Callable[[Any, Any, jax.Array], tuple[Any, Any]], state: Any, batches: Iterable[Any]
    ) -> Suggestion:
        """Train copies of a state at the rates, and say what the losses suggest.

        Args:
            step: `step(state, batch, rate) -> (state, loss)`, compiled or not. It may donate its state, and it may
                change NNX objects in place.
            state: Everything that a step changes: `(params, optimizer_state)`, `(model, optimizer)`. It stays as it is.
            batches: Any iterable. It begins again where it ends. It is read once for all lanes.

        Returns:
            The suggestion. `suggestion` gives it again, by another rule.

        Memory: a copy of the state. With `lanes`: also the batches of one lane, on the host.
        """
        stream = _endless(batches)
        self.losses = []
        if self.lanes is None:
            state = copied(state)
            for rate, batch in zip(self.rates(), stream, strict=False):
                state, loss = _pair(step(state, batch, rate))
                self.record(loss)
        else:
            kept = list(itertools.islice(stream, self.steps + 1))
            for rate in self._all:
                self.losses.append(_end_of(step, copied(state), kept, float(rate)))
        return self.suggestion()

    @naming("Finder.suggestion")
    def suggestion(self, rule: Rule | None = None) -> Suggestion:
        """What the losses so far suggest, as `range_test` reads them.

        Args:
            rule: As in `range_test`. None: as there.
        """
        check("rule", Rule | None, rule)
        if not self.losses:
            raise Refused("rates must have been tried, got none; call run, or record a loss for each of rates().")
        losses = np.array(self.losses + [np.nan] * (len(self._all) - len(self.losses)))
        return suggest(self._all, losses, rule=rule, smoothing=self.smoothing, steps=self.steps, lanes=self.lanes)  # type: ignore[arg-type]

    def plot(self, rule: Rule | None = None) -> Any:
        """Draw loss against rate, see `report.plot_range_test`."""
        return self.suggestion(rule).plot()

    def __repr__(self) -> str:
        tried = f"{len(self.losses)} of {len(self._all)} rates from {self._all[0]:.3g} to {self._all[-1]:.3g} tried"
        return f"<Finder: {tried}>"


def _endless(batches: Iterable[Any]) -> Iterator[Any]:
    """One batch after another. The iterable begins again when it ends."""
    if not isinstance(batches, Iterable):
        raise WrongType(f"batches must be an iterable, got {batches!r}.")
    taken = 0
    while True:
        before = taken
        for batch in batches:
            taken += 1
            yield batch
        if taken == before:
            raise Refused(f"batches ended after {taken}; give more, or an iterable that can begin again.")


def _end_of(step: Callable, state: Any, batches: list[Any], rate: float) -> float:
    """The loss of a lane on its last batch, which is the same for all. NaN where a loss before it is not finite."""
    loss = np.nan
    for batch in batches:
        state, told = _pair(step(state, copied(batch), real(rate)))  # copies: a step may donate all that it is given
        loss = float(np.asarray(told).reshape(()))
        if not np.isfinite(loss):
            break
    return loss


def _pair(returned: Any) -> tuple[Any, Any]:
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise WrongType(f"step must return (state, loss), got a {type(returned).__name__}.")
    return returned
