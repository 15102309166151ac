"""Refuse an optimizer that a problem does not admit: it would leave the domain, or needs a loss."""

from typing import Any

import jax
import numpy as np
import optax

from lropt_jax._core.kinds import Role
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import Refused, naming
from lropt_jax._core.values import Optimizer
from lropt_jax.optimizers import sgd
from lropt_jax.problems.problem import Problem
from lropt_jax.rates import Rate


def check_domain(problem: Problem, tx: optax.GradientTransformation, steps: int) -> None:
    """Refuse what is not convex averaging on a convex domain.

    There `params + rate * (target - params)` stays inside for rates in [0, 1] only. Momentum, adaptive directions and
    larger rates leave the set, and then the problem gets parameters that are no probabilities.

    Convex averaging is plain `sgd`, and every rule that makes the same updates: `ema` and `polyak_ruppert` around it,
    and factories that return it, such as `compat.torch.SGD`.

    Args:
        problem: Any. On a free domain every optimizer passes.
        tx: The optimizer.
        steps: Length of the run. A schedule is checked at each of its steps. Traced rates pass.

    Raises:
        ValueError: The run is shorter than the problem allows. Or, on a convex domain: the updates are not those of
            plain `sgd`, or the rate leaves [0, 1]. The message has no owner: `solve` puts its name in front.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> half = Problem(
        ...     init=lambda key: (jnp.ones(2) / 2, ()),
        ...     field=lambda p, state, key: (p - 0.5, state, 0.0),
        ...     domain="convex")
        >>> check_domain(half, sgd(0.5), 10)
        >>> try:
        ...     check_domain(half, sgd(1.5), 10)
        ... except ValueError as error:
        ...     print(error)
        the rate must stay in [0, 1] on a convex domain, got 1.5 at step 0.
    """
    if steps < problem.least_steps:
        inside = "warmup" if problem.value == "monitor" else "schedule"  # a sampler's draws begin after it
        least = f"{problem.least_steps}, the end of the {inside} inside {problem.name}"
        raise Refused(f"steps must be >= {least}, got {steps}.")
    if problem.domain != "convex":
        return
    rate = averaging_rate(tx)
    if rate is None:
        raise Refused(f"tx must be plain sgd(number or schedule) on a convex domain, got {tx!r}.")
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(tx)):
        return
    with jax.ensure_compile_time_eval():  # a concrete schedule is checked inside traces too
        rates = np.atleast_1d(rate if is_number(rate) else rate(np.arange(steps)))
    if np.any(rates > 1):
        step = int(np.argmax(rates > 1))
        raise Refused(f"the rate must stay in [0, 1] on a convex domain, got {rates[step]} at step {step}.")


def averaging_rate(tx: Any) -> Any:
    """The rate of a rule whose updates are those of plain `sgd`: a number or a schedule. None for all other rules.

    A wrapper that gives on the updates of its optimizer says so by the kind of that argument. Any other factory is
    called: it may return such a rule.
    """
    if not isinstance(tx, Optimizer):
        return None
    if tx.factory == sgd:
        plain = tx.momentum is None and tx.weight_decay is None and not isinstance(tx.learning_rate, Rate)
        return tx.learning_rate if plain else None
    inner = [name for name, role in tx.factory.roles.items() if role is Role.PASSES_ON]
    return averaging_rate(getattr(tx, inner[0]) if inner else tx.build())


class Monitor:
    """What a `monitor` problem gives as `value`. It is no loss: a rate that makes a number of it is refused."""

    def __init__(self, problem: str):
        self.problem = problem

    def __jax_array__(self) -> jax.Array:
        with naming("solve"):  # deep inside an optimizer, which is not to blame
            raise Refused(f"tx must not need a loss on {self.problem}, whose value is only watched.")
