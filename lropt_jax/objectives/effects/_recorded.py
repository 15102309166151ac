"""Arrays of NumPy that remember how they were made, so that slopes are found without compiling anything."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

Pullback = Callable[[np.ndarray], np.ndarray]
_numbers = itertools.count()


class Recorded:
    """An array with the few methods that tables of probabilities need, and for each the way back of a slope."""

    def __init__(self, value: np.ndarray, *makers: tuple["Recorded", Pullback]):
        self.value, self.makers, self.number = value, makers, next(_numbers)
        self.shape, self.size = value.shape, value.size

    def reshape(self, shape: Any) -> "Recorded":
        return Recorded(self.value.reshape(shape), (self, lambda slope: slope.reshape(self.shape)))

    def transpose(self, order: Any) -> "Recorded":
        return Recorded(self.value.transpose(order), (self, lambda slope: slope.transpose(np.argsort(order))))

    def sum(self, axes: tuple[int, ...]) -> "Recorded":
        spread = lambda slope: np.broadcast_to(np.expand_dims(slope, axes), self.shape)  # noqa: E731
        return Recorded(self.value.sum(axes), (self, spread))

    def broadcast_to(self, shape: Any) -> "Recorded":
        return Recorded(np.broadcast_to(self.value, shape), (self, lambda slope: _narrowed(slope, self.shape)))

    def __mul__(self, other: "Recorded") -> "Recorded":
        return Recorded(
            self.value * other.value,
            (self, lambda slope: _narrowed(slope * other.value, self.shape)),
            (other, lambda slope: _narrowed(slope * self.value, other.shape)),
        )

    def over(self, whole: "Recorded") -> "Recorded":
        """The ratio, and 0 with slope 0 where the whole is 0."""
        inverse = np.where(whole.value > 0, 1 / np.where(whole.value > 0, whole.value, 1), 0)
        ratio = self.value * inverse
        return Recorded(
            ratio,
            (self, lambda slope: slope * inverse),
            (whole, lambda slope: _narrowed(-slope * ratio * inverse, whole.shape)),
        )

    def slope(self, source: "Recorded", cotangent: np.ndarray) -> np.ndarray:
        """How the sum of `cotangent * self` changes with each number of the array that everything was made of."""
        waiting = {self.number: (self, cotangent)}
        while waiting:
            made, slope = waiting.pop(max(waiting))
            if made is source:
                return slope
            for maker, pullback in made.makers:
                _, so_far = waiting.get(maker.number, (maker, 0))
                waiting[maker.number] = maker, so_far + pullback(slope)
        return np.zeros(source.shape)


def _narrowed(slope: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Summed along axes that were broadcast."""
    grown = tuple(axis for axis, size in enumerate(shape) if size == 1 and slope.shape[axis] != 1)
    return slope.sum(grown, keepdims=True)
