"""What every rule keeps in its state: names, dtypes and shapes, as in two files.

`python tests/states.py` writes the states of today, and keeps those that have changed as states of the version before.
`python tests/states.py --forget` does not keep these: no release had them.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from arguments import FACTORIES, calls, value_of

from lropt_jax._core.factory import Factory
from lropt_jax._core.parts import children
from lropt_jax._core.rate import Rate
from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.optimizers import sgd
from lropt_jax.rates import dog
from lropt_jax.schedules import product
from lropt_jax.wrappers import multiply

FOLDER = Path(__file__).parent / "golden" / "states"
TODAY, EARLIER = FOLDER / "today.txt", FOLDER / "earlier.txt"
PARAMS = {"a": jax.ShapeDtypeStruct((4, 6), "float32"), "b": jax.ShapeDtypeStruct((5,), "float32")}
MORE = {"multiply": [multiply(sgd(0.1), {"a": 0.5})], "product": [product(dog(), 0.5)]}


def fields(node: Any, place: str = "") -> list[str]:
    """What is in a state: leaves with their dtypes and shapes, named tuples with their types, and what is empty."""
    held = children(node)
    if held is None:
        return [f"{place}:{node.dtype}{list(node.shape)}".replace(" ", "")]
    inside = [line for name, child in held for line in fields(child, f"{place}/{name}" if place else name)]
    named = hasattr(type(node), "_fields") or not held
    return [*([f"{place}:{type(node).__name__}"] if named else []), *inside]


def values(factory: Factory) -> Iterator[tuple[Any, str]]:
    """Optimizers and rates of a factory with their states: of the defaults, of all arguments, and between these."""
    seen = set()
    for arguments in calls(factory):
        try:
            value = value_of(factory, arguments)
            if isinstance(value, Schedule):
                break
            if (tree := jax.tree.structure(value)) not in seen:  # numbers alone change no state
                yield value, state_of(value)
                seen.add(tree)
        except Refused:
            continue  # arguments that do not fit together, or not to the parameters
    yield from ((value, state_of(value)) for value in MORE.get(factory.name, ()))


def state_of(value: Any) -> str:
    """The state of an optimizer or of a rate in a line."""
    if not isinstance(value, (Rate, Optimizer)):
        raise Refused(f"value must have a state, got {value}.")
    init = (lambda params: value.init(params)[1]) if isinstance(value, Rate) else value.init
    return " ".join(fields(jax.eval_shape(init, PARAMS)))


def states(factory: Factory) -> list[str]:
    """The different states that the values of a factory have."""
    return list(dict.fromkeys(line for _, line in values(factory)))


def read(file: Path) -> dict[str, list[str]]:
    """The lines of a file, by the rule that they are of."""
    found: dict[str, list[str]] = {}
    for line in file.read_text().splitlines():
        name, _, state = line.partition(" ")
        found.setdefault(name, []).append(state)
    return found


def built(line: str) -> Any:
    """The state of a line as a file may give it back: dicts by names, with arrays of ones."""
    root: dict[str, Any] = {}
    for item in line.split():
        place, _, kind = item.rpartition(":")
        if "[" not in kind:
            continue
        *above, last = place.split("/")
        node = root
        for name in above:
            node = node.setdefault(name, {})
        dtype, _, shape = kind.rstrip("]").partition("[")
        node[last] = np.ones([int(size) for size in shape.split(",") if size], dtype)
    return root


def write(forget: bool) -> str:
    """Write the states of today, and say what has changed."""
    before = read(TODAY) if TODAY.exists() else {}
    today = {name: lines for name, factory in sorted(FACTORIES.items()) if (lines := states(factory))}
    TODAY.write_text("".join(f"{name} {line}\n" for name, lines in today.items() for line in lines))
    gone = [f"{name} {line}\n" for name, lines in before.items() for line in lines if line not in today.get(name, [])]
    if not forget:
        with EARLIER.open("a") as file:
            file.writelines(gone)
    return f"{sum(map(len, today.values()))} states of {len(today)} rules in {TODAY.name}; {len(gone)} have changed."


if __name__ == "__main__":
    print(write("--forget" in sys.argv[1:]))
