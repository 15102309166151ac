"""Policy gradient: a policy learns from the episodes that it plays."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import discounted_returns, policy_gradient_loss, policy_values
from lropt_jax.problems.gridworld import gridworld
from lropt_jax.problems.mdp import MDP, check_probabilities, cumulative, draw, policy_iteration, tables_of
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Grid

_RECIPE = Recipe(steps=2000, optimizers=("sgd", "adam"), rates="1e-3:1e1:13")


class Process(NamedTuple):
    """A Markov decision process as it is played."""

    start: jax.Array  # cumulative probabilities, (states,)
    transitions: jax.Array  # cumulative probabilities, (states, actions, states)
    rewards: jax.Array  # (states, actions)
    discount: jax.Array  # ()


class Episode(NamedTuple):
    """What an episode went through, each (steps,)."""

    states: jax.Array
    actions: jax.Array
    rewards: jax.Array
    next_states: jax.Array


@checked
def policy_gradient(
    *,
    method: Literal["reinforce", "baseline", "actor_critic"] = "actor_critic",
    mdp: MDP | None = None,
    start: ArrayLike | None = None,
    episodes: Size = 16,
    episode_steps: Size = 128,
) -> Problem:
    """Find a policy by the gradient of its value, estimated from episodes that the policy plays.

    The policy is a softmax of logits, a row for each state. An episode of `g`-discounted rewards gives
    `sum_t g^t A_t dlog p(a_t | s_t)` (`objectives.policy_gradient_loss`). `A_t` depends on `method`:
    * "reinforce": the return `G_t` (Williams 1992);
    * "baseline": `G_t - V(s_t)`, and the critic `V` is fitted to returns (Sutton and Barto 2018, section 13.4);
    * "actor_critic": the TD error `r + g V(s') - V(s)`, and `V` moves by it (section 13.5).
    The critic steps against `-(1 - g) sum_t g^t e_t` at `s_t`, with `e_t = A_t` its error. The actor's estimate has one
    bias: it leaves out all rewards after `episode_steps`, a share `g^episode_steps`. With "actor_critic" the errors of
    the critic are a second bias.

    Here there are two learning rates (Konda and Tsitsiklis 2000):
    `wrappers.groups({"actor": sgd(1.0), "critic": sgd(2.0)})`. The actor's is a length of logits. If it is too large,
    the policy is sure of an action before it knows the others, and there the softmax has no slope that leads back. The
    critic's is a share of its error, times the share of all visits that a state gets. A slow critic adds noise in
    "baseline" but bias in "actor_critic". A fast one diverges.

    Args:
        method: What an action gets credit for, one of the three above.
        mdp: The process. None: `gridworld()`.
        start: Probabilities of the first state, shape (states,). None: all alike.
        episodes: Episodes played at each step, side by side, a whole number >= 1.
        episode_steps: The length of an episode, a whole number >= 1.

    Returns:
        A problem without state. Parameters are `actor` (states, actions) and `critic` (states,); "reinforce" has no
        critic. Its value is the mean return. That is a monitor: the directions are not its gradients, episode by
        episode, and the critic's is the gradient of something else. The error is the value of the best policy less
        that of this one, both exact.

    Raises:
        ValueError: Rewards are not finite, transitions or `start` are no probabilities, a shape is wrong, a number is
            outside its range, or the method is unknown.

    Example:
        >>> problem = policy_gradient()
        >>> f"{problem.judge(*problem.init(None)):.2f}"
        '16.42'
    """
    mdp = gridworld() if mdp is None else mdp
    rewards, transitions, discount = tables_of(mdp)
    shape = rewards.shape
    first = np.full(shape[0], 1 / shape[0]) if start is None else np.asarray(start, float)
    if first.shape != shape[:1]:
        raise Refused(f"start must have the shape {shape[:1]}, got {first.shape}.")
    check_probabilities("start", first)
    known = real(rewards), real(transitions), real(discount)
    process = Process(cumulative(first), cumulative(transitions), known[0], known[2])

    return Problem(
        init=bind(_start, method=method, shape=shape),
        field=bind(_field, process, method=method, episodes=episodes, steps=episode_steps),
        judge=bind(_judge, known, real(first), real(first @ policy_iteration(mdp)[0])),
        view=_shown,
        name="policy_gradient",
        value="monitor",
        recipe=_RECIPE,
    )


def _start(key: jax.Array, *, method: str, shape: tuple[int, int]) -> tuple[dict, tuple]:
    critic = {} if method == "reinforce" else {"critic": jnp.zeros(shape[0])}
    return {"actor": jnp.zeros(shape), **critic}, ()


def _field(
    process: Process, params: dict, state: tuple, key: jax.Array, *, method: str, episodes: int, steps: int
) -> tuple:
    played = jax.vmap(lambda key: play(process, params["actor"], key, steps))(jax.random.split(key, episodes))

    def mean_loss(params: dict) -> tuple[jax.Array, jax.Array]:
        losses, returns = jax.vmap(lambda episode: surrogate(params, episode, process.discount, method))(played)
        return jnp.mean(losses), jnp.mean(returns)

    direction, earned = jax.grad(mean_loss, has_aux=True)(params)
    return direction, state, earned


def _judge(known: tuple, first: jax.Array, best: jax.Array, params: dict, state: tuple) -> jax.Array:
    return best - first @ policy_values(jax.nn.softmax(params["actor"]), *known)


def play(process: Process, logits: jax.Array, key: jax.Array, steps: int) -> Episode:
    """An episode of a softmax policy with logits (states, actions)."""

    def move(state: jax.Array, key: jax.Array) -> tuple[jax.Array, Episode]:
        action_key, move_key = jax.random.split(key)
        action = jax.random.categorical(action_key, logits[state])
        following = draw(move_key, process.transitions[state, action])
        return following, Episode(state, action, process.rewards[state, action], following)

    start_key, moves_key = jax.random.split(key)
    return jax.lax.scan(move, draw(start_key, process.start), jax.random.split(moves_key, steps))[1]


def surrogate(params: dict, episode: Episode, discount: jax.Array, method: str) -> tuple[jax.Array, jax.Array]:
    """The function whose gradient gives the directions of actor and critic, and the return of the episode."""
    states, actions, rewards, next_states = episode
    returns = discounted_returns(rewards, discount)
    taken = jax.nn.log_softmax(params["actor"])[states, actions]
    if method == "reinforce":
        return policy_gradient_loss(taken, returns, discount), returns[0]
    values = params["critic"]
    target = returns if method == "baseline" else rewards + discount * values[next_states]
    errors = jax.lax.stop_gradient(target) - values[states]
    weights = (1 - discount) * discount ** jnp.arange(len(states))
    return policy_gradient_loss(taken, errors, discount) + jnp.sum(weights * errors**2) / 2, returns[0]


def _shown(params: dict, state: tuple) -> Grid:
    """Probabilities of the actions, a row for each state."""
    logits = params["actor"]
    states, actions = logits.shape
    names = [str(state) for state in range(states)], [str(action) for action in range(actions)]
    return Grid(jax.nn.softmax(logits), *names, "action", "state")
