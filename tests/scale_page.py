"""The tables of docs/scale.md, computed from shapes alone; `python tests/scale_page.py` prints them."""

import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from pages import ROOT

from lropt_jax import optimizers, wrappers

NAMES = {name: getattr(room, name) for room in (optimizers, wrappers) for name in room.__all__} | {"r": 1e-3}
NO_OPTIMIZERS = {"chain", "decay", "descent"}
CALLS = {
    "rmsprop": ["rmsprop(r)", "rmsprop(r, momentum=0.9)"],
    "sgd": ["sgd(r)", "sgd(r, momentum=0.9)"],
    "sign_sgd": ["sign_sgd(r)", "sign_sgd(r, momentum=0.9)"],
}
FORMATS: dict[str, Callable[[Any], Any]] = {
    "float32": lambda tx: tx,
    "bf16": lambda tx: NAMES["small_state"](tx, "bf16"),
    "int8": lambda tx: NAMES["small_state"](tx, "int8"),
}
WIDTH, LAYERS = 2048, 18
BILLION = [
    ("adamw(r)", "float32"), ("master_weights(adamw(r))", "bfloat16"), ("lion(r)", "float32"), ("muon(r)", "float32"),
    ("adafactor(r)", "float32"), ("sgd(r)", "float32"),
]  # fmt: skip
if "small_state" in NAMES:
    BILLION += [('small_state(adamw(r), "bf16")', "float32"), ('small_state(adamw(r), "int8")', "bfloat16")]


def decoder(layers: int, dtype: Any = jnp.float32) -> dict[str, Any]:
    """The shapes of a language model; of 1.01 billion parameters with all its layers."""
    layer = {
        "qkv": (WIDTH, 3 * WIDTH), "out": (WIDTH, WIDTH), "up": (WIDTH, 4 * WIDTH), "down": (4 * WIDTH, WIDTH),
        "norm1": (WIDTH,), "norm2": (WIDTH,),
    }  # fmt: skip
    shapes = {"embedding": (50_304, WIDTH), "norm": (WIDTH,)}
    shapes |= {f"layer{number}/{name}": shape for number in range(layers) for name, shape in layer.items()}
    return {name: jax.ShapeDtypeStruct(shape, dtype) for name, shape in shapes.items()}


def size(of: Callable[[Any], Any], dtype: Any = jnp.float32) -> int:
    """Bytes of what is made of the model. Every layer adds what the second one does, and two are quick to trace."""
    one, two = (
        sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(jax.eval_shape(of, decoder(layers, dtype))))
        for layers in (1, 2)
    )
    return one + (LAYERS - 1) * (two - one)


def made(call: str) -> Any:
    return eval(call, dict(NAMES))  # our own page


def bytes_each(call: str, form: str) -> str:
    """Bytes a parameter of the state; none where the format does not take the optimizer."""
    try:
        state = size(FORMATS[form](made(call)).init)
    except ValueError:
        return "no"
    return f"{state / size(lambda params: params, jnp.int8):.2f}"


def rows(forms: list[str]) -> list[list[str]]:
    names = sorted(name for name in set(optimizers.__all__) - NO_OPTIMIZERS if name.islower())
    calls = [call for name in names for call in CALLS.get(name, [f"{name}()" if name == "cocob" else f"{name}(r)"])]
    return [[f"`{call}`", *(bytes_each(call, form) for form in forms)] for call in calls]


def billion() -> list[list[str]]:
    """Gigabytes of the parameters, their gradients, the state, all of it, and a share of eight devices."""
    found = []
    for call, dtype in BILLION:
        weights = size(lambda params: params, jnp.dtype(dtype))
        parts = [weights, weights, size(made(call).init, jnp.dtype(dtype))]
        all_of_it = sum(parts)
        found.append([f"`{call}`", dtype, *(f"{part / 1e9:.1f}" for part in [*parts, all_of_it, all_of_it / 8])])
    return found


def table(head: str) -> list[list[str]]:
    """The header and the rows of the page's table whose header begins with these words."""
    text = (ROOT / "docs/scale.md").read_text()
    lines = re.search(rf"^\| {re.escape(head)} .*\n(?:\|.*\n)+", text, re.MULTILINE)
    if lines is None:
        raise LookupError(f"docs/scale.md has no table that begins with {head!r}.")
    cells = [[cell.strip() for cell in line.strip("| \n").split("|")] for line in lines[0].splitlines()]
    return [cells[0], *cells[2:]]


if __name__ == "__main__":
    here = [form for form in FORMATS if form == "float32" or "small_state" in NAMES]
    for head, body in (
        (["optimizer", *here], rows(here)),
        (["a billion", "dtype", "parameters", "gradients", "state", "together", "of eight"], billion()),
    ):
        for line in [head, ["---"] * len(body[0]), *body]:
            print("| " + " | ".join(line) + " |", flush=True)
