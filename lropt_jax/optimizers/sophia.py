"""Sophia: momentum over an estimate of the curvature, limited in each coordinate."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, debias, divide, full, times, weight, wide, zeros
from lropt_jax._core.kinds import Average, Calls, Epsilon, LearningRate, Limit, Seed, Strength, WeightDecay
from lropt_jax._core.layout import as_cut
from lropt_jax._core.learned import with_gradients
from lropt_jax._core.lifting import lift
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.refusal import Refused, needed
from lropt_jax._core.slots import Moments, Others
from lropt_jax.objectives import hutchinson
from lropt_jax.optimizers.descent import Direction, descent


class SophiaState(NamedTuple):
    """State of `sophia`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments
    nu: Others


@lift(elementwise=True)
def sophia(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.965,
    b2: Average = 0.99,
    gamma: Strength = 0.01,
    eps: Epsilon = 1e-12,
    clip: Limit | None = 1.0,
    bias_correction: bool = False,
    estimate: Literal["given", "hutchinson"] = "given",
    every: Calls = 10,
    seed: Seed = 0,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Sophia: momentum divided by the curvature of each coordinate, which is estimated every few steps.

    `mu <- b1 * mu + (1 - b1) * g`; where there is an estimate `h` of the Hessian's diagonal, `nu <- b2 * nu + (1 - b2)
    * h`. The direction is `mu / max(gamma * nu, eps)`, cut to `clip` in each coordinate (Liu et al. 2023,
    arXiv:2305.14342, algorithm 3). Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for language models, and compare it with a well tuned `adamw` at the same cost: a comparison of ten
    optimizers found smaller gains than their papers report, and the smaller the larger the model (Wen et al. 2025,
    arXiv:2509.02046). Tune `gamma` so that 10% to 50% of the
    coordinates are not cut. Before the first estimate, and where the curvature is not positive, each coordinate moves
    by `rate`, as in `lion`.

    The estimate comes from outside: `tx.update(grads, state, params, hessian=h)`. `h` is a tree like the parameters,
    used at once; a function of the parameters, called at every `every`-th update, by a branch; or None: `nu` stays.
    `objectives.hutchinson` and `objectives.gauss_newton_bartlett` make them; take the second, with `gamma=0.05`, for
    cross-entropies. Under `groups` give a tree. With `estimate="hutchinson"` the optimizer makes them itself, from
    `value_fn`, which `solve` gives.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. About as for `lion`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule. It counts estimates, not updates.
        gamma: What multiplies the curvature, >= 0, or a schedule.
        eps: The least divisor, >= 0, or a schedule.
        clip: The largest entry of the direction, > 0, or a schedule. None: unlimited.
        bias_correction: Divide `mu` by `1 - b1^t`, as Optax and the authors' program of the Hutchinson form do.
        estimate: "given": by `hessian` alone. "hutchinson": from `value_fn` where no `hessian` is given.
        every: Updates from one estimate to the next, if the estimate is a function, a whole number >= 1, or a schedule.
        seed: For the random signs of "hutchinson", a whole number. Runs side by side need different seeds.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay` and for an estimate. State: `count`, `learning_rate`,
        `rate`, `mu`, `nu`. Memory: 2 x params, float32. Time: an estimate costs 1 to 3 gradients, over `every` updates.
        Under `vmap` a branch becomes a choice, and every update pays for an estimate.

    Raises:
        ValueError: A number is outside its range, `hessian` is not like the parameters, or `update` is called without
            the `params` or the `value_fn` that it needs.

    As in the paper. `optax.contrib.sophia` is `bias_correction=True, eps=1e-8`, and uses an estimate one update later.
    `pytorch_optimizer.SophiaH` is `b1=0.96, gamma=1, clip=0.01`, with estimates from normal numbers.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = sophia(0.1, b1=0.0, b2=0.0, gamma=0.5)
        >>> grads, curvatures = jnp.array([1.0, -1.0]), jnp.array([4.0, 1.0])
        >>> tx.update(grads, tx.init(jnp.zeros(2)), hessian=curvatures)[0]
        Array([-0.05,  0.1 ], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        return {"mu": zeros(params), "nu": full(params, real(0))}

    def apply(grads: optax.Updates, state: SophiaState, params: optax.Params | None) -> tuple:
        decay, scale, least = (value_at(number, state.count) for number in (b1, gamma, eps))
        top = None if clip is None else value_at(clip, state.count)
        mu = jax.tree.map(lambda m, g: average(m, wide(g), decay), state.mu, grads)
        gathered = weight(decay, optax.safe_increment(state.count)) if bias_correction else real(1)
        towards = jax.tree.map(lambda m, v: _cut(debias(m, gathered), times(scale, v), least, top), mu, state.nu)
        return towards, state._replace(mu=mu)

    def moved(state: SophiaState, params: optax.Params | None, hessian: Any, value_fn: Any) -> optax.Updates:
        decay = value_at(b2, state.count)
        if hessian is None and estimate == "hutchinson":
            key = jax.random.fold_in(jax.random.key(jnp.asarray(seed, jnp.int32)), state.count)
            hessian = _estimator(value_fn, key)
        if not callable(hessian):
            return state.nu if hessian is None else _averaged(state.nu, hessian, decay)
        here, period = needed(params, "for the estimate of the Hessian"), jnp.ceil(value_at(every, state.count))
        due = state.count % period.astype(state.count.dtype) == 0
        return jax.lax.cond(due, lambda: _averaged(state.nu, hessian(here), decay), lambda: state.nu)

    inner = descent(Direction(SophiaState, init, apply), learning_rate, weight_decay=weight_decay)

    def update(
        grads: optax.Updates,
        state: SophiaState,
        params: optax.Params | None = None,
        *,
        hessian: Any = None,
        **extra: Any,
    ) -> tuple:
        nu = moved(state, params, hessian, extra.get("value_fn"))
        return inner.update(grads, state._replace(nu=nu), params, **extra)

    return optax.GradientTransformationExtraArgs(inner.init, update)


def _estimator(value_fn: Callable[[optax.Params], jax.Array] | None, key: jax.Array) -> Callable:
    if value_fn is None:
        raise Refused(
            'update needs value_fn, the loss as a function of the parameters, with estimate="hutchinson"; '
            "call tx.update(grads, state, params, value_fn=loss)."
        )
    return lambda params: hutchinson(value_fn, params, key)


def _averaged(nu: optax.Updates, hessian: optax.Updates, decay: jax.Array) -> optax.Updates:
    try:
        given = with_gradients(hessian, nu)  # in a group, of its parameters alone
        fits = all(map(bool, jax.tree.leaves(jax.tree.map(lambda v, h: v.shape == jnp.shape(h), nu, given))))
    except (ValueError, TypeError):
        fits = False
    if not fits:
        raise Refused(f"hessian must be a tree like the parameters, {shown(nu)}, got {shown(hessian)}.")
    return jax.tree.map(lambda v, h: average(v, as_cut(jnp.real(wide(h)).astype(v.dtype), v), decay), nu, given)


@jax.jit
def _cut(leaf: jax.Array, curvature: jax.Array, least: jax.Array, top: jax.Array | None) -> jax.Array:
    """`leaf / max(curvature, least)`, with no entry longer than `top`."""
    size = jnp.maximum(curvature, least.astype(curvature.dtype))
    return divide(leaf, size if top is None else jnp.maximum(size, jnp.abs(leaf) / top.astype(size.dtype)))
