"""A softmax policy on a table, which learns from the episodes that it plays."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.numbers import real
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import discounted_returns, policy_gradient_loss, policy_values
from lropt_jax.problems.decisions.mdp import MDP, check_start, policy_iteration, tables_of
from lropt_jax.problems.decisions.tabular import cumulative, draw, outcomes
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Grid

_RECIPE = Recipe(steps=2000, optimizers=("sgd", "adam"), rates="1e-3:1e1:13")


class Process(NamedTuple):
    """A Markov decision process as it is played."""

    start: jax.Array  # cumulative probabilities, (states,)
    transitions: jax.Array  # cumulative probabilities of the states, and of the end where there is one
    rewards: jax.Array  # (states, actions)
    discount: jax.Array  # ()


class Episode(NamedTuple):
    """What an episode went through, each (steps,)."""

    states: jax.Array
    actions: jax.Array
    rewards: jax.Array  # 0 after the end
    next_states: jax.Array
    alive: jax.Array  # whether the episode had not ended before the action
    goes_on: jax.Array  # whether it had not ended after it


def softmax_problem(mdp: MDP, start: ArrayLike | None, method: str, episodes: int, episode_steps: int) -> Problem:
    """The problem that `policy_gradient` makes of a table."""
    rewards, transitions, discount = tables_of(mdp)
    shape = rewards.shape
    first = np.full(shape[0], 1 / shape[0]) if start is None else check_start(start, shape[0]).astype(float)
    known = real(rewards), real(transitions), real(discount)
    process = Process(cumulative(first), outcomes(mdp, transitions), known[0], known[2])
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

    def move(carry: tuple, key: jax.Array) -> tuple[tuple, Episode]:
        state, alive = carry
        action_key, move_key = jax.random.split(key)
        action = jax.random.categorical(action_key, logits[state])
        following = draw(move_key, process.transitions[state, action])
        goes_on = alive & (following < len(logits))
        following = jnp.where(goes_on, following, state)
        reward = jnp.where(alive, process.rewards[state, action], 0)
        return (following, goes_on), Episode(state, action, reward, following, alive, goes_on)

    start_key, moves_key = jax.random.split(key)
    first = draw(start_key, process.start), jnp.array(True)
    return jax.lax.scan(move, first, jax.random.split(moves_key, steps))[1]


def surrogate(params: dict, episode: Episode, discount: jax.Array, method: str) -> tuple[jax.Array, jax.Array]:
    """The function whose gradient gives the directions of actor and critic, and the return of the episode."""
    states, actions, rewards, next_states, alive, goes_on = episode
    returns = discounted_returns(rewards, discount)
    taken = jax.nn.log_softmax(params["actor"])[states, actions]
    if method == "reinforce":
        return policy_gradient_loss(taken, returns, discount), returns[0]
    values = params["critic"]
    target = returns if method == "baseline" else rewards + discount * jnp.where(goes_on, values[next_states], 0)
    errors = jnp.where(alive, jax.lax.stop_gradient(target) - values[states], 0)
    weights = (1 - discount) * discount ** jnp.arange(len(states))
    return policy_gradient_loss(taken, errors, discount) + jnp.sum(weights * errors**2) / 2, returns[0]


def _shown(params: dict, state: tuple) -> Grid:
    """Probabilities of the actions, a row for each state."""
    logits = params["actor"]
    states, actions = logits.shape
    names = [str(state) for state in range(states)], [str(action) for action in range(actions)]
    return Grid(jax.nn.softmax(logits), *names, "action", "state")
