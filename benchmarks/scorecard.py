"""The same probes for every optimizer and, in the same row, for Optax's of that name: what holds and what does not.

Run: python benchmarks/scorecard.py [--markdown] [NAME ...]

With `--markdown` the table goes into docs/scorecard.md, between two marks; the notes after it are written by hand.
Probes are in probes.py, one function each.
"""

import functools
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import optax
from entrants import Entrant, bowl, finite, pairs, spoiled, start
from probes import PROBES

PAGE = Path(__file__).parents[1] / "docs" / "scorecard.md"


@functools.cache
def judged(entrant: Entrant, probe: Callable[[Entrant], Any]) -> tuple[str, bool]:
    """What stands in the table, and whether it passes; what raises does not, and its error goes to stderr."""
    try:
        found = probe(entrant)
    except Exception as error:
        owner = f"{entrant.factory.__module__.split('.')[0]} {entrant.name}"
        print(f"{owner}, {probe.__name__}: {str(error).splitlines()[0]}", file=sys.stderr)
        found = False
    passes = found == PROBES[probe]
    return str(found) if type(found) is int else "pass" if passes else "FAIL", passes


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def table(entrants: dict[str, tuple[Entrant, Entrant | None]]) -> list[str]:
    """A row for each optimizer, ours / Optax's, and the counts; printed as it grows."""
    lines: list[str] = []

    def add(*cells: object) -> None:
        lines.append(row(*cells))
        print(lines[-1], flush=True)

    add("ours / Optax", *(probe.__name__ for probe in PROBES))
    add(*["---"] * (1 + len(PROBES)))
    for name, (ours, theirs) in entrants.items():
        add(name, *(f"{judged(ours, probe)[0]} / {judged(theirs, probe)[0] if theirs else '-'}" for probe in PROBES))
    sides = [[side for side in both if side] for both in zip(*entrants.values(), strict=True)]
    passes = [[sum(judged(entrant, probe)[1] for entrant in side) for side in sides] for probe in PROBES]
    add("passes", *(f"{own} of {len(sides[0])} / {other} of {len(sides[1])}" for own, other in passes))
    return lines


def poisoned(entrant: Entrant) -> bool:
    """Whether one NaN gradient, without a guard, is in the parameters after the next good step."""
    tx, params = entrant.make(), start()
    params, state, _ = entrant.run(tx, params, spoiled, 1)
    return not finite(entrant.step(tx, params, state, bowl(start()))[0])


def note(entrants: dict[str, tuple[Entrant, Entrant | None]]) -> str:
    bad = [[poisoned(side) for side in both if side] for both in zip(*entrants.values(), strict=True)]
    ours, theirs = (f"{sum(side)} of {len(side)}" for side in bad)
    return (
        f"Without the guard of `one_nan`, one NaN stays in the parameters of {ours} of ours and of {theirs} of Optax's."
    )


def main(*arguments: str) -> None:
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", 4)
    entrants = pairs(*(name for name in arguments if not name.startswith("--")))
    versions = f"JAX {jax.__version__}, Optax {optax.__version__}, {len(jax.devices())} CPU devices"
    print(f"{versions}\n")
    lines = table(entrants)
    print(f"\n{note(entrants)}")
    if "--markdown" in arguments:
        asked = [f"- `{probe.__name__}`: {probe.__doc__}" for probe in PROBES]
        made = "\n".join(
            [f"`python benchmarks/scorecard.py --markdown` ({versions})", "", *asked, "", *lines, "", note(entrants)]
        )
        PAGE.write_text(
            re.sub(r"(<!-- made -->\n).*(\n<!-- made -->)", lambda m: m[1] + made + m[2], PAGE.read_text(), flags=re.S)
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
