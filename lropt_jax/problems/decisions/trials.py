"""Fresh episodes of a simulator, by which rates are chosen where no answer is known."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax.objectives import discounted_returns
from lropt_jax.problems.decisions.moves import Chooser, stepped
from lropt_jax.problems.decisions.simulator import Played
from lropt_jax.problems.decisions.tabular import draw

_EPISODES, _STEPS = 100, 100  # so many, and so many states of each
_REST, _LONGEST = 1e-3, 10_000  # the share of all rewards that may come after the last step


def lost(simulator: Played) -> jax.tree_util.Partial:
    """`validate` of values of actions: minus the mean return of the actions that are best by them."""
    return bind(_lost, simulator, _horizon(simulator))


def value_error(simulator: Played, acts: jax.Array) -> jax.tree_util.Partial:
    """`validate` of values: the mean squared difference from the returns of a policy, over the states it visits."""
    return bind(_value_error, simulator, _horizon(simulator), acts)


def _horizon(simulator: Played) -> jax.Array:
    """Steps after which all but a thousandth of the rewards have come."""
    discount = float(np.asarray(simulator.discount))
    steps = math.ceil(math.log(_REST) / math.log(discount)) if discount > 0 else 1
    return jnp.asarray(min(_LONGEST, steps), jnp.int32)


def _lost(simulator: Played, horizon: jax.Array, q: jax.Array, state: object, key: jax.Array) -> jax.Array:
    _, _, returns = _episodes(simulator, lambda at, key: jnp.argmax(q[at]), key, horizon)
    return -jnp.mean(returns[:, 0])


def _value_error(
    simulator: Played, horizon: jax.Array, acts: jax.Array, values: jax.Array, state: object, key: jax.Array
) -> jax.Array:
    at, alive, returns = _episodes(simulator, lambda at, key: draw(key, acts[at]), key, horizon)
    return jnp.sum(alive * (values[at] - returns) ** 2) / jnp.sum(alive)


def _episodes(simulator: Played, choose: Chooser, key: jax.Array, horizon: jax.Array) -> tuple:
    """The first states of episodes, whether they still went on, and what followed, (episodes, steps) each."""
    discount = simulator.discount

    def move(carry: tuple, key: jax.Array) -> tuple[tuple, tuple]:
        at, alive = carry
        action_key, move_key = jax.random.split(key)
        to, reward, done = stepped(simulator, at, choose(at, action_key), move_key)
        return (to, alive & ~done), (at, alive, alive * reward)

    def further(carry: tuple) -> tuple:
        where, earned, step, key = carry
        where, (*_, reward) = move(where, jax.random.fold_in(key, step))
        return where, earned + discount**step * reward, step + 1, key

    def one(key: jax.Array) -> tuple:
        start_key, key, rest_key = jax.random.split(key, 3)
        first = jnp.asarray(simulator.start(start_key), jnp.int32), jnp.array(True)
        where, (at, alive, rewards) = jax.lax.scan(move, first, jax.random.split(key, _STEPS))
        begun = where, jnp.zeros_like(discount), jnp.zeros((), jnp.int32), rest_key
        rest = jax.lax.while_loop(lambda at: at[0][1] & (at[2] < horizon), further, begun)[1]
        return at, alive, discounted_returns(rewards.at[-1].add(discount * rest), discount)

    return jax.vmap(one)(jax.random.split(key, _EPISODES))
