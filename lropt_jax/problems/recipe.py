"""How a problem is tuned by default."""

from typing import NamedTuple


class Recipe(NamedTuple):
    """How a problem is tuned by default. The texts are in the form that `lropt tune` takes.

    Example:
        >>> Recipe(optimizers=("sgd",), schedule="robbins_monro(rate)").steps
        3300
    """

    steps: int = 3300
    optimizers: tuple[str, ...] = ("sgd", "adagrad", "rmsprop", "adam")
    rates: str = "1e-4:1e0:24"
    schedule: str = "linear"
    seeds: int = 3
