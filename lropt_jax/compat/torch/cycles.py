"""Schedulers that go up and down."""

from collections.abc import Callable
from typing import Any, Literal

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.checking import check, checked
from lropt_jax._core.curves import through
from lropt_jax._core.ends import with_end
from lropt_jax._core.host import call_host
from lropt_jax._core.kinds import BelowOne, Height, Positive, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, plus, real
from lropt_jax._core.periods import whole_periods
from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Schedule
from lropt_jax.schedules import cyclic, one_cycle_momentum

_SHAPES = {"cos": "cosine", "linear": "linear"}


@lift
def CyclicLR(
    lr: Height | None = None,
    base_lr: Height | None = None,
    max_lr: Height | None = None,
    step_size_up: Steps = 2000,
    step_size_down: Steps | None = None,
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
    gamma: Positive = 1.0,
    scale_fn: Callable[[Any], Any] | None = None,
    scale_mode: Literal["cycle", "iterations"] = "cycle",
    cycle_momentum: bool = True,
    base_momentum: BelowOne = 0.8,
    max_momentum: BelowOne = 0.9,
) -> optax.Schedule:
    """Rise from `base_lr` to `max_lr` in a straight line, fall back, and again.

    The height of the triangle is multiplied by 1 ("triangular"), by `2^-(cycle - 1)` ("triangular2", cycles counted
    from 1) or by `gamma^t` ("exp_range"). With `scale_fn` it is multiplied by that function, whatever `mode` says.

    Args:
        lr: The optimizer's rate, >= 0, without effect: PyTorch overwrites it.
        base_lr: The rate at the foot, >= 0. It must be given.
        max_lr: The rate at the top, >= 0. It must be given.
        step_size_up: Steps up, > 0.
        step_size_down: Steps down, > 0. None: as many as up.
        mode: "triangular", "triangular2" or "exp_range".
        gamma: The factor of each step in "exp_range", > 0.
        scale_fn: A function of one whole number. None: the factor of `mode`.
        scale_mode: The argument of `scale_fn`: "cycle", counted from 1, or "iterations", steps from 0.
        cycle_momentum: Whether the optimizer's momentum goes with it; see `momentum`.
        base_momentum: The least momentum, in [0, 1).
        max_momentum: The largest momentum, in [0, 1).

    Returns:
        A schedule: `schedules.cyclic`.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> CyclicLR(base_lr=0.0, max_lr=1.0, step_size_up=2, mode="triangular2")(jnp.arange(8))
        Array([0.  , 0.5 , 1.  , 0.5 , 0.  , 0.25, 0.5 , 0.25], dtype=float32)
    """
    down = step_size_up if step_size_down is None else step_size_down
    return _cycle(base_lr, max_lr, step_size_up, down, mode, gamma, scale_fn, scale_mode)


@CyclicLR.requires
def _(base_lr: Height | None, max_lr: Height | None) -> None:
    check("base_lr", Height, base_lr)
    check("max_lr", Height, max_lr)


@lift
def OneCycleLR(
    base_lr: Height,
    max_lr: Height,
    total_steps: Steps | None = None,
    epochs: Positive | None = None,
    steps_per_epoch: Positive | None = None,
    pct_start: BelowOne = 0.3,
    anneal_strategy: Literal["cos", "linear"] = "cos",
    cycle_momentum: bool = True,
    base_momentum: BelowOne = 0.85,
    max_momentum: BelowOne = 0.95,
    div_factor: Positive = 25.0,
    final_div_factor: Positive = 1e4,
    three_phase: bool = False,
) -> optax.Schedule:
    """Rise from `max_lr / div_factor` to `max_lr`, and fall to `max_lr / div_factor / final_div_factor`.

    The peak is at `pct_start total_steps - 1`: a step has exactly `max_lr` only where that is a whole number. The end
    is at `total_steps - 1`. With three phases the rate returns to the first one at `2 pct_start total_steps - 2`. After
    the end PyTorch stops with an error, and where `pct_start total_steps` is 1 it divides by 0. Here the last rate
    stays, and the peak is at step 0.

    Args:
        base_lr: The optimizer's rate, >= 0, without effect: PyTorch overwrites it.
        max_lr: The rate at the peak, >= 0.
        total_steps: Length of the run, > 0. None: `epochs` times `steps_per_epoch`.
        epochs: Passes over the data, > 0.
        steps_per_epoch: Steps of a pass, > 0.
        pct_start: Share of the rise, in [0, 1). At 1 PyTorch fails after the rise.
        anneal_strategy: "cos" or "linear": the shape of rises and falls.
        cycle_momentum: Whether the optimizer's momentum goes with it; see `momentum`.
        base_momentum: The least momentum, in [0, 1).
        max_momentum: The largest momentum, in [0, 1).
        div_factor: The peak by the first rate, > 0.
        final_div_factor: The first rate by the last one, > 0.
        three_phase: Mirror the rise before the last fall.

    Returns:
        A schedule: `schedules.one_cycle` with phases that end a step earlier.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> OneCycleLR(0.1, max_lr=1.0, total_steps=10, pct_start=0.5)(jnp.array([0, 4, 9])).round(4)
        Array([0.04, 1.  , 0.  ], dtype=float32)
    """
    steps = _total(total_steps, epochs, steps_per_epoch)

    def schedule(step: ArrayLike) -> jax.Array:
        top, turn = real(max_lr), real(pct_start) * real(steps) - 1
        start = top / real(div_factor)
        back = [(2 * turn, start)] if three_phase else []
        knots: Any = [(0, start), (turn, top), *back, (minus(steps, 1), start / real(final_div_factor))]
        return through(knots, step, _SHAPES[anneal_strategy])

    return with_end(schedule, minus(steps, 1))


@OneCycleLR.requires
def _(total_steps: Steps | None, epochs: Positive | None, steps_per_epoch: Positive | None) -> None:
    check("total_steps", Steps, _total(total_steps, epochs, steps_per_epoch))


@checked
def momentum(schedule: Schedule) -> Schedule:
    """The momentum (Adam's `b1`) that PyTorch cycles with the rate: high where the rate is low.

    Args:
        schedule: A `CyclicLR` or a `OneCycleLR` with `cycle_momentum`.

    Returns:
        A schedule from `max_momentum` to `base_momentum` and back.

    Raises:
        ValueError: The schedule is another one, does not cycle the momentum, or its peak is not inside the run.

    Example:
        >>> import jax.numpy as jnp
        >>> momentum(CyclicLR(base_lr=0.1, max_lr=1.0, step_size_up=2))(jnp.arange(4))
        Array([0.9 , 0.85, 0.8 , 0.85], dtype=float32)
    """
    given = schedule.arguments if isinstance(schedule, Schedule) else {}
    if not given.get("cycle_momentum"):
        raise Refused(f"schedule must be a CyclicLR or a OneCycleLR that cycles it, got {schedule}.")
    high, low = given["max_momentum"], given["base_momentum"]
    if schedule.factory == CyclicLR:
        return schedule.replace(base_lr=high, max_lr=low)
    steps = _total(given["total_steps"], given["epochs"], given["steps_per_epoch"])
    turn = (given["pct_start"] * steps - 1) / (steps - 1)
    shape, three_phase = _SHAPES[given["anneal_strategy"]], given["three_phase"]
    return one_cycle_momentum(steps - 1, high=high, low=low, rise_fraction=turn, three_phase=three_phase, shape=shape)


def _total(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> Any:
    """The length of the run, None where it is not given."""
    given = total_steps is not None or epochs is None or steps_per_epoch is None
    return total_steps if given else epochs * steps_per_epoch


def _cycle(low: Any, high: Any, up: Any, down: Any, mode: str, gamma: Any, scale_fn: Any, scale_mode: str) -> Any:
    """From low to high and back, the height scaled as the mode says."""
    if scale_fn is None:
        shrink, decay = {"triangular2": (0.5, 1.0), "exp_range": (1.0, gamma)}.get(mode, (1.0, 1.0))
        return cyclic(high, up, down_steps=down, shrink=shrink, decay=decay, floor=low)
    triangle = cyclic(1.0, up, down_steps=down)

    def schedule(step: ArrayLike) -> jax.Array:
        cycle = whole_periods(step, plus(up, down))[0] + 1
        scale = call_host(scale_fn, cycle if scale_mode == "cycle" else step)
        return real(low) + (real(high) - real(low)) * triangle(step) * scale

    return schedule
