"""The Bellman optimality equation."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def action_values(values: jax.Array, rewards: jax.Array, transitions: jax.Array, discount: ArrayLike) -> jax.Array:
    """What every action is worth, given what every state is worth.

    `Q(s, a) = R(s, a) + g sum_s' P(s' | s, a) V(s')` (Sutton and Barto 2018, equation 4.6).

    Args:
        values: `V`, shape (states,).
        rewards: `R`, expected, shape (states, actions).
        transitions: `P`, shape (states, actions, states), sum 1 over the last.
        discount: `g`, in [0, 1).

    Returns:
        Shape (states, actions).

    Example:
        >>> import jax.numpy as jnp
        >>> stay_or_swap = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
        >>> action_values(jnp.array([0.0, 2.0]), jnp.zeros((2, 2)), stay_or_swap, 0.5)
        Array([[0., 1.],
               [1., 0.]], dtype=float32)
    """
    return rewards + discount * transitions @ values


def bellman(values: jax.Array, rewards: jax.Array, transitions: jax.Array, discount: ArrayLike) -> jax.Array:
    """The Bellman optimality operator: what states are worth to one who acts best once and is then paid `values`.

    `(T V)(s) = max_a [R(s, a) + g sum_s' P(s' | s, a) V(s')]` (Bellman 1957; Sutton and Barto 2018, equation 4.10). It
    shrinks the largest difference of two value functions by `g` at least. Its fixed point is the optimal one.

    Args:
        values: `V`, shape (states,).
        rewards: `R`, expected, shape (states, actions).
        transitions: `P`, shape (states, actions, states), sum 1 over the last.
        discount: `g`, in [0, 1).

    Returns:
        Shape (states,).

    Example:
        >>> import jax.numpy as jnp
        >>> stay_or_swap = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
        >>> bellman(jnp.array([0.0, 2.0]), jnp.zeros((2, 2)), stay_or_swap, 0.5)
        Array([1., 1.], dtype=float32)
    """
    return jnp.max(action_values(values, rewards, transitions, discount), axis=1)
