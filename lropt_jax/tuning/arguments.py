"""What people give to `sweep` and `tune`: a problem, rates and seeds, refused or made plain."""

import collections
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import check
from lropt_jax._core.kinds import Size, positive
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.problems import Problem
from lropt_jax.tuning.grid import log_rates

Rates = TypeAliasType("Rates", Annotated[Sequence[float], positive, "learning rates to try"])

_LARGEST_SEED = 2**32 - 1


def check_problem(problem: Any, *, streams: bool = False) -> None:
    """Refuse what cannot be trained at many rates side by side, and a value that cannot rank them."""
    if not isinstance(problem, Problem):
        raise WrongType(f"problem must be a Problem, got {problem!r}{'; call it first' * callable(problem)}.")
    if problem.stream is not None and not streams:
        raise Refused("problem must hold its data as arrays, got a stream; every lane would need its own.")
    if problem.value == "monitor" and problem.criterion == "training":
        raise Refused("problem must have validate or judge, since its value is a monitor and no loss.")


def seeds_of(seeds: int | Iterable[int]) -> list[int]:
    """The seeds as a list: the first `seeds` from 0 on, or those given, each once."""
    several = isinstance(seeds, Iterable) and getattr(seeds, "ndim", 1) > 0
    if not several:
        check("seeds", Size, seeds)
    given = list(seeds) if several else list(range(int(seeds)))  # type: ignore[arg-type]
    if not given:
        raise Refused("seeds must be at least one, got none.")
    for seed in given:
        whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
        if not whole or not 0 <= seed <= _LARGEST_SEED:
            raise Refused(f"seeds must be a whole number from 0 to {_LARGEST_SEED}, got {seed!r}.")
    return different("seeds", [int(seed) for seed in given])


def rates_of(rates: Any, optimizers: Iterable[str]) -> dict[str, list[float]]:
    """The rates of each optimizer, by name. None: `log_rates()` for all."""
    if rates is None:
        rates = log_rates()
    if not isinstance(rates, Iterable):
        raise WrongType(f"rates must be a sequence of numbers, got {rates!r}.")
    if not isinstance(rates, Mapping):
        rates = dict.fromkeys(optimizers, tuple(rates))
    by_name = {}
    for name in optimizers:
        if name not in rates:
            raise Refused(f"rates must name every optimizer, got none for {name}.")
        own = list(rates[name])
        check("rates", Rates, own)
        by_name[name] = different("rates", [float(rate) for rate in own])
    if not any(by_name.values()):
        raise Refused("rates must be at least one, got none.")
    return by_name


def different(name: str, entries: list) -> list:
    """The entries, none of them twice: a repeated run would count twice."""
    for entry, times in collections.Counter(entries).items():
        if times > 1:
            raise Refused(f"{name} must be different, got {entry} twice.")
    return entries
