"""Tests of functions that people give."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.checking import check
from lropt_jax._core.functions import check_function, result_of
from lropt_jax.schedules import cosine, linear


def test_what_takes_the_arguments_passes():
    for good in (lambda a, b: a, lambda *all: all, lambda a, b, c=1: a, linear, max):
        check("it", Callable[[int, int], int], good)
    for good in (lambda a: a, cosine(0.1, 9), print, lambda: 3):
        check("it", Callable[..., int], good)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (3.0, r"it must be a function, got 3.0\."),
        (None, r"it must be a function, got None\."),
        (lambda a: a, r"it must be a function of 2 arguments, got <lambda>\(a\)\."),
        (cosine(0.1, 9), r"it must be a function of 2 arguments, got cosine\(.*\), a schedule of the step\."),
    ],
)
def test_what_does_not_is_refused(bad, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        check("it", Callable[[int, int], int], bad)


def test_the_rule_may_have_words_of_its_own():
    with pytest.raises(TypeError, match=r"^it must be a function of the step, got <lambda>\(\)\.$"):
        check_function("it", ["step"], lambda: 3, "of the step")
    with pytest.raises(TypeError, match=r"^it must be a function of 1 argument, got <lambda>\(\)\.$"):
        check_function("it", ["step"], lambda: 3)


def test_what_is_not_written_in_jax_is_refused_with_what_to_do():
    number = jax.ShapeDtypeStruct((), jnp.int32)
    assert result_of("it", lambda a: jnp.arange(3)[a], number).shape == ()
    for bad in (lambda a: np.arange(3)[a], lambda a: a if a > 0 else -a, lambda a: list(range(a))):
        with pytest.raises(
            ValueError, match=r"^it must be written in JAX, got Tracer\w+Error \(.*read arrays of jax.numpy"
        ):
            result_of("it", bad, number)
