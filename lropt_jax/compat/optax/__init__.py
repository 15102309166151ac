"""Schedules of Optax 0.2.8, with every number traceable.

For an optimizer of Optax as a value, `lift` its factory: `lift(optax.adamw)`. docs/from_optax.md says which optimizer
of `lropt_jax.optimizers` has the same numbers.
"""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
