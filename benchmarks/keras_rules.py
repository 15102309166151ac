"""Keras 3's optimizers as their `update_step` has them, one parameter at a time: what from_others.py compares with."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax


def rule(slots: dict[str, float], step: Callable[..., tuple], learning_rate: Any) -> optax.GradientTransformation:
    """An optimizer of slots with their first values, and of `step(g, slots, rate, t) -> (update, slots)`, t from 1."""

    def init(params: optax.Params) -> tuple:
        return jnp.zeros((), jnp.int32), {
            name: jax.tree.map(lambda p, value=value: jnp.full_like(p, value), params) for name, value in slots.items()
        }

    def update(grads: optax.Updates, state: tuple, params: optax.Params | None = None) -> tuple:
        count, held = state
        rate = learning_rate(count) if callable(learning_rate) else learning_rate
        leaves, tree = jax.tree.flatten(grads)
        each = zip(leaves, *(jax.tree.leaves(held[name]) for name in slots), strict=True)
        time = (count + 1).astype(jnp.result_type(float))
        made = [step(g, dict(zip(slots, own, strict=True)), rate, time) for g, *own in each]
        kept = {name: jax.tree.unflatten(tree, [new[name] for _, new in made]) for name in slots}
        return jax.tree.unflatten(tree, [moved for moved, _ in made]), (count + 1, kept)

    return optax.GradientTransformation(init, update)


def SGD(learning_rate: Any, momentum: float = 0.0, nesterov: bool = False) -> optax.GradientTransformation:
    def step(g: Any, slots: dict, rate: Any, time: Any) -> tuple:
        m = momentum * slots["m"] - rate * g
        return (momentum * m - rate * g if nesterov else m), {"m": m}

    return rule({"m": 0.0}, step, learning_rate)


def Adam(learning_rate: Any, epsilon: float = 1e-7, amsgrad: bool = False) -> optax.GradientTransformation:
    def step(g: Any, slots: dict, rate: Any, time: Any) -> tuple:
        m, v = slots["m"] + 0.1 * (g - slots["m"]), slots["v"] + 0.001 * (g**2 - slots["v"])
        most = jnp.maximum(slots["most"], v)
        alpha = rate * jnp.sqrt(1 - 0.999**time) / (1 - 0.9**time)
        return -alpha * m / (jnp.sqrt(most if amsgrad else v) + epsilon), {"m": m, "v": v, "most": most}

    return rule({"m": 0.0, "v": 0.0, "most": 0.0}, step, learning_rate)


def AdamW(learning_rate: Any, weight_decay: float = 0.004, epsilon: float = 1e-7) -> optax.GradientTransformation:
    inner = Adam(learning_rate, epsilon)

    def update(grads: optax.Updates, state: tuple, params: optax.Params) -> tuple:
        rate = learning_rate(state[0]) if callable(learning_rate) else learning_rate
        updates, new = inner.update(grads, state)
        return jax.tree.map(lambda u, p: u - rate * weight_decay * p, updates, params), new

    return optax.GradientTransformation(inner.init, update)


def Adamax(learning_rate: Any, epsilon: float = 1e-7) -> optax.GradientTransformation:
    def step(g: Any, slots: dict, rate: Any, time: Any) -> tuple:
        m, u = slots["m"] + 0.1 * (g - slots["m"]), jnp.maximum(0.999 * slots["u"], jnp.abs(g))
        return -rate * m / ((1 - 0.9**time) * (u + epsilon)), {"m": m, "u": u}

    return rule({"m": 0.0, "u": 0.0}, step, learning_rate)


def Nadam(learning_rate: Any, epsilon: float = 1e-7) -> optax.GradientTransformation:
    def step(g: Any, slots: dict, rate: Any, time: Any) -> tuple:
        m, v = slots["m"] + 0.1 * (g - slots["m"]), slots["v"] + 0.001 * (g**2 - slots["v"])
        now, later = (0.9 * (1 - 0.5 * 0.96**t) for t in (time, time + 1))
        so_far = slots["product"] * now
        ahead = later * m / (1 - so_far * later) + (1 - now) * g / (1 - so_far)
        return -rate * ahead / (jnp.sqrt(v / (1 - 0.999**time)) + epsilon), {"m": m, "v": v, "product": so_far}

    return rule({"m": 0.0, "v": 0.0, "product": 1.0}, step, learning_rate)


def RMSprop(
    learning_rate: Any, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7, centered: bool = False
) -> optax.GradientTransformation:
    def step(g: Any, slots: dict, rate: Any, time: Any) -> tuple:
        v, a = rho * slots["v"] + (1 - rho) * g**2, rho * slots["a"] + (1 - rho) * g
        m = momentum * slots["m"] + rate * g / jnp.sqrt(v + epsilon - (a**2 if centered else 0))
        return -m, {"v": v, "a": a, "m": m}

    return rule({"v": 0.0, "a": 0.0, "m": 0.0}, step, learning_rate)


def Adagrad(learning_rate: Any, epsilon: float = 1e-7) -> optax.GradientTransformation:
    def step(g: Any, slots: dict, rate: Any, time: Any) -> tuple:
        total = slots["total"] + g**2
        return -rate * g / jnp.sqrt(total + epsilon), {"total": total}

    return rule({"total": 0.1}, step, learning_rate)


def Adadelta(learning_rate: Any, rho: float = 0.95, epsilon: float = 1e-7) -> optax.GradientTransformation:
    def step(g: Any, slots: dict, rate: Any, time: Any) -> tuple:
        v = rho * slots["v"] + (1 - rho) * g**2
        delta = -jnp.sqrt(slots["x"] + epsilon) * g / jnp.sqrt(v + epsilon)
        return rate * delta, {"v": v, "x": rho * slots["x"] + (1 - rho) * delta**2}

    return rule({"v": 0.0, "x": 0.0}, step, learning_rate)
