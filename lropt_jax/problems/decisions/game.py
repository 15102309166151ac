"""An environment and a network that plays it: what they must give, and what they do in a rollout."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import partial_of
from lropt_jax._core.functions import result_of
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.problems.decisions.perceptrons import perceptrons


class Game(NamedTuple):
    """The functions of an environment and of a network, with their data."""

    reset: jax.tree_util.Partial
    step: jax.tree_util.Partial
    params: Any  # of the environment
    init: jax.tree_util.Partial
    apply: jax.tree_util.Partial


class Standing(NamedTuple):
    """Where environments stand, side by side."""

    observations: Any  # (environments, ...)
    states: Any  # (environments, ...)
    earned: jax.Array  # (environments,) so far in this episode
    returned: jax.Array  # (environments,) by the last episode that is over; 0: none is


class Steps(NamedTuple):
    """What environments went through, (steps, environments, ...)."""

    observations: Any
    actions: jax.Array
    rewards: jax.Array
    ended: jax.Array  # nothing would have been earned after it
    over: jax.Array  # ended, or cut off
    following: Any  # observations after it, where the environment shows them. None: it does not


def game_of(environment: Any, params: Any, network: Any) -> Game:
    """An environment and its network, or one error that says what is wrong with them."""
    if not all(callable(getattr(environment, name, None)) for name in ("reset", "step")):
        remedy = "; gymnax.make returns (environment, environment_params)" if isinstance(environment, tuple) else ""
        raise WrongType(f"environment must have the functions reset and step, got {shown(environment)}{remedy}.")
    params = getattr(environment, "default_params", None) if params is None else params
    if params is None and not hasattr(environment, "default_params"):
        raise WrongType(
            "environment must be written in JAX and have default_params, as those of gymnax, "
            f"got {shown(environment)}; a table of Gymnasium is read by MDP.from_gymnasium(env)."
        )
    params = jax.tree.map(jnp.asarray, params)
    actions = getattr(environment, "num_actions", None)
    space = getattr(environment, "action_space", None)
    if callable(space) and not hasattr(space(params), "n"):
        raise Refused(f"environment must have actions that are whole numbers, got {shown(space(params))}.")
    if network is None:
        if actions is None:
            raise Refused("network must be given for an environment without num_actions, got None.")
        network = perceptrons(int(actions))
    if not isinstance(network, (tuple, list)) or len(network) != 2 or not all(map(callable, network)):
        raise WrongType(f"network must be two functions (init, apply), got {shown(network)}.")
    reset, step, init, apply = map(partial_of, (environment.reset, environment.step, *network))
    game = Game(reset, step, params, init, apply)
    _check(game, actions)
    return game


def _check(game: Game, actions: int | None) -> None:
    key = jax.random.key(0)
    begun = result_of("environment.reset", game.reset, key, game.params)
    if not isinstance(begun, tuple) or len(begun) != 2:
        raise Refused(f"environment.reset must return (observation, state), got {shown(begun)}.")
    made = jax.eval_shape(game.apply, jax.eval_shape(game.init, key, begun[0]), begun[0])
    logits, value = judged(made)
    if getattr(logits, "ndim", 0) != 1 or logits.shape[0] < 2 or jnp.shape(value) != ():
        got = f"{getattr(logits, 'shape', shown(logits))} and {getattr(value, 'shape', ())}"
        raise Refused(f"network must return logits (actions,) and a value () for one observation, got {got}.")
    if actions is not None and logits.shape != (actions,):
        raise Refused(f"network must return {actions} logits, one for each action, got {logits.shape[0]}.")
    action = jax.ShapeDtypeStruct((), jnp.int32)
    made = result_of("environment.step", game.step, key, begun[1], action, game.params)
    if not isinstance(made, tuple) or len(made) not in (5, 6):
        raise Refused(f"environment.step must return (observation, state, reward, done, info), got {shown(made)}.")
    for name, each in zip(("reward", "done"), made[2:4], strict=True):
        if getattr(each, "shape", None) != ():
            raise Refused(f"environment.step must return a {name} of the shape (), got {shown(each)}.")


def judged(made: Any) -> tuple[Any, Any]:
    """Logits and value of a network; 0 of one that gives no value."""
    return made if isinstance(made, tuple) and len(made) == 2 else (made, jnp.zeros(()))


def afresh(game: Game, key: jax.Array, environments: int) -> Standing:
    """Environments at the start of an episode."""
    observations, states = jax.vmap(game.reset, (0, None))(jax.random.split(key, environments), game.params)
    nothing = jnp.zeros(environments, real(0).dtype)
    return Standing(observations, states, nothing, nothing)


def ahead(game: Game, params: Any, at: Standing, key: jax.Array) -> tuple[Standing, Steps]:
    """One step of all environments under the policy of a network."""
    action_key, step_key = jax.random.split(key)
    logits, _ = judged(jax.vmap(game.apply, (None, 0))(params, at.observations))
    actions = jax.random.categorical(action_key, logits)
    keys = jax.random.split(step_key, len(actions))
    made = jax.vmap(game.step, (0, 0, 0, None))(keys, at.states, actions, game.params)
    observations, states, rewards, ended, *others, info = made
    ended, rewards = jnp.asarray(ended, bool), real(rewards)
    over = ended | jnp.asarray(others[0], bool) if others else ended
    following = info.get("final_observation") if others else None  # gymnax's, for episodes that are cut off
    earned = at.earned + rewards
    after = Standing(observations, states, jnp.where(over, 0, earned), jnp.where(over, earned, at.returned))
    return after, Steps(at.observations, actions, rewards, ended, over, following)
