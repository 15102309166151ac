"""What docs/from_torch.md and docs/from_keras.md say is the same: both columns of each row, in float64.

The first column is a call of `compat.torch` or `compat.keras`, or one of Keras's optimizers as keras_rules.py has them.
The second one is in this library's own words. Optimizers make 20 random steps as in from_optax.py, on a matrix alone
where they take no vectors; schedules give 60 rates.

Run: python benchmarks/from_others.py torch|keras
"""

import re
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import keras_rules
import optax
from from_optax import NAMES, SCHEDULE_STEPS, path

from lropt_jax import compat

DOCS = Path(__file__).parents[1] / "docs"


def rows(library: str) -> list[tuple[str, str]]:
    """The two calls of each row whose third cell begins with "same"."""
    text = (DOCS / f"from_{library}.md").read_text()
    return re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| same\b", text, re.MULTILINE)


def made(library: str, call: str) -> Any:
    """The rule of a call on our own page, in our words or in the library's."""
    room = getattr(compat, library)
    names = {name: getattr(room, name) for name in room.__all__ if name[0].isupper()}
    return eval(call, NAMES | (vars(keras_rules) if library == "keras" else {}) | {"jnp": jnp} | names)


def difference(library: str, theirs: str, ours: str) -> float:
    """How far the two calls are apart."""
    rules = [made(library, call) for call in (theirs, ours)]
    if isinstance(rules[0], optax.GradientTransformation):
        matrices = theirs.startswith("Muon")
        found = [path(tx, matrices) for tx in rules]
    else:
        found = [jax.vmap(lambda t, rule=rule: jnp.asarray(rule(t)))(jnp.arange(SCHEDULE_STEPS)) for rule in rules]
    apart = jax.tree.map(lambda a, b: float(jnp.max(jnp.abs(a - b))), *found)
    return max(jax.tree.leaves(apart))


def main(library: str) -> None:
    worst = 0.0
    for theirs, ours in rows(library):
        found = difference(library, theirs, ours)
        worst = max(worst, found) if found == found else found
        print(f"{found:8.1e}  {theirs}  {ours}", flush=True)
    print(f"{worst:8.1e}  the largest of {len(rows(library))}")


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    for word in sys.argv[1:] or ["torch", "keras"]:
        main(word)
