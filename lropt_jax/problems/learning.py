"""The functions of a problem that descends a loss. They are of this file, so other data need no new program."""

from collections.abc import Callable, Iterable
from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind, hashable
from lropt_jax._core.brief import brief
from lropt_jax._core.checking import check
from lropt_jax._core.kinds import Size
from lropt_jax._core.refusal import Refused, naming
from lropt_jax._core.trees import Params, Tree
from lropt_jax.problems.batches import Order, after, drawing, model_of, numbered, taking
from lropt_jax.problems.data import Stream, is_arrays, length_of, on_device
from lropt_jax.problems.losses import Loss
from lropt_jax.problems.models import gradient_of, sealed, unsealed
from lropt_jax.problems.nnx import Merged


def functions(
    loss: Loss | Merged,
    init: Callable[[jax.Array], Any],
    data: Tree | Iterable[Tree],
    *,
    batch_size: int | None,
    order: Order,
    validation: Tree | None,
    test: Tree | None,
    validation_batch_size: int | None,
) -> dict[str, Any]:
    """The fields of a problem, by name."""
    with naming(loss.owner):
        check("order", Order, order)
        if is_arrays(data):
            draw, stream = drawing(data, batch_size, order), None
        else:
            draw, stream = taking(), Stream(data)
            if batch_size is not None:
                got = f"{batch_size}; a tuple is data, a list is batches"
                raise Refused(f"batch_size must be None for batches, got {got}.")
            if order == "epochs":
                raise Refused("order must be 'random' for batches, which have an order of their own, got 'epochs'.")
        held = {"validation": validation, "test": test}
        held = {name: on_device(part) for name, part in held.items() if part is not None}
        if validation_batch_size is not None:
            check("validation_batch_size", Size, validation_batch_size)
            for name, part in held.items():
                length_of(part, name)
    options = {"loss": loss, "batch_size": validation_batch_size}
    return {
        "init": bind(_begin, init=hashable(init), has_state=loss.has_state, order=order, owner=loss.owner),
        "field": bind(_field, draw, loss=loss),
        "validate": bind(_held_out, held["validation"], **options) if "validation" in held else None,
        "test": bind(_held_out, held["test"], **options) if "test" in held else None,
        "metrics": bind(_metrics, held, **options) if loss.has_aux and held else None,
        "stream": stream,
    }


def _begin(
    key: jax.Array, *, init: Callable[[jax.Array], Any], has_state: bool, order: Order, owner: str
) -> tuple[Params, Tree]:
    begun = init(key)
    if has_state and (not isinstance(begun, tuple) or len(begun) != 2):
        with naming(owner):
            raise Refused(f"init must return (params, state) for has_state=True, got {brief(begun)}.")
    params, model = begun if has_state else (begun, ())
    return sealed(params), model if order == "random" else numbered(model, key)


def _field(draw: Callable[..., Any], params: Params, state: Any, key: jax.Array, *, loss: Loss | Merged) -> tuple:
    draw_key, loss_key = jax.random.split(key) if loss.key is not None else (key, key)
    model, batch = draw(state, draw_key)
    (value, (model, metrics)), gradient = gradient_of(loss, params, model, batch, loss_key, training=True)
    found = gradient, after(state, model), value
    return (*found, metrics) if loss.has_aux else found


def _held_out(
    data: Tree, params: Params, state: Any, key: jax.Array, *, loss: Loss | Merged, batch_size: int | None
) -> jax.Array:
    return _judged(data, params, state, key, loss, batch_size)[0]


def _metrics(
    held: dict[str, Tree], params: Params, state: Any, key: jax.Array, *, loss: Loss | Merged, batch_size: int | None
) -> dict[str, jax.Array]:
    found: dict[str, jax.Array] = {}
    for part, data in held.items():
        value, metrics = _judged(data, params, state, key, loss, batch_size)
        found |= {f"{part} {name}": each for name, each in {"loss": value, **metrics}.items()}
    return found


def _judged(
    data: Tree, params: Params, state: Any, key: jax.Array, loss: Loss | Merged, batch_size: int | None
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """The loss and the metrics on held-out data: means over batches, if it is asked for, by their sizes."""

    def judged(batch: Tree, key: jax.Array) -> tuple[jax.Array, dict[str, jax.Array]]:
        value, (_, metrics) = loss(unsealed(params), model_of(state), batch, key, training=False)
        return value, metrics

    size = 0 if batch_size is None else length_of(data)
    if batch_size is None or batch_size >= size:
        return judged(data, key)
    count, rest = divmod(size, batch_size)
    keys = jax.random.split(key, count + 1)
    shaped = jax.tree.map(lambda leaf: leaf[: size - rest].reshape(count, batch_size, *leaf.shape[1:]), data)
    means = jax.tree.map(lambda each: jnp.mean(each, 0), jax.lax.map(lambda pair: judged(*pair), (shaped, keys[:-1])))
    if not rest:
        return means
    last = judged(jax.tree.map(lambda leaf: leaf[size - rest :], data), keys[-1])
    return jax.tree.map(lambda mean, other: mean + (other - mean) * (rest / size), means, last)
