"""Tests of kinds in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import optax
import pytest
from jax.typing import ArrayLike

from lropt_jax._core.kinds import AnyOptimizer, Average, Count, Height, LearningRate, Mask, Range, Size
from lropt_jax.cli.kinds import in_words
from lropt_jax.problems import MDP, Simulator


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (Average, "Average, in [0, 1), or a schedule: the decay of a moving average"),
        (Average | None, "Average, in [0, 1), or a schedule: the decay of a moving average"),
        (LearningRate, "LearningRate, finite and >= 0: a number, a schedule or a self-setting rate"),
        (Count, "Count, a whole number >= 1: how many"),
        (Size, "Size, a whole number >= 1: how many; it decides shapes, so it is static"),
        (Mask, "Mask: patterns, a tree of bools like the parameters, or a function of them"),
        (Annotated[float, Range(0, 1, low_open=True)], "in (0, 1]"),
        (tuple[Average, Average], "two, each Average, in [0, 1), or a schedule: the decay of a moving average"),
        (tuple[Height, bool], "(Height, finite and >= 0: a learning rate, fixed for the run; True or False)"),
        (Sequence[Height], "several, each Height, finite and >= 0: a learning rate, fixed for the run"),
        (
            Mapping[str, AnyOptimizer],
            "a dict by name, each AnyOptimizer: an optimizer of this library, of Optax or of anybody",
        ),
        (Literal["linear", "cosine"], "one of linear, cosine"),
        (ArrayLike, "a number"),
        (ArrayLike | optax.Schedule | None, "a number, or a schedule"),
        (float, "a number"),
        (int, "a whole number"),
        (bool | None, "True or False"),
        (str, "a string"),
        (optax.GradientTransformation, "an optimizer"),
        (Callable[[int, int], int] | Literal["auto"], "a function, or one of auto"),
        (dict, "dict"),
        (MDP | Simulator | None, "MDP, or Simulator"),
        (Any, "anything"),
    ],
    ids=str,
)
def test_an_annotation_is_a_phrase(annotation, words):
    assert in_words(annotation) == words
