"""A policy network that learns from the episodes that it plays in an environment."""

from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind
from lropt_jax._core.numbers import real
from lropt_jax.problems.decisions.game import Game, Standing, Steps, afresh, ahead, game_of, judged
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe

EPISODES = 100  # by which a policy is judged
_LONGEST = 1000  # steps of such an episode, where the environment sets no limit of its own
_RECIPE = Recipe(steps=2000, optimizers=("adam",), rates="1e-4:1e-1:10")


def environment_problem(
    environment: Any, params: Any, network: Any, method: str, episodes: int, steps: int, *numbers: Any
) -> Problem:
    """The problem that `policy_gradient` makes of an environment; numbers are discount, trace decay and entropy."""
    game = game_of(environment, params, network)
    longest = jnp.asarray(getattr(game.params, "max_steps_in_episode", _LONGEST))
    return Problem(
        init=bind(_start, game, method=method, episodes=episodes),
        field=bind(_field, game, *map(real, numbers), method=method, episodes=episodes, steps=steps),
        validate=bind(_lost, game, longest),
        name="policy_gradient",
        value="monitor",
        score="return",
        recipe=_RECIPE,
    )


def _start(game: Game, key: jax.Array, *, method: str, episodes: int) -> tuple[Any, Any]:
    network_key, key = jax.random.split(key)
    at = afresh(game, key, episodes)
    params = game.init(network_key, jax.tree.map(lambda leaf: leaf[0], at.observations))
    return params, at if method == "actor_critic" else ()


def _field(
    game: Game, discount: jax.Array, decay: jax.Array, entropy: jax.Array, params: Any, state: Any, key: jax.Array,
    *, method: str, episodes: int, steps: int,
) -> tuple:  # fmt: skip
    start_key, key = jax.random.split(key)
    rolls = method == "actor_critic"
    at = state if rolls else afresh(game, start_key, episodes)
    at, seen = jax.lax.scan(lambda at, key: ahead(game, params, at, key), at, jax.random.split(key, steps))
    counted = jnp.ones_like(seen.rewards) if rolls else _first_episodes(seen.over)
    decay = decay if rolls else jnp.ones_like(decay)

    def loss(params: Any) -> tuple[jax.Array, jax.Array]:
        logits, values = judged(_each(game, params, seen.observations))
        advantages = _advantages(game, params, seen, at, values, discount, decay, method)
        taken, spread = _chosen(logits, seen.actions)
        missed = jnp.zeros(()) if method == "reinforce" else (advantages + jax.lax.stop_gradient(values) - values) ** 2
        losses = missed / 2 - advantages * taken - entropy * spread
        return jnp.sum(counted * losses) / jnp.sum(counted), jnp.sum(counted * spread) / jnp.sum(counted)

    direction, spread = jax.grad(loss, has_aux=True)(params)
    earned = jnp.mean(at.returned if rolls else jnp.sum(counted * seen.rewards, 0))
    return direction, at if rolls else state, earned, {"entropy": spread}


def _first_episodes(over: jax.Array) -> jax.Array:
    """1 up to the end of the first episode of each environment, 0 after it, (steps, environments)."""
    before = jnp.concatenate([jnp.zeros_like(over[:1]), over[:-1]])
    return 1.0 - jax.lax.cummax(before.astype(float), axis=0)


def _each(game: Game, params: Any, observations: Any) -> Any:
    """What the network says of observations (steps, environments, ...)."""
    return jax.vmap(jax.vmap(game.apply, (None, 0)), (None, 0))(params, observations)


def _advantages(
    game: Game, params: Any, seen: Steps, at: Standing, values: jax.Array, discount: jax.Array, decay: jax.Array,
    method: str,
) -> jax.Array:  # fmt: skip
    """`A_t`, without a gradient, (steps, environments)."""
    if method == "reinforce":
        zeros = jnp.zeros_like(seen.rewards)
        return generalised_advantages(seen.rewards, zeros, zeros, seen.ended, seen.over, discount, decay)
    if seen.following is None:
        _, last = judged(jax.vmap(game.apply, (None, 0))(params, at.observations))
        ahead = jnp.concatenate([values[1:], last[None]])
    else:
        _, ahead = judged(_each(game, params, seen.following))
    found = generalised_advantages(seen.rewards, values, ahead, seen.ended, seen.over, discount, decay)
    return jax.lax.stop_gradient(found)


def generalised_advantages(
    rewards: jax.Array, values: jax.Array, ahead: jax.Array, ended: jax.Array, over: jax.Array,
    discount: jax.Array, decay: jax.Array,
) -> jax.Array:  # fmt: skip
    """`A_t = e_t + g lambda A_{t+1}` within an episode, `e_t = r_t + g V(s_{t+1}) - V(s_t)`, all (steps, ...).

    Schulman et al. 2016, equation 16. `ahead` are the values after each step.
    """
    errors = rewards + discount * jnp.where(ended, 0, ahead) - values
    fading = discount * decay * (1 - over)

    def earlier(after: jax.Array, here: tuple) -> tuple[jax.Array, jax.Array]:
        advantage = here[0] + here[1] * after
        return advantage, advantage

    return jax.lax.scan(earlier, jnp.zeros_like(errors[0]), (errors, fading), reverse=True)[1]


def _chosen(logits: jax.Array, actions: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Log probabilities of the actions, and the entropy of the policy."""
    logs = jax.nn.log_softmax(logits)
    taken = jnp.take_along_axis(logs, actions[..., None], -1)[..., 0]
    return taken, -jnp.sum(jnp.exp(logs) * logs, -1)


def _lost(game: Game, longest: jax.Array, params: Any, state: Any, key: jax.Array) -> jax.Array:
    """Minus the mean return of fresh episodes."""
    start_key, key = jax.random.split(key)

    def goes_on(carry: tuple) -> jax.Array:
        _, alive, _, step = carry
        return jnp.any(alive) & (step < longest)

    def move(carry: tuple) -> tuple:
        at, alive, earned, step = carry
        at, seen = ahead(game, params, at, jax.random.fold_in(key, step))
        return at, alive & ~seen.over, earned + jnp.where(alive, seen.rewards, 0), step + 1

    at = afresh(game, start_key, EPISODES)
    begun = (at, jnp.ones(EPISODES, bool), jnp.zeros_like(at.earned), jnp.zeros((), jnp.int32))
    return -jnp.mean(jax.lax.while_loop(goes_on, move, begun)[2])
