"""Refuse an optimizer that a problem does not admit: it would leave the domain, or needs a loss."""

import jax
import numpy as np
import optax

from lropt_jax._core.numbers import is_number
from lropt_jax._core.values import Optimizer
from lropt_jax.optimizers import sgd
from lropt_jax.problems.problem import Problem
from lropt_jax.rates import Rate


def check_domain(problem: Problem, tx: optax.GradientTransformation, steps: int) -> None:
    """Refuse what is not convex averaging on a convex domain.

    There `params + rate * (target - params)` stays inside for rates in [0, 1] only; momentum, adaptive directions and
    larger rates leave the set, and what is then fed to the problem is no probability.

    Args:
        problem: Any; on a free domain everything passes.
        tx: The optimizer.
        steps: Length of the run, over which a schedule is looked at. Traced rates pass.

    Raises:
        ValueError: The run is shorter than the problem allows; on a convex domain, the optimizer is not plain `sgd`, or
            its rate leaves [0, 1].

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> half = Problem(
        ...     init=lambda key: (jnp.ones(2) / 2, ()),
        ...     field=lambda p, state, key: (p - 0.5, state, 0.0),
        ...     domain="convex")
        >>> check_domain(half, sgd(1.5), 10)
        Traceback (most recent call last):
        ...
        ValueError: solve: the rate must stay in [0, 1] on a convex domain, got 1.5 at step 0.
    """
    if steps < problem.least_steps:
        least = f"{problem.least_steps}, the end of the schedule inside {problem.name}"
        raise ValueError(f"solve: steps must be >= {least}, got {steps}.")
    if problem.domain != "convex":
        return
    plain = isinstance(tx, Optimizer) and tx.factory == sgd and tx.momentum is None and tx.weight_decay is None
    if not plain or isinstance(tx.learning_rate, Rate):
        raise ValueError(f"solve: tx must be plain sgd(number or schedule) on a convex domain, got {tx!r}.")
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(tx)):
        return
    rate = tx.learning_rate
    with jax.ensure_compile_time_eval():  # a concrete schedule is looked at inside traces too
        rates = np.atleast_1d(rate if is_number(rate) else rate(np.arange(steps)))
    if np.any(rates > 1):
        step = int(np.argmax(rates > 1))
        raise ValueError(f"solve: the rate must stay in [0, 1] on a convex domain, got {rates[step]} at step {step}.")


class Monitor:
    """What a `monitor` problem gives as `value`: no loss, so that a rate which makes a number of it is refused."""

    def __init__(self, problem: str):
        self.problem = problem

    def __jax_array__(self) -> jax.Array:
        raise ValueError(f"solve: tx must not need a loss on {self.problem}, whose value is only watched.")
