"""Temporal differences: what one transition says about values."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def td_error(value: ArrayLike, reward: ArrayLike, discount: ArrayLike, next_value: ArrayLike) -> jax.Array:
    """By how much one transition was better than expected.

    `r + g V(s') - V(s)` (Sutton 1988; Sutton and Barto 2018, equation 6.5).

    Args:
        value: `V(s)`, shape ().
        reward: `r`, shape ().
        discount: `g`, in [0, 1); 0 where the episode ends.
        next_value: `V(s')`, shape ().

    Returns:
        Shape ().

    Example:
        >>> f"{td_error(1.0, 0.5, 0.9, 2.0):.1f}"
        '1.3'
    """
    return jnp.asarray(reward) + discount * next_value - value


def q_target(reward: ArrayLike, discount: ArrayLike, next_values: jax.Array) -> jax.Array:
    """What one transition says an action is worth, if the best action follows.

    `r + g max_a' Q(s', a')` (Watkins and Dayan 1992; Sutton and Barto 2018, equation 6.8).

    Args:
        reward: `r`, shape ().
        discount: `g`, in [0, 1); 0 where the episode ends.
        next_values: `Q(s', .)`, shape (actions,).

    Returns:
        Shape ().

    Example:
        >>> import jax.numpy as jnp
        >>> q_target(1.0, 0.5, jnp.array([2.0, 4.0]))
        Array(3., dtype=float32)
    """
    return jnp.asarray(reward) + discount * jnp.max(next_values)
