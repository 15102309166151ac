"""Policy gradients: the theorem for a known process, and the surrogate for one that is only sampled."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.checking import checked
from lropt_jax._core.refusal import Refused
from lropt_jax.objectives.bellman import action_values


def policy_values(policy: jax.Array, rewards: jax.Array, transitions: jax.Array, discount: ArrayLike) -> jax.Array:
    """What every state is worth under a policy, by one linear solve: differentiable in all arguments.

    `V = (I - g P_p)^-1 R_p` with `R_p(s) = sum_a p(a|s) R(s, a)` and `P_p(s'|s) = sum_a p(a|s) P(s'|s, a)` (Sutton and
    Barto 2018, equation 4.4).

    Args:
        policy: `p`, probabilities of the actions, shape (states, actions).
        rewards: `R`, expected, shape (states, actions).
        transitions: `P`, shape (states, actions, states), sum 1 over the last.
        discount: `g`, in [0, 1).

    Returns:
        Shape (states,).

    Example:
        >>> import jax.numpy as jnp
        >>> policy_values(jnp.ones((1, 2)) / 2, jnp.array([[0.0, 2.0]]), jnp.ones((1, 2, 1)), 0.5)
        Array([2.], dtype=float32)
    """
    moved = jnp.einsum("sa,sat->st", policy, transitions)
    return jnp.linalg.solve(jnp.eye(len(policy)) - discount * moved, jnp.sum(policy * rewards, axis=1))


def softmax_policy_gradient(
    logits: jax.Array, start: jax.Array, rewards: jax.Array, transitions: jax.Array, discount: ArrayLike
) -> jax.Array:
    """The gradient of the value of a softmax policy by its logits, exactly: the policy gradient theorem.

    `dJ/dlogits(s, a) = d(s) p(a|s) (Q(s, a) - V(s))`, `J = sum_s start(s) V(s)`, with the discounted number of visits
    `d(s) = sum_t g^t Pr(s_t = s)`, which solves `d = start + g P_p' d` (Sutton et al. 2000, theorem 1; for the softmax
    Agarwal et al. 2021, arXiv:1908.00261).

    Args:
        logits: Of the actions, shape (states, actions).
        start: Probabilities of the first state, shape (states,).
        rewards: `R`, expected, shape (states, actions).
        transitions: `P`, shape (states, actions, states), sum 1 over the last.
        discount: `g`, in [0, 1).

    Returns:
        Shape (states, actions): uphill.

    Example:
        >>> import jax.numpy as jnp
        >>> one = jnp.ones(1)
        >>> softmax_policy_gradient(jnp.zeros((1, 2)), one, jnp.array([[0.0, 2.0]]), jnp.ones((1, 2, 1)), 0.5)
        Array([[-1.,  1.]], dtype=float32)
    """
    policy = jax.nn.softmax(logits)
    moved = jnp.einsum("sa,sat->st", policy, transitions)
    visits = jnp.linalg.solve(jnp.eye(len(policy)) - discount * moved.T, start)
    values = policy_values(policy, rewards, transitions, discount)
    advantages = action_values(values, rewards, transitions, discount) - values[:, None]
    return visits[:, None] * policy * advantages


def discounted_returns(rewards: jax.Array, discount: ArrayLike) -> jax.Array:
    """What followed each step of an episode: `G_t = r_t + g G_{t+1}`, from the last to the first.

    Sutton and Barto 2018, equation 3.9; there `r_t` has the index `t + 1`.

    Args:
        rewards: `r`, shape (steps,).
        discount: `g`, in [0, 1].

    Returns:
        Shape (steps,).

    Example:
        >>> import jax.numpy as jnp
        >>> discounted_returns(jnp.array([1.0, 0.0, 4.0]), 0.5)
        Array([2., 2., 4.], dtype=float32)
    """

    def earlier(after: jax.Array, reward: jax.Array) -> tuple[jax.Array, jax.Array]:
        here = reward + discount * after
        return here, here

    return jax.lax.scan(earlier, jnp.zeros((), rewards.dtype), rewards, reverse=True)[1]


@checked
def policy_gradient_loss(log_probabilities: jax.Array, advantages: jax.Array, discount: ArrayLike) -> jax.Array:
    """A number whose gradient estimates minus the policy gradient, from one episode; its value means nothing.

    `-sum_t g^t A_t log p(a_t | s_t)`. No gradient flows through `A_t`. The estimate is unbiased if the mean of `A_t`,
    given state and action, is `Q(s_t, a_t)` up to a function of `s_t`: for returns (REINFORCE; Williams 1992), for
    returns less any baseline of the state, and for TD errors of exact values (Sutton and Barto 2018, sections 13.3 to
    13.5).

    Most programs leave out `g^t`. Then the estimate is the gradient of no function at all (Nota and Thomas 2020,
    arXiv:1906.07073).

    Args:
        log_probabilities: Of the actions taken, by the policy that took them, shape (steps,).
        advantages: `A`, shape (steps,).
        discount: `g`, in [0, 1].

    Returns:
        Shape ().

    Raises:
        ValueError: The shapes differ.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> jax.grad(policy_gradient_loss)(jnp.zeros(3), jnp.array([2.0, 2.0, 4.0]), 0.5)
        Array([-2., -1., -1.], dtype=float32)
    """
    if log_probabilities.shape != advantages.shape or advantages.ndim != 1:
        got = f"{log_probabilities.shape} and {advantages.shape}"
        raise Refused(f"advantages must have the shape of log_probabilities, (steps,), got {got}.")
    weights = jnp.power(discount, jnp.arange(len(advantages)))
    return -jnp.sum(weights * jax.lax.stop_gradient(advantages) * log_probabilities)
