"""What momentum and Adam's moments do while the gradients are 0."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp

from lropt_jax._core.accumulators import root, weight
from lropt_jax._core.idle import Idle
from lropt_jax._core.kinds import Average, Epsilon, Momentum
from lropt_jax._core.numbers import real


def momentum_alone(momentum: Momentum | None, nesterov: bool, **keeps: Average) -> Callable[[], Idle | None]:
    """The momentum goes on by itself, as `m, momentum * m, ...`; the averages in `keeps` only shrink."""

    def idle() -> Idle | None:
        if any(map(callable, (momentum, *keeps.values()))):
            return None
        if momentum is None:
            return Idle(keeps)
        kept = real(momentum)

        def towards(slots: Mapping[str, jax.Array], made: jax.Array) -> jax.Array:
            return slots["trace"] * (kept.astype(slots["trace"].dtype) if nesterov else 1)

        return Idle({**keeps, "trace": kept}, kept, towards)

    return idle


def adam_alone(b1: Average, b2: Average, eps: Epsilon, eps_in_sqrt: bool) -> Callable[[], Idle | None]:
    """`mu` shrinks by `b1` and the root of `nu` by `sqrt(b2)`. `eps` is taken to shrink as the root does."""

    def idle() -> Idle | None:
        if any(map(callable, (b1, b2, eps))):
            return None
        keep1, keep2, small = real(b1), real(b2), real(eps)

        def towards(slots: Mapping[str, jax.Array], made: jax.Array) -> jax.Array:
            second = weight(keep2, jnp.maximum(made, 1)).astype(slots["nu"].dtype)
            added, nothing = jnp.sqrt(second) * small.astype(second.dtype), jnp.zeros_like(second)
            if eps_in_sqrt:
                return slots["mu"] / root(slots["nu"], second * small.astype(second.dtype), eps_in_sqrt=True)
            return slots["mu"] / (root(slots["nu"], nothing, eps_in_sqrt=True) + added)

        def scale(made: jax.Array) -> jax.Array:
            return jnp.sqrt(weight(keep2, made)) / weight(keep1, made)

        return Idle({"mu": keep1, "nu": keep2}, keep1 / jnp.sqrt(keep2), towards, scale)

    return idle
