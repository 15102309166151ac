"""Schedulers that hold schedulers."""

from collections.abc import Collection, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.factory import Factory
from lropt_jax._core.kinds import AnySchedule, Boundaries, Height
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, real, value_at
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import equal
from lropt_jax._core.values import Schedule
from lropt_jax.compat.torch.cosines import SWALR, CosineAnnealingLR, CosineAnnealingWarmRestarts
from lropt_jax.compat.torch.cycles import CyclicLR, OneCycleLR
from lropt_jax.compat.torch.decays import ConstantLR, ExponentialLR, LinearLR, MultiStepLR, PolynomialLR, StepLR
from lropt_jax.compat.torch.functions import LambdaLR, MultiplicativeLR
from lropt_jax.schedules import constant, join, shift

_FACTORS: set[Factory] = {
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    MultiplicativeLR,
    PolynomialLR,
    StepLR,
}
_SETTERS: set[Factory] = {CosineAnnealingWarmRestarts, LambdaLR}


@lift
def SequentialLR(base_lr: Height, schedulers: Sequence[AnySchedule], milestones: Boundaries) -> optax.Schedule:
    """Follow each scheduler up to its milestone, then the next one from its own step 0.

    A piece begins from `base_lr`, not from the rate reached. PyTorch makes two exceptions: `MultiplicativeLR` goes on
    from the rate of the update before, and a `SequentialLR` or `ChainedScheduler` inside is a step ahead.
    `schedules.join` makes none.

    Args:
        base_lr: The optimizer's rate, >= 0; the pieces must have the same.
        schedulers: The pieces: schedulers of this module, any other schedules, or numbers >= 0.
        milestones: The steps at which the next piece begins, in ascending order, each > 0; one fewer than pieces.

    Returns:
        A schedule.

    Raises:
        ValueError: The counts do not fit, the milestones are not in order, or a piece has another `base_lr`. Some
            pieces are refused because PyTorch fails or gives wrong rates with them: `OneCycleLR`, and `CyclicLR` in the
            first place, which overwrite the `base_lr` of the others; `SWALR`, `SequentialLR` and `ChainedScheduler`
            after the first place.

    Example:
        >>> import jax.numpy as jnp
        >>> pieces = [ConstantLR(1.0, 0.5, 9), ExponentialLR(1.0, 0.5)]
        >>> SequentialLR(1.0, pieces, [2])(jnp.arange(5))
        Array([0.5 , 0.5 , 1.  , 0.5 , 0.25], dtype=float32)
    """
    so_far = shift(schedulers[0], 1) if _kind(schedulers[0]) in _HOLDERS else schedulers[0]
    for piece, milestone in zip(schedulers[1:], milestones, strict=True):
        piece = _onward(piece, so_far, milestone) if _kind(piece) == MultiplicativeLR else piece
        so_far = join([so_far, piece], [milestone])
    return so_far if callable(so_far) else constant(so_far)


@SequentialLR.requires
def _(base_lr: Height, schedulers: Sequence[Any], milestones: Boundaries) -> None:
    _members(base_lr, schedulers[:1], {CyclicLR, OneCycleLR})
    _members(base_lr, schedulers[1:], {OneCycleLR, SWALR, *_HOLDERS})
    if not len(schedulers) or len(milestones) != len(schedulers) - 1:
        got = f"{len(milestones)} for {len(schedulers)} schedulers"
        raise Refused(f"milestones must be one fewer than schedulers, got {got}.")


@lift
def ChainedScheduler(base_lr: Height, schedulers: Sequence[AnySchedule]) -> optax.Schedule:
    """Let several schedulers act on one rate at every step, one after another.

    Most schedulers multiply the rate: the result is the product of their factors. `LambdaLR` and
    `CosineAnnealingWarmRestarts` set the rate. As in PyTorch, a scheduler before them has no effect, and a scheduler
    after them multiplies only by the change of its factor at this step. Where `CosineAnnealingLR` reaches 0, PyTorch
    also loses the factors of the others up to there; here they stay. `schedules.product` multiplies whole schedules.

    Args:
        base_lr: The optimizer's rate, >= 0; the members must have the same.
        schedulers: Schedulers of this module, at least one.

    Returns:
        A schedule.

    Raises:
        ValueError: There is no scheduler, one has another `base_lr`, one is not of this module, or one is no factor: a
            cycle, `SWALR`, `SequentialLR`, `ChainedScheduler`, or a `CosineAnnealingLR` with an `eta_min`.

    Example:
        >>> import jax.numpy as jnp
        >>> ChainedScheduler(1.0, [ConstantLR(1.0, 0.5, 2), ExponentialLR(1.0, 0.5)])(jnp.arange(4))
        Array([0.5  , 0.25 , 0.25 , 0.125], dtype=float32)
    """
    members: Any = schedulers

    def schedule(step: ArrayLike) -> jax.Array:
        rate, was_set = jnp.broadcast_to(real(base_lr), jnp.shape(step)), False
        for member in members:
            if member.factory in _SETTERS:
                rate, was_set = member(step), True
                continue
            factor = member.replace(base_lr=1.0)
            rate = rate * (_change(factor, step) if was_set else factor(step))
        return rate

    return schedule


@ChainedScheduler.requires
def _(base_lr: Height, schedulers: Sequence[Any]) -> None:
    if not len(schedulers):
        raise Refused("schedulers must be at least one, got none.")
    _members(base_lr, schedulers, {CyclicLR, OneCycleLR, SWALR, None, *_HOLDERS})
    for member in schedulers:
        if _kind(member) == CosineAnnealingLR:
            equal(0, eta_min=member.eta_min)


_HOLDERS: set[Factory] = {SequentialLR, ChainedScheduler}


def _members(base_lr: Height, schedulers: Sequence[Any], refused: Collection[Factory | None]) -> None:
    """Refuse members of some kinds, and members with another `base_lr`."""
    for member in schedulers:
        if _kind(member) in refused:
            raise Refused(f"schedulers must not hold this here, got {member}; use lropt_jax.schedules.")
        if _kind(member) not in (None, CyclicLR):
            equal(base_lr, base_lr=member.base_lr)


def _kind(member: Any) -> Any:
    """The scheduler of this module that a member is made by, if any."""
    factory = member.factory if isinstance(member, Schedule) else None
    return factory if factory in {*_FACTORS, *_SETTERS, *_HOLDERS, CyclicLR, OneCycleLR, SWALR} else None


def _onward(piece: Any, before: Any, milestone: ArrayLike) -> optax.Schedule:
    """A piece that begins at the rate of the update before it."""
    return lambda step: value_at(before, minus(milestone, 1)) * piece.replace(base_lr=1.0)(step)


def _change(factor: Schedule, step: ArrayLike) -> jax.Array:
    """A factor divided by that of the step before; 1 once it has reached 0."""
    now, before = factor(step), factor(jnp.maximum(minus(step, 1), 0))
    alive = before > 0
    return jnp.where(jnp.asarray(step) > 0, jnp.where(alive, now / jnp.where(alive, before, 1), 1), now)
