"""Optimizers of both libraries with their own ways of doing things, for the scorecard's probes."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax import optimizers
from lropt_jax.schedules import cosine

STEPS = 400
RATES = {"adadelta": 3.0, "adafactor": 1.0, "adagrad_norm": 1.0, "lars": 3.0, "radam": 1.0}  # all others 0.1
SHAPES = {"w": (8, 4), "b": (8,)}


class Entrant(NamedTuple):
    """A factory of optimizers, ours or Optax's."""

    name: str
    factory: Callable[..., optax.GradientTransformation]
    ours: bool

    @property
    def rate(self) -> float:
        """One at which float32 gains decades in `STEPS` steps."""
        return RATES.get(self.name, 0.1)

    @property
    def defaults(self) -> dict[str, Any]:
        """The arguments by name, and their defaults."""
        return {name: given.default for name, given in inspect.signature(self.factory).parameters.items()}

    @functools.cache  # noqa: B019
    def make(self, falling: bool = True) -> Any:
        """Under a cosine or at a number. Moments of Optax's are in float32 where it has an argument for that."""
        if self.factory is optax.rprop and falling:  # takes a number alone
            return optax.chain(self.make(falling=False), optax.scale_by_schedule(_cosine(1.0)))
        return self._call(self.factory, falling)

    @functools.cache  # noqa: B019
    def inject(self, *names: str, dtype: Any = jnp.float32) -> Any:
        """The same with some arguments as numbers in the state: Optax's way to have them read and given as arrays."""
        static = [name for name in self.defaults if name not in names]
        return self._call(optax.inject_hyperparams(self.factory, static, dtype), falling=True)

    def _call(self, factory: Callable, falling: bool) -> Any:
        if self.ours:
            return factory(cosine(self.rate, STEPS) if falling else self.rate)
        wide = {name: jnp.float32 for name in ("mu_dtype", "accumulator_dtype") if name in self.defaults}
        return factory(_cosine(self.rate) if falling else self.rate, **wide)

    def step(self, tx: Any, params: Any, state: Any, grads: Any) -> tuple[Any, Any, Any]:
        """New parameters, new state and the updates, compiled; ours is an argument, with all its numbers."""
        return (_with_ours if self.ours else _with_any)(tx, params, state, grads)

    def run(
        self, tx: Any, params: Any, gradient: Callable, steps: int, see: Callable = lambda state: None
    ) -> tuple[Any, Any, Any]:
        """What some steps end with; each state is shown to `see`."""
        params, state = jax.tree.map(jnp.copy, (params, tx.init(params)))
        for _ in range(steps):
            params, state, updates = self.step(tx, params, state, gradient(params))
            see(state)
        return params, state, updates


_OF_OTHER_CALLS = {"sm3", "sophia"}  # Optax's sm3 takes no schedule, and its sophia no gradients without the loss


def _cosine(rate: float) -> optax.Schedule:
    return optax.cosine_decay_schedule(rate, STEPS)


def _step(tx: Any, params: Any, state: Any, grads: Any) -> tuple[Any, Any, Any]:
    updates, state = tx.update(grads, state, params)
    return optax.apply_updates(params, updates), state, updates


_with_ours = jax.jit(_step, donate_argnums=(1, 2))
_with_any = jax.jit(_step, static_argnums=0, donate_argnums=(1, 2))


def pairs(*names: str) -> dict[str, tuple[Entrant, Entrant | None]]:
    """Each optimizer of ours with Optax's of that name, if there is one; but for those that find their rate by `d0`."""
    found = {}
    for name in names or optimizers.__all__:
        factory = getattr(optimizers, name)
        arguments = list(inspect.signature(factory).parameters)
        if arguments[0] == "learning_rate" and "d0" not in arguments:
            theirs = getattr(optax, name, None) or getattr(optax.contrib, name, None)
            theirs = None if name in _OF_OTHER_CALLS else theirs
            found[name] = Entrant(name, factory, True), theirs and Entrant(name, theirs, False)
    return found


def start(dtype: Any = jnp.float32) -> Any:
    """Parameters from 0.5 to 2 in size."""
    random = np.random.default_rng(0)
    return {n: jnp.asarray(random.uniform(0.5, 2, s) * random.choice([-1, 1], s), dtype) for n, s in SHAPES.items()}


@jax.jit
def bowl(params: Any) -> Any:
    """Gradients of a quadratic with its minimum at 0 and curvatures from 0.5 to 2."""
    return jax.tree.map(lambda p: jnp.geomspace(0.5, 2, p.size).reshape(p.shape).astype(p.dtype) * p, params)


def spoiled(params: Any) -> Any:
    """The same with one NaN."""
    grads = bowl(params)
    return {**grads, "w": grads["w"].at[0, 0].set(jnp.nan)}


def finite(*trees: Any) -> bool:
    """Whether all numbers are."""
    return all(np.all(np.isfinite(np.asarray(leaf, np.float64))) for leaf in jax.tree.leaves(trees))
