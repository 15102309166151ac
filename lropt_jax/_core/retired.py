"""Arguments by other names: those of earlier versions and of other libraries, and slips."""

import difflib
from collections.abc import Collection
from typing import Any

_WRITTEN = {"decay_coupling": "goes_with", "mask": "mask"}
_EXAMPLES = {"decay_coupling": '"gradients"', "mask": "..."}
_ELSEWHERE = {  # what other libraries and papers call it
    "lr": "learning_rate",
    "rate": "learning_rate",
    "eta": "learning_rate",
    "step_size": "learning_rate",
    "beta1": "b1",
    "beta2": "b2",
    "beta3": "b3",
    "beta_1": "b1",
    "beta_2": "b2",
    "betas": "b1 and b2",
    "epsilon": "eps",
    "wd": "weight_decay",
    "decay": "weight_decay",
    "max_lr": "peak",
    "init_value": "peak",
    "peak_value": "peak",
    "end_value": "floor",
    "min_lr": "floor",
    "eta_min": "floor",
    "decay_steps": "steps",
    "total_steps": "steps",
    "num_steps": "steps",
    "transition_steps": "steps",
    "T_max": "steps",
    "warmup_steps": "steps",
    "clip": "max_norm",
    "max_grad_norm": "max_norm",
    "tx": "optimizer",
    "inner": "optimizer",
}


def retired(names: Collection[str], known: Collection[str]) -> list[str]:
    """Which of some names were arguments of a rule that has these arguments today."""
    return sorted((set(names) - set(known)) & _WRITTEN.keys()) if "weight_decay" in known else []


def meant(name: str, known: Collection[str]) -> str:
    """The argument that somebody means by another name; "" where there is none nearly so called."""
    other = _ELSEWHERE.get(name, "")
    if other and set(other.split(" and ")) <= set(known):
        return other
    return next(iter(difflib.get_close_matches(name[:80], known, n=1, cutoff=0.7)), "")


def unknown_argument(name: str, known: Collection[str], given: Any = None) -> str:
    """What to say of an argument that there is not."""
    if retired([name], known):
        short = name == "mask" and isinstance(given, str) and len(given) < 40  # words of the coupling have changed
        now = f'"{given}"' if short else _EXAMPLES[name]
        written = f"weight_decay=decay(0.1, {_WRITTEN[name]}={now})"
        return f"{name} must be given as a part of weight_decay, got {name}=...; write {written}."
    near = meant(name, known)
    if near:
        return f"no argument is called {name!r}; did you mean {near}?"
    return f"no argument is called {name!r}; there are {', '.join(known)}."
