"""What PyTorch's optimizers have in common: how arguments are checked, and `maximize`."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax.rates import Rate

Number: TypeAlias = ArrayLike | optax.Schedule


def check(owner: str, lr: Any, **numbers: Any) -> None:
    """Refuse an `lr` that is no rate of any kind, and other numbers below 0."""
    if not isinstance(lr, Rate):
        nonnegative(owner, lr=lr)
    nonnegative(owner, **numbers)


def nonnegative(owner: str, *, weight_decay: Any = None, **numbers: Any) -> None:
    """Refuse numbers below 0; schedules pass, and no decay."""
    checks.schedulable(checks.nonnegative, owner, **numbers)
    if weight_decay is not None:
        checks.schedulable(checks.nonnegative, owner, weight_decay=weight_decay)


def two(owner: str, name: str, pair: Sequence[Any]) -> Sequence[Any]:
    """A pair such as `eps` of `Adafactor`."""
    if not isinstance(pair, Sequence) or len(pair) != 2:
        raise ValueError(f"{owner}: {name} must be two numbers, got {pair!r}.")
    return pair


def decays(owner: str, betas: Sequence[Any]) -> Sequence[Any]:
    """The decays of both moments of Adam's family."""
    for beta in two(owner, "betas", betas):
        checks.schedulable(checks.below_one, owner, betas=beta)
    return betas


def climbing(tx: optax.GradientTransformationExtraArgs, maximize: bool) -> optax.GradientTransformationExtraArgs:
    """The optimizer, or with `maximize` the one that goes up: it is given the gradients with their signs changed."""
    if not maximize:
        return tx

    def update(grads: optax.Updates, state: optax.OptState, params: optax.Params | None = None, **extra: Any) -> tuple:
        return tx.update(jax.tree.map(jnp.negative, grads), state, params, **extra)

    return optax.GradientTransformationExtraArgs(tx.init, update)
