"""Rates of single parameters as multiples of the optimizer's."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times
from lropt_jax._core.checking import check
from lropt_jax._core.kinds import AnyOptimizer, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.masks import is_function
from lropt_jax._core.numbers import is_number, value_at
from lropt_jax._core.paths import REST, alike, by_path, labelled
from lropt_jax._core.refusal import Refused
from lropt_jax._core.state import keeps_params, recorded, within
from lropt_jax._core.values import Optimizer
from lropt_jax._core.wrapping import extended, like, widened
from lropt_jax.wrappers._bare import without_decay


class MultiplyState(NamedTuple):
    """State of `multiply`."""

    count: jax.Array  # type: ignore[assignment]
    multipliers: dict[str, jax.Array]
    inner: Any

    def rates_by_group(self) -> dict[str, jax.Array]:
        """The rates of the last update, by the patterns that they are for."""
        inside, found = recorded(self.inner), {}
        for group, multiplier in self.multipliers.items():
            found.update(within(group, {name: multiplier * rate for name, rate in inside.items()}))
        return found


@lift
def multiply(
    optimizer: AnyOptimizer, multipliers: Any, *, multiply_decay: bool = True
) -> optax.GradientTransformationExtraArgs:
    """Give parameters rates of their own, as multiples of the optimizer's: `update = multiplier * optimizer's update`.

    Patterns of paths choose the parameters. The path of a parameter says where it stands in its tree, as
    `"encoder/layers/0/kernel"`: keys of dicts, names of attributes and indices. A pattern must match the whole path:
    `*` stands for any characters, "/" too, `?` for one character, `[ab]` for a or b. A parameter may match at most one
    pattern, and every pattern must match a parameter. "*" alone takes the parameters that no other pattern takes.

    Choose it for smaller rates near the input of a pretrained network (`layerwise_decay`), for rates that follow the
    width (`mup_multipliers`), for larger rates of biases, and with a schedule for layers that join later. For
    parameters that never move take `frozen` in `groups`, which saves their state.

    Args:
        optimizer: Any, of this library or of Optax. But wrappers that keep parameters of their own, such as `ema`,
            `lookahead`, `schedule_free` and `master_weights`, go around `multiply`.
        multipliers: A dict from patterns to numbers >= 0 or schedules; parameters without a pattern keep the rate. Or
            a tree of numbers or schedules like the parameters. Or a function of the parameters that gives one of both.
        multiply_decay: Multiply the decoupled weight decay of `optimizer` too. False: the decay stays as it is.

    Returns:
        An optimizer. State: `count`, updates made, () int32; `multipliers`, those of the last update by pattern, "*"
        for the rest, () float32; `inner`. `learning_rate(state)` gives the rates by pattern. Memory: nothing. The
        product is made in float32 and rounded once.

    Raises:
        TypeError: `optimizer` is not a gradient transformation, or a multiplier is neither a number nor a schedule.
        ValueError: A multiplier is negative; a pattern matches no parameter, or a parameter matches several patterns;
            a tree is not like the parameters; `optimizer` keeps parameters of its own; or `multiply_decay` is False
            and `optimizer` itself has no decoupled decay.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> params = {"encoder": {"kernel": jnp.ones(2), "bias": jnp.ones(1)}, "head": jnp.ones(1)}
        >>> tx = multiply(sgd(0.5), {"encoder/*": 0.1, "head": 2.0})
        >>> updates, state = tx.update(params, tx.init(params), params)
        >>> updates["encoder"]["kernel"], updates["head"]
        (Array([-0.05, -0.05], dtype=float32), Array([-1.], dtype=float32))
        >>> learning_rate(state)
        {'encoder/*': Array(0.05, dtype=float32), 'head': Array(1., dtype=float32)}
    """
    inner = extended(optimizer)
    bare = None if multiply_decay else _alone(optimizer)

    def init(params: optax.Params) -> MultiplyState:
        _, numbers = _named(multipliers, params, params)
        first = {name: jnp.array(value_at(number, 0), copy=True) for name, number in numbers.items()}
        state = inner.init(widened(params))
        if keeps_params(state):
            raise Refused(
                f"optimizer must not keep parameters of its own, got {optimizer!r}; "
                "go inside: schedule_free(multiply(...)), ema(multiply(...)), master_weights(multiply(...))."
            )
        return MultiplyState(jnp.zeros((), jnp.int32), first, state)

    def update(grads: optax.Updates, state: MultiplyState, params: optax.Params | None = None, **extra: Any) -> tuple:
        labels, numbers = _named(multipliers, grads if params is None else params, grads)
        now, given = {name: value_at(number, state.count) for name, number in numbers.items()}, widened(grads)
        whole, moved = inner.update(given, state.inner, params, **extra)
        if bare is None:
            updates = jax.tree.map(lambda u, name: times(now[name], u), whole, labels)
        else:
            plain, _ = bare.update(given, state.inner, params, **extra)
            updates = jax.tree.map(lambda p, w, name: times(now[name], p) + (w - p), plain, whole, labels)
        return like(updates, grads), MultiplyState(optax.safe_increment(state.count), now, moved)

    return optax.GradientTransformationExtraArgs(init, update)


@multiply.requires
def _(multipliers: Any) -> None:
    if not is_function(multipliers):
        _check(multipliers)


def _named(multipliers: Any, params: optax.Params, tree: Any) -> tuple[Any, dict[str, Any]]:
    """A tree like `tree` of the names of multipliers, and the multipliers by name."""
    if is_function(multipliers):
        multipliers = multipliers(params)
        _check(multipliers)
    if _by_pattern(multipliers):
        labels = labelled(tree, multipliers, rest=True)
        rest = {REST: 1.0} if REST in jax.tree.leaves(labels) else {}
        return labels, {**rest, **multipliers}
    numbers = by_path(multipliers, is_leaf=is_function)
    return alike(tree, multipliers=numbers), numbers


def _by_pattern(multipliers: Any) -> bool:
    """Whether they are a flat dict from strings. If the parameters are flat too, their names are patterns as well."""
    flat = isinstance(multipliers, Mapping) and all(isinstance(key, str) for key in multipliers)
    return flat and all(is_number(item) or callable(item) for item in multipliers.values())


def _check(multipliers: Any) -> None:
    for name, number in by_path(multipliers, is_leaf=is_function).items():
        check(f"multipliers[{name!r}]", Strength, number)


def _alone(optimizer: Any) -> Optimizer:
    bare = without_decay(optimizer)
    if bare is None:
        raise Refused(
            "multiply_decay must be True unless optimizer itself has a decoupled weight_decay, "
            f"got False and {optimizer!r}."
        )
    return bare
