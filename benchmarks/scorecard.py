"""The same probes for every optimizer and, in the same row, for Optax's of that name: what holds and what does not.

Run: python benchmarks/scorecard.py [--markdown] [NAME ...]

With `--markdown` what is printed goes into docs/scorecard.md, between its two marks; the notes after it are written by
hand. Probes are in probes.py, one function each.
"""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import optax
from entrants import Entrant, bowl, finite, pairs, spoiled, start
from probes import PROBES

PAGE = Path(__file__).parents[1] / "docs" / "scorecard.md"
MARK = "<!-- printed by benchmarks/scorecard.py -->\n"


@functools.cache
def judged(entrant: Entrant, probe: Callable[[Entrant], Any]) -> tuple[str, bool]:
    """What stands in the table, and whether it passes. What raises does not: its error goes to stderr."""
    try:
        found = probe(entrant)
    except Exception as error:
        owner = f"{'ours' if entrant.ours else 'optax'}.{entrant.name}"
        print(f"{owner}, {probe.__name__}: {str(error).splitlines()[0]}", file=sys.stderr)
        found = False
    passes = found == PROBES[probe]
    return str(found) if type(found) is int else "pass" if passes else "FAIL", passes


def poisoned(entrant: Entrant) -> bool:
    """Whether a NaN gradient, without a guard, is in parameters or state after the next good step."""
    params, state, _ = entrant.run(entrant.make(), start(), spoiled, 1)
    return not finite(entrant.step(entrant.make(), params, state, bowl(start()))[:2])


def report(*names: str) -> list[str]:
    """The lines of the page, printed as they are found: what is asked, a row for each optimizer, counts, a note."""
    lines: list[str] = []

    def say(*cells: str) -> None:
        lines.append(f"| {' | '.join(cells)} |" if len(cells) > 1 else cells[0])
        print(lines[-1], flush=True)

    say(f"JAX {jax.__version__}, Optax {optax.__version__}, {len(jax.devices())} CPU devices.\n")
    for probe in PROBES:
        say(f"- `{probe.__name__}`: {probe.__doc__}")
    say("")
    say("ours / Optax's", *(f"`{probe.__name__}`" for probe in PROBES))
    say(*["---"] * (1 + len(PROBES)))
    entrants = pairs(*names)
    for name, both in entrants.items():
        say(name, *(" / ".join(judged(side, probe)[0] if side else "-" for side in both) for probe in PROBES))
    sides = [[side for side in column if side] for column in zip(*entrants.values(), strict=True)]
    passes = [[sum(judged(entrant, probe)[1] for entrant in side) for side in sides] for probe in PROBES]
    say("of " + " / ".join(str(len(side)) for side in sides), *(f"{ours} / {theirs}" for ours, theirs in passes))
    ill = [sum(map(poisoned, side)) for side in sides]
    say(f"\nWithout the guard of `one_nan`, the NaN stays in parameters or state of {ill[0]} / {ill[1]}.")
    return lines


def main(*arguments: str) -> None:
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", 4)
    lines = report(*(argument for argument in arguments if argument != "--markdown"))
    if "--markdown" in arguments:
        before, _, after = PAGE.read_text().split(MARK)
        PAGE.write_text(MARK.join([before, "\n".join([*lines, ""]), after]))


if __name__ == "__main__":
    main(*sys.argv[1:])
