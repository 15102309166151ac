"""The network that plays an environment where nobody gives another: two perceptrons, actor and critic."""

from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind

_HIDDEN = (64, 64)


def perceptrons(actions: int) -> tuple[jax.tree_util.Partial, jax.tree_util.Partial]:
    """`(init, apply)` of two perceptrons of tanh units with orthogonal weights, as PPO has them for such tasks.

    The logits begin near 0, so that the first policy tries all actions alike (Andrychowicz et al. 2021,
    arXiv:2006.05990).
    """
    return bind(_init, actions=actions), bind(_apply)


def _init(key: jax.Array, observation: Any, *, actions: int) -> dict:
    size, keys = sum(map(jnp.size, jax.tree.leaves(observation))), jax.random.split(key)
    return {"actor": _layers(keys[0], size, actions, 0.01), "critic": _layers(keys[1], size, 1, 1.0)}


def _layers(key: jax.Array, size: int, out: int, last: float) -> list[dict]:
    made, sizes = [], (size, *_HIDDEN, out)
    for number, own in enumerate(jax.random.split(key, len(sizes) - 1)):
        scale = last if number == len(_HIDDEN) else 2**0.5
        kernel = jax.nn.initializers.orthogonal(scale)(own, sizes[number : number + 2])
        made.append({"kernel": kernel, "bias": jnp.zeros(sizes[number + 1])})
    return made


def _apply(params: dict, observation: Any) -> tuple[jax.Array, jax.Array]:
    x = jnp.concatenate([jnp.ravel(leaf).astype(float) for leaf in jax.tree.leaves(observation)])
    return _through(params["actor"], x), _through(params["critic"], x)[0]


def _through(layers: list[dict], x: jax.Array) -> jax.Array:
    for layer in layers[:-1]:
        x = jnp.tanh(x @ layer["kernel"] + layer["bias"])
    return x @ layers[-1]["kernel"] + layers[-1]["bias"]
