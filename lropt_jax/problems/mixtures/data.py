"""Examples for a mixture of Gaussians: an array, or batches from any iterable, checked and standardised."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from lropt_jax._core.checking import check
from lropt_jax._core.kinds import Finite
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.trees import ArrayLike
from lropt_jax.problems.mixtures.frame import Standard


class Standardised:
    """Batches of examples on their way to the device."""

    def __init__(self, batches: Iterable[ArrayLike], standard: Standard, dimension: int):
        self.batches, self.standard, self.dimension = batches, standard, dimension

    def __iter__(self) -> Iterator[np.ndarray]:
        for batch in self.batches:
            yield self.standard(examples(batch, "a batch of data", self.dimension))


def is_batches(data: Any) -> bool:
    """Whether data are batches, one after the other, rather than one array or what NumPy makes one of."""
    if hasattr(data, "shape") or hasattr(data, "__array__"):
        return False
    if isinstance(data, (list, tuple)):
        return bool(data) and np.ndim(data[0]) == 2
    if not isinstance(data, Iterable) or isinstance(data, (str, dict)):
        got = " ".join(shown(data).split())
        raise WrongType(f"data must be an array (n, d) or an iterable of such batches, got {got}.")
    return True


def first_of(batches: Iterable[ArrayLike]) -> tuple[np.ndarray, Iterable[ArrayLike]]:
    """The first batch, and all batches with it. What can be iterated over once alone is not iterated over twice."""
    walk = iter(batches)
    first = next(walk, None)
    if first is None:
        raise Refused("data must hold at least one batch, got none.")
    return examples(first, "a batch of data"), itertools.chain([first], walk) if walk is batches else batches


def examples(data: ArrayLike, named: str, dimension: int | None = None) -> np.ndarray:
    """An array (n, d) in double precision."""
    array = np.asarray(data)
    wrong = array.ndim != 2 or array.size == 0 or dimension not in (None, array.shape[1])
    if wrong:
        wanted = f"(n, {dimension or 'd'})"
        raise Refused(f"{named} must have the shape {wanted}, got {array.shape}.")
    check(named, Finite, array)
    return array.astype(float)


def check_distinct(z: np.ndarray, components: int, among: str = "") -> None:
    """Refuse more components than distinct examples."""
    for part in (z[: 10 * components], z):  # mostly the first examples are enough
        distinct = len(np.unique(part, axis=0))
        if components <= distinct:
            return
    raise Refused(f"components must be at most {distinct}, the number of distinct examples{among}, got {components}.")


def check_means(means: ArrayLike, shape: tuple[int, int], standard: Standard) -> np.ndarray:
    """Standardised means. They must differ: EM never separates equal components."""
    check("means", Finite, np.asarray(means))
    if np.shape(means) != shape:
        raise Refused(f"means must have the shape {shape}, got {np.shape(means)}.")
    standardised = standard(np.asarray(means, float))
    _, home, sizes = np.unique(standardised, axis=0, return_inverse=True, return_counts=True)
    if np.any(sizes > 1):
        equal = np.flatnonzero(home.ravel() == np.argmax(sizes))
        raise Refused(f"means must differ, got equal rows {equal.tolist()}; EM never separates equal components.")
    return standardised
