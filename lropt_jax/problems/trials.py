"""Fresh episodes of a simulator, by which rates are chosen where no answer is known."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax.objectives import discounted_returns
from lropt_jax.problems.moves import Chooser, stepped
from lropt_jax.problems.simulator import Played
from lropt_jax.problems.tabular import draw

EPISODES = 100
_REST, _LONGEST = 1e-3, 5000  # the share of all rewards that may come after the last step


def lost(simulator: Played) -> jax.tree_util.Partial:
    """`validate` of values of actions: minus the mean return of the actions that are best by them."""
    return bind(_lost, simulator, steps=_horizon(simulator))


def value_error(simulator: Played, acts: jax.Array) -> jax.tree_util.Partial:
    """`validate` of values: the mean squared difference from the returns of a policy, over the states it visits."""
    return bind(_value_error, simulator, acts, steps=_horizon(simulator))


def _horizon(simulator: Played) -> int:
    """Steps after which all but a thousandth of the rewards have come."""
    discount = float(np.asarray(simulator.discount))
    return min(_LONGEST, math.ceil(math.log(_REST) / math.log(discount))) if discount > 0 else 1


def _lost(simulator: Played, q: jax.Array, state: object, key: jax.Array, *, steps: int) -> jax.Array:
    _, rewards, _ = _episodes(simulator, lambda at, key: jnp.argmax(q[at]), key, steps)
    return -jnp.mean(jax.vmap(discounted_returns, (0, None))(rewards, simulator.discount)[:, 0])


def _value_error(
    simulator: Played, acts: jax.Array, values: jax.Array, state: object, key: jax.Array, *, steps: int
) -> jax.Array:
    at, rewards, alive = _episodes(simulator, lambda at, key: draw(key, acts[at]), key, 2 * steps)
    returns = jax.vmap(discounted_returns, (0, None))(rewards, simulator.discount)
    counted = alive[:, :steps]  # of later ones too little is seen
    return jnp.sum(counted * (values[at] - returns)[:, :steps] ** 2) / jnp.sum(counted)


def _episodes(simulator: Played, choose: Chooser, key: jax.Array, steps: int) -> tuple:
    """States, rewards, and whether the episode still went on, (episodes, steps) each."""

    def move(carry: tuple, key: jax.Array) -> tuple[tuple, tuple]:
        at, alive = carry
        action_key, move_key = jax.random.split(key)
        to, reward, done = stepped(simulator, at, choose(at, action_key), move_key)
        return (to, alive & ~done), (at, alive * reward, alive)

    def one(key: jax.Array) -> tuple:
        start_key, key = jax.random.split(key)
        first = jnp.asarray(simulator.start(start_key), jnp.int32)
        return jax.lax.scan(move, (first, jnp.array(True)), jax.random.split(key, steps))[1]

    return jax.vmap(one)(jax.random.split(key, EPISODES))
